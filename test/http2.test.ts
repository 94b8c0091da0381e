import assert from "node:assert/strict";
import { once } from "node:events";
import http2 from "node:http2";
import test from "node:test";
import { ImageServer } from "../src/app/image-server.ts";
import { RED } from "./support/two-pictures.ts";
import { http2Client } from "./support/http2-client.ts";
import { until } from "./support/until.ts";

test("a stream asked for by HTTP/2 is refused with a sentence; snapshots are answered, and the stream goes on", async (t) => {
  const server = new ImageServer({ source: () => RED });
  const client = await http2Client(t, server);
  t.after(() => server.stop());
  const get = async (path: string): Promise<{ status: number; body: string }> => {
    const request = client.request({ ":path": path });
    const [headers] = (await once(request, "response")) as [http2.IncomingHttpHeaders];
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    return { status: Number(headers[":status"]), body: Buffer.concat(chunks).toString("latin1") };
  };

  const stream = await get("/streams/main/live.mjpeg");
  const snapshot = await get("/streams/main/snapshot.jpg");

  assert.equal(stream.status, 505);
  assert.match(stream.body, /HTTP\/1\.1/);
  assert.deepEqual([snapshot.status, snapshot.body.length], [200, RED.length]);
  assert.deepEqual(server.viewers, []);
  await until(() => server.streams[0]?.state === "live", "the stream is live");
});
