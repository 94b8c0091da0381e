import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import type { TlsOptions } from "node:tls";
import { frameParser } from "../../src/wire/frames.ts";

/** One request that pictures came with. */
export interface Post {
  readonly req: IncomingMessage;
  readonly pictures: Uint8Array[];
  readonly bytes: Buffer[];
  /** Whether its last chunk has come. */
  readonly isWhole: () => boolean;
}

/** A web server that takes pictures. */
export interface Receiver {
  /** Every request so far. */
  readonly posts: readonly Post[];
  /** Where to send them. */
  readonly url: string;
}

/** Starts a web server that takes pictures, with a certificate that vouches for itself where it has one. */
export async function receiver(
  t: TestContext,
  onPost?: (post: Post, res: ServerResponse) => void,
  tls?: TlsOptions,
): Promise<Receiver> {
  const posts: Post[] = [];
  const take = (req: IncomingMessage, res: ServerResponse): void => {
    const pictures: Uint8Array[] = [];
    const bytes: Buffer[] = [];
    const parser = frameParser(req.headers["content-type"] ?? null, {}, (jpeg) => void pictures.push(jpeg));
    const post = { req, pictures, bytes, isWhole: () => req.complete };
    posts.push(post);
    req.on("data", (chunk: Buffer) => {
      bytes.push(chunk);
      parser.push(chunk);
    });
    req.on("end", () => res.end("{}"));
    onPost?.(post, res);
  };
  const server: Server = tls === undefined ? createServer(take) : createSecureServer(tls, take);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { posts, url: `http${tls === undefined ? "" : "s"}://127.0.0.1:${port}/streams/cam/live.mjpeg` };
}
