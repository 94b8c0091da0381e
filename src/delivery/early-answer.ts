import { STATUS_CODES, type IncomingMessage } from "node:http";
import { rawHead, type Headers } from "./headers-on.ts";
import { takeOver } from "./take-over.ts";

/** So long what still comes is read and dropped. */
const LINGER_MS = 500;

/**
 * Whether a request that means to send a body says neither how long it is nor that it comes in chunks: then it has none
 * (RFC 9112 section 6.3), and what its client sends all the same would be read as the next request.
 */
export function isWithoutLength({ method = "", headers, httpVersionMajor }: IncomingMessage): boolean {
  if (httpVersionMajor > 1 || !/^(?:POST|PUT)$/.test(method)) return false;
  return headers["transfer-encoding"] === undefined && headers["content-length"] === undefined;
}

/** An answer in one piece. */
export interface EarlyAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/**
 * Answers a request whose body is still on its way, and ends the connection: what comes is read and dropped for a moment,
 * as closing with bytes unread makes the system throw the answer away before it is read (RFC 9112 section 9.6).
 */
export function answerEarly(req: IncomingMessage, { status, headers, body }: EarlyAnswer): void {
  // A request that was paused is not read any more, not even when its socket is taken over.
  req.resume();
  const socket = takeOver(req);
  const statusLine = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`;
  socket.write(rawHead(statusLine, [headers, { Connection: "close" }]));
  socket.end(body);
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}
