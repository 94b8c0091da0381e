import type { Failures } from "./failures.ts";
import { latin1 } from "./latin1.ts";
import { headerOf, type ReadHead } from "./response-head.ts";

/** Gives the next bytes of a connection; undefined at its end. */
export type Read = () => Promise<Uint8Array | undefined>;

const MOST_LINE_BYTES = 1024;
const LF = 0x0a;

/**
 * The body of an answer up to the close of the connection. Chunked coding is undone where it is declared and used: some
 * cameras declare it and send the bare body. Lengths are not looked at, for of a stream they mean nothing.
 * @throws SourceError when the chunks cannot be read, and whatever `read` throws.
 */
export async function* bodyOf(
  reply: ReadHead,
  read: Read,
  failures: Failures,
): AsyncGenerator<Uint8Array, void> {
  const declared = /\bchunked\b/i.test(headerOf(reply.head, "transfer-encoding") ?? "");
  const first = declared ? await enoughToTell(reply.rest, read) : reply.rest;
  if (declared && CHUNK_LINE.test(startOf(first))) {
    yield* chunked(first, read, failures);
    return;
  }
  for (let chunk: Uint8Array | undefined = first; chunk !== undefined; chunk = await read()) {
    if (chunk.length > 0) yield chunk;
  }
}

const CHUNK_LINE = /^[0-9a-f]{1,16}[ \t]*(;[^\n]*)?\r?\n/i;
/** What may still become a {@link CHUNK_LINE}. */
const CHUNK_LINE_BEGINS = /^[0-9a-f]{0,16}[ \t]*(;[^\n]*)?\r?$/i;

async function enoughToTell(rest: Uint8Array, read: Read): Promise<Uint8Array> {
  let first = rest;
  while (first.length < MOST_LINE_BYTES && CHUNK_LINE_BEGINS.test(startOf(first))) {
    const more = await read();
    if (more === undefined) break;
    first = Buffer.concat([first, more]);
  }
  return first;
}

function startOf(bytes: Uint8Array): string {
  return latin1(bytes.subarray(0, MOST_LINE_BYTES));
}

async function* chunked(first: Uint8Array, read: Read, failures: Failures): AsyncGenerator<Uint8Array, void> {
  const decoder = new ChunkDecoder(failures);
  for (let bytes: Uint8Array | undefined = first; bytes !== undefined; bytes = await read()) {
    yield* decoder.decode(bytes);
    if (decoder.ended) return;
  }
}

/** Undoes chunked coding. The data is passed on as views of the input. */
class ChunkDecoder {
  readonly #failures: Failures;
  #missing: number = 0;
  #line: string = "";
  #ended: boolean = false;

  constructor(failures: Failures) {
    this.#failures = failures;
  }

  /** The last chunk has come; trailers are not of interest. */
  get ended(): boolean {
    return this.#ended;
  }

  *decode(bytes: Uint8Array): Generator<Uint8Array, void> {
    for (let at = 0; at < bytes.length && !this.#ended;) {
      if (this.#missing === 0) {
        at = this.#readLine(bytes, at);
        continue;
      }
      const data = bytes.subarray(at, at + this.#missing);
      this.#missing -= data.length;
      at += data.length;
      yield data;
    }
  }

  /** Reads up to the end of the line with the next chunk's size; the blank line behind the last chunk is skipped. */
  #readLine(bytes: Uint8Array, at: number): number {
    const lf = bytes.indexOf(LF, at);
    const end = lf === -1 ? bytes.length : lf;
    this.#line += latin1(bytes.subarray(at, Math.min(end, at + MOST_LINE_BYTES)));
    if (this.#line.length >= MOST_LINE_BYTES) throw this.#broken();
    if (lf === -1) return end;
    const line = this.#line.trim();
    this.#line = "";
    if (line !== "") this.#takeSize(line);
    return end + 1;
  }

  #takeSize(line: string): void {
    const size = /^([0-9a-f]{1,13})\s*(;|$)/i.exec(line)?.[1];
    if (size === undefined) throw this.#broken(line);
    this.#missing = parseInt(size, 16);
    this.#ended = this.#missing === 0;
  }

  #broken(line = this.#line): Error {
    return this.#failures.malformed("the camera broke off its chunked coding: no size of a chunk", line);
  }
}
