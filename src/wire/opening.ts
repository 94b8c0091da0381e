import { JPEG } from "../core/jpeg-segments.ts";
import type { ByteQueue } from "./byte-queue.ts";
import { DASH, isPadding, LF } from "./characters.ts";
import type { DelimiterFinder } from "./delimiter.ts";

/**
 * What a body turns out to be by its first bytes:
 *
 * - `delimited`: parts between delimiters that the finder knows;
 * - `picture`: a part without delimiter and headers before it;
 * - `raw`: JPEGs that follow one another.
 */
export type OpeningKind = "delimited" | "picture" | "raw";

/** Types whose body is one JPEG after the other, unless it begins with a delimiter. */
const RAW_TYPE = /^\s*(?:application\/octet-stream|image\/|video\/)/i;
/** A line of more bytes is no delimiter. */
const LONGEST_LINE = 256;
/** A delimiter that nobody declared: two dashes, then what can be seen, without the headers that may be glued to it. */
const DELIMITER_LINE = /^(--[\x21-\x7e](?:[\x20-\x7e]*?[\x21-\x7e])??)[ \t]{0,32}(?:content-[a-z]+:.*)?\r?$/i;

/** Tells by the first bytes of a body how to read it, and learns its boundary where none or a wrong one was declared. */
export class Opening {
  readonly #queue: ByteQueue;
  readonly #finder: DelimiterFinder;
  readonly #isDeclared: boolean;
  readonly #isRawType: boolean;
  /** Whether the first line with something in it is over, and was no delimiter. */
  #pastFirstLine = false;
  /** Whether nothing came before. */
  #isFirst = true;
  /** Where the line that is looked at begins; for a `picture` that is its first byte. */
  at = 0;

  /** @param isDeclared whether the finder knows a boundary. */
  constructor(queue: ByteQueue, finder: DelimiterFinder, contentType: string | null, isDeclared: boolean) {
    this.#queue = queue;
    this.#finder = finder;
    this.#isDeclared = isDeclared;
    this.#isRawType = RAW_TYPE.test(contentType ?? "");
  }

  /** Looks again from a position on: behind a picture that no delimiter came before. */
  begin(position: number): void {
    this.at = position;
    this.#pastFirstLine = false;
    this.#isFirst = false;
  }

  /** Reads on in what has come; undefined when more bytes are needed. */
  read(ended: boolean): OpeningKind | undefined {
    return this.#pastFirstLine ? this.#learnLater(ended) : this.#readFirstLine(ended);
  }

  #readFirstLine(ended: boolean): OpeningKind | undefined {
    const queue = this.#queue;
    while (this.at < queue.end && isPadding(queue.at(this.at))) this.at++;
    if (this.at + 1 >= queue.end && !ended) return undefined;

    if (this.#isDashed(this.at)) {
      const here = this.#finder.at(this.at, ended);
      if (here === "wait") return undefined;
      // A body does not begin with its end: there, the dashes behind are part of the token.
      if (here !== "none" && !(here.closes && this.#isFirst)) return "delimited";
      const learnt = this.#learn(this.at, ended);
      if (learnt !== "none") return learnt === "wait" ? undefined : "delimited";
    }
    const isPicture = queue.at(this.at) === 0xff && queue.at(this.at + 1) === JPEG.SOI;
    if (this.#isRawType) return "raw";
    if (this.#isDeclared) return isPicture ? "picture" : "delimited";
    if (isPicture) return "raw";
    this.#pastFirstLine = true;
    return this.#learnLater(ended);
  }

  /** No boundary is declared and the body does not begin with one: the first line with two dashes has it. */
  #learnLater(ended: boolean): OpeningKind | undefined {
    const queue = this.#queue;
    for (;;) {
      const lf = queue.indexOf(LF, this.at);
      this.at = lf ?? queue.end;
      if (lf === undefined || lf + 2 >= queue.end) return undefined;
      const learnt = this.#isDashed(lf + 1) ? this.#learn(lf + 1, ended) : "none";
      if (learnt === "wait") return undefined;
      this.at = lf + 1;
      if (learnt === "learnt") return "delimited";
    }
  }

  /** Takes the line at a position for the delimiter, if it looks like one. */
  #learn(position: number, ended: boolean): "learnt" | "none" | "wait" {
    const end = Math.min(this.#queue.end, position + LONGEST_LINE);
    const bytes = this.#queue.copy(position, end);
    const lf = bytes.indexOf(LF);
    if (lf < 0) return bytes.length < LONGEST_LINE && !ended ? "wait" : "none";
    const token = DELIMITER_LINE.exec(String.fromCharCode(...bytes.subarray(0, lf)))?.[1];
    if (token === undefined) return "none";
    this.#finder.adopt(token);
    return "learnt";
  }

  #isDashed(position: number): boolean {
    return this.#queue.at(position) === DASH && this.#queue.at(position + 1) === DASH;
  }
}
