import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";

/** The address of a page of another origin than Kinora's, as anyone's may be, with these live pictures as `<img>`s. */
export async function serveOwnPage(
  t: TestContext,
  streams: readonly string[],
  size: { readonly width: number; readonly height: number },
): Promise<string> {
  const { width, height } = size;
  const images = streams.map((address) => `<img src="${address}" width="${width}" height="${height}">`);
  const html = `<!doctype html><meta charset="utf-8"><title>Own</title>${images.join("")}`;
  const server = createServer((_, res) => res.setHeader("Content-Type", "text/html").end(html));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
