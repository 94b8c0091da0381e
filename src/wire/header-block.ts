import type { ByteQueue } from "./byte-queue.ts";
import { CR, LF } from "./characters.ts";
import type { Delimiter, DelimiterFinder } from "./delimiter.ts";

/** How a header block ended: with the body behind it, with another delimiter, or by being too long. */
export type HeaderBlock =
  | { readonly kind: "headers"; readonly headers: ReadonlyMap<string, string>; readonly end: number }
  | { readonly kind: "delimiter"; readonly delimiter: Delimiter }
  | { readonly kind: "too-long"; readonly end: number };

/** Blank lines before the first header: heartbeats that came behind the delimiter. */
const MOST_BLANK_BYTES = 64;
const FIRST_HEADER = "content-";

/** Reads header blocks line by line, whatever a line ends in; lines that are none are skipped. */
export class HeaderReader {
  readonly #queue: ByteQueue;
  readonly #finder: DelimiterFinder;
  readonly #maxBytes: number;
  #headers = new Map<string, string>();
  /** Where the block began. */
  #start = 0;
  /** Where the line in progress began. */
  #line = 0;
  /** No line end lies between `#line` and here. */
  #searchedTo = 0;
  /** Name of the header that a line with a blank at its start goes on with. */
  #name: string | undefined;

  constructor(queue: ByteQueue, finder: DelimiterFinder, maxBytes: number) {
    this.#queue = queue;
    this.#finder = finder;
    this.#maxBytes = maxBytes;
  }

  /** Begins a block at a position. */
  begin(start: number): void {
    this.#headers = new Map();
    this.#start = start;
    this.#nextLine(start);
    this.#name = undefined;
  }

  /** Reads on in what has come; undefined when more bytes are needed. */
  read(ended: boolean): HeaderBlock | undefined {
    const limit = this.#start + this.#maxBytes;
    for (;;) {
      const lf = this.#queue.indexOf(LF, this.#searchedTo);
      this.#searchedTo = lf ?? this.#queue.end;
      if (this.#searchedTo >= limit) return { kind: "too-long", end: this.#line };
      if (lf === undefined) return undefined;

      const delimiter = this.#finder.at(this.#line, ended);
      if (typeof delimiter !== "string") return { kind: "delimiter", delimiter };
      const end = lf > this.#line && this.#queue.at(lf - 1) === CR ? lf - 1 : lf;
      if (end > this.#line) {
        this.#take(latin1(this.#queue.copy(this.#line, end)));
        this.#nextLine(lf + 1);
        continue;
      }
      const first = this.#line === this.#start ? this.#firstHeader(lf + 1, ended) : "none";
      if (first === "wait") return undefined;
      if (first === "none") return { kind: "headers", headers: this.#headers, end: lf + 1 };
      this.#nextLine(first);
    }
  }

  #nextLine(position: number): void {
    this.#line = position;
    this.#searchedTo = position;
  }

  #take(line: string): void {
    const continues = line.startsWith(" ") || line.startsWith("\t");
    if (continues && this.#name !== undefined) {
      this.#headers.set(this.#name, `${this.#headers.get(this.#name) ?? ""} ${line.trim()}`);
      return;
    }
    const colon = line.indexOf(":");
    this.#name = colon > 0 ? line.slice(0, colon).trim().toLowerCase() : undefined;
    if (this.#name !== undefined) this.#headers.set(this.#name, line.slice(colon + 1).trim());
  }

  /** Where the first header begins when only blank lines lie before it. */
  #firstHeader(from: number, ended: boolean): number | "none" | "wait" {
    const queue = this.#queue;
    let at = from;
    while (at < from + MOST_BLANK_BYTES && (queue.at(at) === CR || queue.at(at) === LF)) at++;
    for (let index = 0; index < FIRST_HEADER.length; index++) {
      if (at + index >= queue.end) return ended ? "none" : "wait";
      if ((queue.at(at + index) | 0x20) !== FIRST_HEADER.charCodeAt(index)) return "none";
    }
    return at;
  }
}

function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
