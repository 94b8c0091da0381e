import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { ImageServer, type ImageServerOptions } from "../../src/index.ts";

/** The element as it is published. */
const BUILT = new URL("../../dist/view/kinora-view.js", import.meta.url);

/** What stands between a page and its server. All may be changed while it runs. */
export interface Between {
  /** Cuts every WebSocket, as some proxies do. */
  noSockets: boolean;
  /** Never answers a request for a stream, as a proxy does that waits for its end. */
  noStreams: boolean;
  /** Handshakes so far. */
  handshakes: number;
}

/** A server with its streams, and pages of another origin. */
export interface ViewStage {
  readonly server: ImageServer;
  /** Address of the server, through what is {@link between}. */
  readonly url: string;
  readonly between: Between;
  /** Address of a page with that body, which has the element. */
  page(body: string): string;
  /** Stops the server at that address and all its connections, or starts it again. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** Sets the stage for one test. Its streams are added by the test. */
export async function viewStage(
  t: Pick<TestContext, "after">,
  { policy, ...options }: ImageServerOptions & { readonly policy?: string } = {},
): Promise<ViewStage> {
  const server = new ImageServer({ source: "test:?size=320x180&fps=15", lingerMs: 0, ...options });
  await server.start(0);
  const target = String(server.port);
  const between: Between = { noSockets: false, noStreams: false, handshakes: 0 };
  const proxy = createServer((req, res) => pass(req, res, target, between));
  const sockets = new Set<Socket>();
  proxy.on("connection", (socket: Socket) => sockets.add(socket));
  proxy.on("upgrade", (req: IncomingMessage, socket: Socket) => {
    between.handshakes += 1;
    if (between.noSockets) socket.destroy();
    else tunnel(req, socket, target);
  });
  const port = await listen(proxy, 0);

  const bodies: string[] = [];
  const script = await readFile(BUILT);
  const pages = createServer((req, res) => {
    if (policy !== undefined) res.setHeader("Content-Security-Policy", policy);
    const number = /^\/page\/(\d+)$/.exec(req.url ?? "")?.[1];
    if (number === undefined) res.setHeader("Content-Type", "text/javascript").end(script);
    else res.setHeader("Content-Type", "text/html").end(document(bodies[Number(number)] ?? ""));
  });
  const pagesPort = await listen(pages, 0);

  const stop = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    if (!proxy.listening) return;
    proxy.close();
    await once(proxy, "close");
  };
  t.after(async () => {
    await stop();
    pages.closeAllConnections();
    pages.close();
    await server.stop();
  });
  return {
    server,
    url: `http://127.0.0.1:${port}/`,
    between,
    page: (body) => `http://127.0.0.1:${pagesPort}/page/${bodies.push(body) - 1}`,
    stop,
    async start() {
      await listen(proxy, port);
    },
  };
}

function document(body: string): string {
  return `<!doctype html><meta charset="utf-8"><script type="module" src="/kinora-view.js"></script>
<link rel="icon" href="data:,">${body}`;
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

function pass(req: IncomingMessage, res: ServerResponse, port: string, { noStreams }: Between): void {
  if (noStreams && req.url?.includes("live.mjpeg") === true) return;
  const { method, url, headers } = req;
  const onward = request({ host: "127.0.0.1", port, method, path: url, headers }, (answer) => {
    res.writeHead(answer.statusCode ?? 502, answer.headers);
    res.flushHeaders();
    answer.pipe(res);
  });
  onward.on("error", () => res.destroy());
  res.on("close", () => onward.destroy());
  onward.end();
}

function tunnel(req: IncomingMessage, socket: Socket, port: string): void {
  const onward = connect({ host: "127.0.0.1", port: Number(port), noDelay: true });
  const lines = [`${req.method ?? "GET"} ${req.url ?? "/"} HTTP/1.1`];
  for (let at = 0; at < req.rawHeaders.length; at += 2)
    lines.push(`${req.rawHeaders[at] ?? ""}: ${req.rawHeaders[at + 1] ?? ""}`);
  onward.write(`${lines.join("\r\n")}\r\n\r\n`);
  socket.pipe(onward).pipe(socket);
  for (const each of [socket, onward]) {
    each.on("error", () => undefined);
    each.on("close", () => {
      socket.destroy();
      onward.destroy();
    });
  }
}
