import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";

/**
 * Takes the socket of a request over from `node:http`, to write a stream to it without HTTP's framing.
 *
 * HTTP keeps only its clean-up at the close. What the client still sends (a stray NUL, junk) is read and ignored, where
 * HTTP would answer 400 and cut the stream; a client that closes its side has left.
 */
export function takeOver(req: IncomingMessage): Socket {
  const { socket } = req;
  taken.add(socket);
  for (const event of ["data", "end", "error"]) socket.removeAllListeners(event);
  // Listening to data also takes the bytes away from HTTP's parser, which otherwise reads the handle directly.
  socket.on("data", ignore);
  socket.on("end", () => socket.end());
  socket.on("error", ignore); // the close that follows says all there is to say
  socket.setTimeout(0);
  socket.setNoDelay(true);
  return socket;
}

/** Whether a connection was taken over, so that HTTP has no say in it any more. */
export function isTakenOver(socket: Duplex): boolean {
  return taken.has(socket);
}

const taken = new WeakSet<Duplex>();

function ignore(): void {}
