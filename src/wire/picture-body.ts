import { JPEG } from "../core/jpeg-segments.ts";
import type { ByteQueue } from "./byte-queue.ts";
import { LONGEST_BEFORE_TOKEN, type Delimiter, type DelimiterFinder } from "./delimiter.ts";
import type { BadPartReason } from "./part.ts";
import { PictureWalk } from "./picture-walk.ts";
import type { PictureSink } from "./pictures.ts";

/**
 * Going back to a delimiter means that bytes are walked again. All of that together is limited to the bytes that came,
 * and to this many more, so that hostile input costs twice its length and no more.
 */
const FREE_REWIND_BYTES = 262_144;

/**
 * Reads a part that begins with a JPEG, to the JPEG's end: its structure tells where that is, whatever Content-Length
 * says. Without an end, the part ends at the delimiter and the picture is cut.
 */
export class PictureBody {
  readonly #queue: ByteQueue;
  readonly #finder: DelimiterFinder;
  readonly #maxBytes: number;
  readonly #sink: PictureSink;
  readonly #walk: PictureWalk;
  #start = 0;
  /** Where the part ends by its declared length. */
  #claimed: number | undefined;
  /** Whether that may still be true. As long as it may, the walk alone looks at the bytes. */
  #believing = false;
  /** Whether the walk came upon something that no picture holds. */
  #damaged = false;
  #rewoundBytes = 0;

  constructor(queue: ByteQueue, finder: DelimiterFinder, maxBytes: number, sink: PictureSink) {
    this.#queue = queue;
    this.#finder = finder;
    this.#maxBytes = maxBytes;
    this.#sink = sink;
    this.#walk = new PictureWalk(queue);
  }

  /**
   * Begins at a picture's first byte.
   * @param claimed position where the part ends by its declared length.
   */
  begin(start: number, claimed: number | undefined): void {
    this.#start = start;
    this.#claimed = claimed !== undefined && claimed <= start + this.#maxBytes ? claimed : undefined;
    this.#believing = this.#claimed !== undefined;
    this.#damaged = false;
    this.#walk.begin(start);
  }

  /** Reads on in what has come. Returns the position behind the part; undefined when more bytes are needed. */
  read(ended: boolean): number | undefined {
    for (;;) {
      const delimiter = this.#nextDelimiter(ended);
      const step = this.#damaged ? "more" : this.#walk.advance(this.#limit(delimiter));
      if (step === "scan") continue;
      if (step === "end") return this.#finishWhole(ended);
      if (step === "bad") {
        this.#damaged = true;
        this.#believing = false;
        continue;
      }
      if (this.#isTooLong(delimiter)) return this.#finishBad("part-too-long", this.#start + this.#maxBytes);
      if (delimiter !== undefined) return this.#finishCut(this.#finder.startOf(delimiter, this.#start));
      const claimed = this.#reachedClaim();
      if (claimed === undefined) return ended ? this.#finishBad("torn", this.#queue.end) : undefined;
      const here = this.#finder.follows(claimed);
      if (here === "wait" && !ended) return undefined;
      if (here !== "none") return this.#finishCut(claimed);
      this.#believing = false;
    }
  }

  /** The delimiter that ends the part if the picture does not. Looked for in picture data, not in the head. */
  #nextDelimiter(ended: boolean): Delimiter | undefined {
    if (this.#believing) return undefined;
    const from = this.#walk.scanAt ?? (this.#damaged ? this.#start : undefined);
    return from === undefined ? undefined : this.#finder.find(from, ended);
  }

  /** How far the walk may go. */
  #limit(delimiter: Delimiter | undefined): number {
    const limit = Math.min(this.#queue.end, this.#start + this.#maxBytes);
    if (delimiter !== undefined) return Math.min(limit, this.#finder.startOf(delimiter, this.#start));
    return this.#believing ? Math.min(limit, this.#claimed ?? limit) : limit;
  }

  /** The declared end, when it is still believed and all bytes before it are there. */
  #reachedClaim(): number | undefined {
    if (!this.#believing || this.#claimed === undefined) return undefined;
    return this.#queue.end >= this.#claimed ? this.#claimed : undefined;
  }

  #isTooLong(delimiter: Delimiter | undefined): boolean {
    const limit = this.#start + this.#maxBytes;
    if (this.#believing) return false;
    if (delimiter !== undefined) return this.#finder.startOf(delimiter, this.#start) > limit;
    if (this.#walk.scanAt === undefined && !this.#damaged) return this.#queue.end >= limit;
    return this.#finder.searchedTo > limit + LONGEST_BEFORE_TOKEN;
  }

  /** The walk found the end marker. Where the length agrees that is the end; else a delimiter may lie before it. */
  #finishWhole(ended: boolean): number {
    const end = this.#walk.at;
    if (this.#believing && end !== this.#claimed) {
      this.#believing = false;
      const delimiter = this.#nextDelimiter(ended);
      if (delimiter !== undefined && delimiter.token < end) {
        return this.#finishCut(this.#finder.startOf(delimiter, this.#start));
      }
    }
    this.#sink.whole(this.#start, end);
    return end;
  }

  /** The part ends before the walk found an end marker. A damaged picture may have one all the same. */
  #finishCut(end: number): number {
    if (this.#damaged && this.#endsMarked(end)) this.#sink.whole(this.#start, end);
    else this.#sink.cut(this.#start, end, this.#claimed !== undefined && this.#claimed > end);
    return this.#goOn(end);
  }

  #finishBad(reason: BadPartReason, next: number): number {
    this.#sink.bad(reason);
    return next;
  }

  /** Whether the part ends in an end marker, and what the walk stumbled over was not the start of another picture. */
  #endsMarked(end: number): boolean {
    const queue = this.#queue;
    const { at, scanAt } = this.#walk;
    const isPicture = queue.at(at) === 0xff && queue.at(at + 1) === JPEG.SOI;
    if (scanAt === undefined || isPicture) return false;
    return queue.at(end - 2) === 0xff && queue.at(end - 1) === JPEG.EOI;
  }

  /** Where reading goes on: at the part's end, or where the walk is, when too much was walked twice already. */
  #goOn(end: number): number {
    const { at } = this.#walk;
    if (at <= end) return end;
    this.#rewoundBytes += at - end;
    return this.#rewoundBytes > at + FREE_REWIND_BYTES ? at : end;
  }
}
