import assert from "node:assert/strict";
import { once } from "node:events";
import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import test from "node:test";
import { ImageServer } from "../src/app/image-server.ts";
import { RED } from "./support/two-pictures.ts";
import { until } from "./support/until.ts";

test("a stream asked for by HTTP/2 is refused with a sentence; snapshots are answered, and the stream goes on", async (t) => {
  const server = new ImageServer({ source: () => RED });
  // Its types know HTTP/1's request and answer; HTTP/2's stand in for them.
  const own = http2.createServer((req, res) => server.handler(req as never, res as never));
  own.listen(0, "127.0.0.1");
  await once(own, "listening");
  const client = http2.connect(`http://127.0.0.1:${(own.address() as AddressInfo).port}`);
  t.after(() => {
    client.destroy();
    own.close();
    return server.stop();
  });
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
