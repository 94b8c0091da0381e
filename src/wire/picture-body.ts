import { JPEG } from "../core/jpeg-segments.ts";
import type { ByteQueue } from "./byte-queue.ts";
import { LONGEST_BEFORE_TOKEN, type Delimiter, type DelimiterFinder } from "./delimiter.ts";
import type { BadPartReason } from "./part.ts";
import { endsAsJpeg, PictureWalk } from "./picture-walk.ts";
import type { PictureSink } from "./pictures.ts";
import type { Trust } from "./trust.ts";

/**
 * Going back to a delimiter means that bytes are walked again. All of that together is limited to the bytes that came,
 * and to this many more, so that hostile input costs twice its length and no more.
 */
const FREE_REWIND_BYTES = 262_144;

/**
 * What is looked at to find a picture's end, from the least to the most:
 *
 * - `ends`: where the length says, that the picture ends there; of a sender whose lengths were right;
 * - `markers`: the picture's markers, until the declared end or something that no picture holds;
 * - `everything`: those and the delimiters, of which one may come before the picture's end.
 */
type Look = "ends" | "markers" | "everything";

/**
 * Reads a part that begins with a JPEG, to the JPEG's end: its structure tells where that is, whatever Content-Length
 * says. Without an end, the part ends at the delimiter and the picture is cut.
 */
export class PictureBody {
  readonly #queue: ByteQueue;
  readonly #finder: DelimiterFinder;
  readonly #maxBytes: number;
  readonly #sink: PictureSink;
  readonly #trust: Trust;
  readonly #walk: PictureWalk;
  #start = 0;
  /** Where the part ends by its declared length. */
  #claimed: number | undefined;
  #look: Look = "everything";
  /** Whether the walk came upon something that no picture holds. */
  #damaged = false;
  #rewoundBytes = 0;

  constructor(queue: ByteQueue, finder: DelimiterFinder, maxBytes: number, sink: PictureSink, trust: Trust) {
    this.#queue = queue;
    this.#finder = finder;
    this.#maxBytes = maxBytes;
    this.#sink = sink;
    this.#trust = trust;
    this.#walk = new PictureWalk(queue);
  }

  /**
   * Begins at a picture's first byte.
   * @param claimed position where the part ends by its declared length.
   */
  begin(start: number, claimed: number | undefined): void {
    this.#start = start;
    this.#claimed = claimed !== undefined && claimed <= start + this.#maxBytes ? claimed : undefined;
    const { earned } = this.#trust;
    if (this.#claimed !== undefined) this.#look = earned ? "ends" : "markers";
    else this.#look = earned ? "markers" : "everything";
    this.#damaged = false;
    this.#walk.begin(start);
  }

  /** Reads on in what has come. Returns the position behind the part; undefined when more bytes are needed. */
  read(ended: boolean): number | undefined {
    if (this.#look === "ends") {
      const claimed = this.#claimed ?? 0;
      if (this.#queue.end < claimed && !ended) return undefined;
      if (endsAsJpeg(this.#queue, this.#start, claimed)) return this.#finishWhole(claimed);
      this.#look = "markers";
    }
    for (;;) {
      const delimiter = this.#nextDelimiter(ended);
      const step = this.#damaged ? "more" : this.#walk.advance(this.#limit(delimiter));
      if (step === "end") return this.#finishWalked(ended);
      if (step === "bad") {
        this.#damaged = true;
        this.#look = "everything";
      }
      if (step !== "more") continue;
      const next = this.#look === "markers" ? this.#goOnAtClaim(ended) : this.#goOnAt(delimiter, ended);
      if (next !== "again") return next;
    }
  }

  /** The delimiter that ends the part if the picture does not. Looked for in picture data, not in the head. */
  #nextDelimiter(ended: boolean): Delimiter | undefined {
    if (this.#look !== "everything") return undefined;
    const from = this.#walk.scanAt ?? (this.#damaged ? this.#start : undefined);
    return from === undefined ? undefined : this.#finder.find(from, ended);
  }

  /** How far the walk may go. */
  #limit(delimiter: Delimiter | undefined): number {
    const limit = Math.min(this.#queue.end, this.#start + this.#maxBytes);
    if (delimiter !== undefined) return Math.min(limit, this.#finder.startOf(delimiter, this.#start));
    return this.#look === "markers" ? Math.min(limit, this.#claimed ?? limit) : limit;
  }

  /** Markers alone did not tell the end, in what has come or before the declared end. */
  #goOnAtClaim(ended: boolean): number | undefined | "again" {
    const claimed = this.#claimed;
    if (claimed !== undefined && this.#queue.end >= claimed) {
      const here = this.#finder.follows(claimed);
      if (here === "wait" && !ended) return undefined;
      if (here !== "none") return this.#finishCut(claimed);
    } else if (!ended && this.#queue.end < this.#start + this.#maxBytes) {
      return undefined;
    }
    this.#look = "everything";
    return "again";
  }

  /** The picture has no end in what has come, or before the delimiter. */
  #goOnAt(delimiter: Delimiter | undefined, ended: boolean): number | undefined {
    if (this.#isTooLong(delimiter)) return this.#finishBad("part-too-long", this.#start + this.#maxBytes);
    if (delimiter !== undefined) return this.#finishCut(this.#finder.startOf(delimiter, this.#start));
    return ended ? this.#finishBad("torn", this.#queue.end) : undefined;
  }

  #isTooLong(delimiter: Delimiter | undefined): boolean {
    const limit = this.#start + this.#maxBytes;
    if (delimiter !== undefined) return this.#finder.startOf(delimiter, this.#start) > limit;
    if (this.#walk.scanAt === undefined && !this.#damaged) return this.#queue.end >= limit;
    return this.#finder.searchedTo > limit + LONGEST_BEFORE_TOKEN;
  }

  /** The walk found the end marker. Where a length says otherwise, a delimiter may lie before it. */
  #finishWalked(ended: boolean): number {
    const end = this.#walk.at;
    if (this.#look === "markers" && this.#claimed !== undefined && this.#claimed !== end) {
      this.#look = "everything";
      const delimiter = this.#nextDelimiter(ended);
      if (delimiter !== undefined && delimiter.token < end) {
        return this.#finishCut(this.#finder.startOf(delimiter, this.#start));
      }
    }
    return this.#finishWhole(end);
  }

  #finishWhole(end: number): number {
    if (this.#claimed === undefined || this.#claimed === end) this.#trust.confirm();
    else this.#trust.lose();
    this.#sink.whole(this.#start, end);
    return end;
  }

  /** The part ends before the walk found an end marker. A damaged picture may have one all the same. */
  #finishCut(end: number): number {
    this.#trust.lose();
    if (this.#damaged && this.#endsMarked(end)) this.#sink.whole(this.#start, end);
    else this.#sink.cut(this.#start, end, this.#claimed !== undefined && this.#claimed > end);
    return this.#goOn(end);
  }

  #finishBad(reason: BadPartReason, next: number): number {
    this.#trust.lose();
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
