import { failureOf } from "./failure-of.ts";
import type { MultipartParser } from "./multipart-parser.ts";

/** A chunk of more bytes is read in pieces, so that what is taken out of a whole recording need not be held at once. */
const LARGEST_PIECE = 1_048_576;

/**
 * Pushes an input through a parser and yields what it took out. An error, of the input or the parser's own, is passed on
 * behind what came before it. The input is closed when the caller stops early, at the closing delimiter and on an error.
 */
export async function* readAll<Taken>(
  bytes: AsyncIterable<Uint8Array>,
  parser: MultipartParser,
  taken: Taken[],
): AsyncGenerator<Taken, void, undefined> {
  for await (const chunk of bytes) {
    for (let at = 0; at < chunk.length && !parser.closed; at += LARGEST_PIECE) {
      const failure = failureOf(() => parser.push(chunk.subarray(at, at + LARGEST_PIECE)));
      for (const one of taken) yield one;
      taken.length = 0;
      if (failure !== undefined) throw failure.error;
    }
    if (parser.closed) return;
  }
  const failure = failureOf(() => parser.end());
  for (const one of taken) yield one;
  if (failure !== undefined) throw failure.error;
}
