import { once } from "node:events";
import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import type { ImageServer } from "../../src/index.ts";

/** A client of a server's handler in an HTTP/2 server of one's own; both end with the test. */
export async function http2Client(t: TestContext, server: ImageServer): Promise<http2.ClientHttp2Session> {
  // Its types know HTTP/1's request and answer; HTTP/2's stand in for them.
  const own = http2.createServer((req, res) => server.handler(req as never, res as never));
  own.listen(0, "127.0.0.1");
  await once(own, "listening");
  const client = http2.connect(`http://127.0.0.1:${(own.address() as AddressInfo).port}`);
  t.after(() => {
    client.destroy();
    own.close();
  });
  return client;
}
