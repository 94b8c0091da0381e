import type { IncomingMessage } from "node:http";
import { HttpError } from "../answers.ts";

/** A dead camera must not hold its stream; a live one sends something more often than this. */
const MOST_SILENCE_MS = 60_000;

/** How a body is read. */
export interface BodyReading {
  /** Takes a piece; what it throws ends the reading. Returns for how many milliseconds nothing more should be read. */
  readonly take: (chunk: Buffer) => number;
  /** Ends the reading with an error, whatever comes. */
  readonly ended?: Promise<never>;
  /** So long the whole body may take, in milliseconds; without end where it is not given. */
  readonly withinMs?: number;
}

/**
 * Reads a body to its end.
 * @throws HttpError 408 when nothing came for a minute, or it took longer than `withinMs`; what `take` throws; and what `ended` is rejected with.
 */
export async function readBody(req: IncomingMessage, { take, ended, withinMs }: BodyReading): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  ended?.catch(reject);
  const silence = setTimeout(() => reject(silent()), MOST_SILENCE_MS);
  const whole = withinMs === undefined ? undefined : setTimeout(() => reject(slow(withinMs)), withinMs);
  const onData = (chunk: Buffer): void => {
    silence.refresh();
    try {
      const restMs = take(chunk);
      if (restMs > 0) rest(req, restMs);
    } catch (error) {
      req.off("data", onData);
      reject(error instanceof Error ? error : new Error(String(error)));
    }
  };
  const onEnd = (): void => resolve(undefined);
  const onClose = (): void =>
    reject(new HttpError(400, "ERR_PUBLISHER_SILENT", "the client left before the end"));
  req.on("data", onData).once("end", onEnd).once("close", onClose);
  try {
    await promise;
  } finally {
    clearTimeout(silence);
    clearTimeout(whole);
    req.off("data", onData).off("end", onEnd).off("close", onClose);
  }
}

function rest(req: IncomingMessage, milliseconds: number): void {
  req.pause();
  setTimeout(() => req.resume(), milliseconds);
}

function silent(): HttpError {
  return new HttpError(
    408,
    "ERR_PUBLISHER_SILENT",
    `nothing came for ${MOST_SILENCE_MS / 1000} s; connect again when there are pictures`,
  );
}

function slow(withinMs: number): HttpError {
  return new HttpError(
    408,
    "ERR_PUBLISHER_SILENT",
    `the body took longer than ${withinMs / 1000} s; send smaller pictures, or many over one connection to live.mjpeg`,
  );
}
