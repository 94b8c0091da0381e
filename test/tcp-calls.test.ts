import assert from "node:assert/strict";
import test from "node:test";
import { ImageServer } from "../src/app/image-server.ts";
import { RawClient } from "./support/raw-client.ts";
import { RED } from "./support/two-pictures.ts";

test("where the system has no such calls, that is told once, and viewers are served all the same", async (t) => {
  const platform = Object.getOwnPropertyDescriptor(process, "platform") ?? {};
  Object.defineProperty(process, "platform", { ...platform, value: "plan9" });
  t.after(() => Object.defineProperty(process, "platform", platform));
  const lines: string[] = [];
  const server = new ImageServer({ source: () => RED, log: (line) => lines.push(line) });
  await server.start(0);
  t.after(() => server.stop());

  for (let viewer = 0; viewer < 2; viewer++) {
    const client = RawClient.get(server.port ?? 0, "/streams/main/live.mjpeg");
    await client.until((text) => text.split("\r\n--boundarydonotcross").length > 3, "three pictures");
    client.socket.destroy();
  }

  const told = lines.filter((line) => line.includes("slow viewers"));
  assert.deepEqual(told, [
    "slow viewers may see older pictures here: keeping them new needs Linux, this is plan9",
  ]);
});
