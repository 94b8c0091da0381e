import type { IncomingMessage } from "node:http";
import { createRequire } from "node:module";
import type { Socket } from "node:net";
import type { WebSocket, WebSocketServer } from "ws";

export type { WebSocket };

/** Viewers have nothing to say; this is room for what a chatty one says anyway. */
const MOST_MESSAGE_BYTES = 4_096;
/** A little more than a picture may have: who sends too large a one is told so, where `ws` would only say 1009. */
const MOST_PICTURE_MESSAGE_BYTES = 17 * 1_048_576;
const NOTHING = Buffer.alloc(0);
const PING_MS = 15_000;
/** So many pings in a row may stay without a byte from its side: 45 s. A pong counts, and a part of a large message. */
const MOST_SILENT_PINGS = 3;
/** How long its side may take to answer a close; the server stops within a second. */
const CLOSE_MS = 500;
/** The limit of a close frame, RFC 6455 section 5.5. */
const MOST_REASON_BYTES = 123;

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
  const webSocket = accept(req, socket, MOST_MESSAGE_BYTES);
  return webSocket && (() => webSocket.readyState === webSocket.OPEN);
}

/** Answers the handshake of a client that watches many streams. Undefined where it was wrong, and has been refused. */
export function acceptWatcher(req: IncomingMessage, socket: Socket): WebSocket | undefined {
  return accept(req, socket, MOST_MESSAGE_BYTES);
}

/**
 * Answers the handshake of a publisher on a connection that was taken over. Undefined where it was wrong, and has been
 * refused.
 * @param isWelcome whether its pictures will be taken; one that is to be closed at once has no room for any
 */
export function acceptPublisher(
  req: IncomingMessage,
  socket: Socket,
  isWelcome: boolean,
): WebSocket | undefined {
  return accept(req, socket, isWelcome ? MOST_PICTURE_MESSAGE_BYTES : MOST_MESSAGE_BYTES);
}

/** Pings the client from time to time, and cuts one that was silent for 45 s. Returns the function that stops it. */
export function keepAlive(webSocket: WebSocket, socket: Socket): () => void {
  let bytesRead = 0;
  let silentPings = 0;
  const timer = setInterval(() => {
    silentPings = socket.bytesRead === bytesRead ? silentPings + 1 : 0;
    bytesRead = socket.bytesRead;
    if (silentPings >= MOST_SILENT_PINGS) webSocket.terminate();
    else webSocket.ping();
  }, PING_MS);
  return () => clearInterval(timer);
}

/** Closes, and does not wait long for the other side. Of a long reason the first words are sent. */
export function close(webSocket: WebSocket, code: number, reason: string): void {
  webSocket.close(code, shortened(reason));
  // One that was paused would not see the answer.
  webSocket.resume();
  setTimeout(() => webSocket.terminate(), CLOSE_MS).unref();
}

/** As much of a sentence as a close frame has room for, in whole words. */
function shortened(text: string): string {
  if (Buffer.byteLength(text) <= MOST_REASON_BYTES) return text;
  let end = text.length;
  do end = Math.max(text.lastIndexOf(" ", end - 1), 0);
  while (Buffer.byteLength(text.slice(0, end)) > MOST_REASON_BYTES - 3);
  return `${text.slice(0, end)}…`;
}

function accept(req: IncomingMessage, socket: Socket, mostMessageBytes: number): WebSocket | undefined {
  let accepted: WebSocket | undefined;
  serverOf(mostMessageBytes).handleUpgrade(req, socket, NOTHING, (webSocket) => {
    accepted = webSocket;
    // What a client does wrong closes its connection, which is all there is to know.
    webSocket.on("error", () => undefined);
  });
  return accepted;
}

const servers = new Map<number, WebSocketServer>();

function serverOf(mostMessageBytes: number): WebSocketServer {
  const server = servers.get(mostMessageBytes) ?? makeServer(mostMessageBytes);
  servers.set(mostMessageBytes, server);
  return server;
}

/** Loaded with the first WebSocket: it costs 4 MB, which most servers can do without. */
function makeServer(mostMessageBytes: number): WebSocketServer {
  const require = createRequire(import.meta.url);
  // What require() gives has no type; this is the package's own.
  const ws = require("ws") as { readonly WebSocketServer: typeof WebSocketServer };
  return new ws.WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: mostMessageBytes,
  });
}
