import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname } from "node:path";
import type { TestContext } from "node:test";
import { WebSocketServer, type WebSocket } from "ws";

/** What the stand-in does with a publisher. All may be changed while it runs. */
export interface PublishRules {
  /** The close code and sentence for this handshake; undefined lets it in. */
  refuse: (url: URL) => readonly [code: number, reason: string] | undefined;
  /** How long a picture takes to be taken, in ms: a slow uplink. */
  ackMs: number;
}

/** A stand-in for the server's side of the WebSocket that pictures are pushed through, and for its pages. */
export interface PublishServer {
  readonly url: string;
  readonly port: number;
  readonly rules: PublishRules;
  /** The addresses of all handshakes, in order. */
  readonly handshakes: URL[];
  /** Every picture, in order. */
  readonly pictures: Buffer[];
  /** Most pictures that were here and not answered at one time. */
  readonly mostInFlight: number;
  /** Ends every connection, and all that come until `resume()`, without a word. */
  interrupt(): void;
  resume(): void;
  /** Closes every publisher's connection properly. */
  closeAll(code: number, reason: string): void;
}

const UI = new URL("../../dist/ui/", import.meta.url);
const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".svg": "image/svg+xml",
};

/** Starts the stand-in on a free port of all of this machine's addresses; it ends with the test. */
export async function publishServer(
  t: TestContext,
  { host = "127.0.0.1", ...given }: Partial<PublishRules> & { host?: string } = {},
): Promise<PublishServer> {
  const rules: PublishRules = { refuse: () => undefined, ackMs: 0, ...given };
  const state = { inFlight: 0, most: 0, isDown: false };
  const handshakes: URL[] = [];
  const pictures: Buffer[] = [];
  const server = createServer((req, res) => {
    const path = new URL(req.url ?? "/", "http://x").pathname;
    const name = path === "/publish" ? "publish.html" : path.replace(/^\/ui\//, "");
    readFile(new URL(name, UI)).then(
      (body) => res.setHeader("Content-Type", TYPES[extname(name)] ?? "text/plain").end(body),
      () => res.writeHead(404).end(),
    );
  });
  const sockets = new WebSocketServer({ noServer: true });
  server.on("upgrade", (req, socket, head) => {
    const url = new URL(req.url ?? "/", "http://x");
    handshakes.push(url);
    if (state.isDown) socket.destroy();
    else sockets.handleUpgrade(req, socket, head, (webSocket) => serve(webSocket, url));
  });

  function serve(socket: WebSocket, url: URL): void {
    const refused = rules.refuse(url);
    if (refused !== undefined) {
      socket.close(...refused);
      return;
    }
    socket.send(JSON.stringify({ type: "ready", stream: "phone", maxBytes: 16_777_216 }));
    let taken = 0;
    socket.on("message", (data: Buffer) => {
      pictures.push(data);
      state.inFlight += 1;
      state.most = Math.max(state.most, state.inFlight);
      setTimeout(() => {
        state.inFlight -= 1;
        taken += 1;
        socket.send(JSON.stringify({ type: "ack", pictures: taken, viewers: 2 }));
      }, rules.ackMs);
    });
  }

  server.listen(0, host);
  await once(server, "listening");
  t.after(() => {
    sockets.clients.forEach((client) => client.terminate());
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    rules,
    handshakes,
    pictures,
    get mostInFlight() {
      return state.most;
    },
    interrupt() {
      state.isDown = true;
      sockets.clients.forEach((client) => client.terminate());
    },
    resume() {
      state.isDown = false;
    },
    closeAll(code, reason) {
      sockets.clients.forEach((client) => client.close(code, reason));
    },
  };
}
