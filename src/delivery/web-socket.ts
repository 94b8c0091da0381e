import type { IncomingMessage } from "node:http";
import { createRequire } from "node:module";
import type { Socket } from "node:net";
import type { WebSocketServer } from "ws";

/** Viewers have nothing to say; this is room for what a chatty one says anyway. */
const MOST_MESSAGE_BYTES = 4_096;
const NOTHING = Buffer.alloc(0);

/** Whether a request wants to go on as a WebSocket. */
export function wantsWebSocket(req: IncomingMessage): boolean {
  // HTTP/1.0 has no such thing (RFC 9110 section 7.8).
  return req.method === "GET" && req.httpVersion === "1.1" && /^websocket$/i.test(req.headers.upgrade ?? "");
}

/**
 * Answers the handshake on a connection that was taken over, and from then on pings and the close of the client. Frames
 * are written past it, whole messages at a time. Returns what tells whether messages may still be sent: not once either
 * side has begun to close (RFC 6455 section 5.5.1). Undefined where the handshake was wrong, and has been refused.
 */
export function shakeHands(req: IncomingMessage, socket: Socket): (() => boolean) | undefined {
  server ??= makeServer();
  let isOpen: (() => boolean) | undefined;
  server.handleUpgrade(req, socket, NOTHING, (webSocket) => {
    isOpen = () => webSocket.readyState === webSocket.OPEN;
    // What a client does wrong closes its connection, which is all there is to know.
    webSocket.on("error", () => undefined);
  });
  return isOpen;
}

let server: WebSocketServer | undefined;

/** Loaded with the first WebSocket: it costs 4 MB, which most servers can do without. */
function makeServer(): WebSocketServer {
  const require = createRequire(import.meta.url);
  // What require() gives has no type; this is the package's own.
  const ws = require("ws") as { readonly WebSocketServer: typeof WebSocketServer };
  return new ws.WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MOST_MESSAGE_BYTES,
  });
}
