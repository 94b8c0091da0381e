import type { ByteQueue } from "./byte-queue.ts";
import { LONGEST_BEFORE_TOKEN, type DelimiterFinder } from "./delimiter.ts";
import { declaredLength, type BadPartReason, type BodyReader, type Part } from "./part.ts";
import { endsAsJpeg } from "./picture-walk.ts";

/** Where a {@link PartBody} leaves what it read. */
export interface PartOutlet {
  /** A part, whole, and the position where it ends. */
  part(part: Part, end: number): void;
  /** A part that was passed over. */
  bad(reason: BadPartReason): void;
}

/** Reads bodies whole, whatever they hold: by their length where the delimiter follows there, else up to the delimiter. */
export class PartBody implements BodyReader {
  readonly #queue: ByteQueue;
  readonly #finder: DelimiterFinder;
  readonly #maxBytes: number;
  readonly #outlet: PartOutlet;
  #headers: ReadonlyMap<string, string> = new Map();
  #start = 0;
  /** Where the body ends by its declared length; undefined when none was, or when it proved wrong. */
  #claimed: number | undefined;

  constructor(queue: ByteQueue, finder: DelimiterFinder, maxBytes: number, outlet: PartOutlet) {
    this.#queue = queue;
    this.#finder = finder;
    this.#maxBytes = maxBytes;
    this.#outlet = outlet;
  }

  begin(start: number, headers: ReadonlyMap<string, string>): void {
    const length = declaredLength(headers);
    this.#headers = headers;
    this.#start = start;
    this.#claimed = length === undefined || length > this.#maxBytes ? undefined : start + length;
  }

  read(ended: boolean): number | undefined {
    if (this.#claimed !== undefined) {
      const believed = this.#believes(this.#claimed, ended);
      if (believed === "wait") return undefined;
      if (believed === "yes") return this.#take(this.#claimed);
      this.#claimed = undefined;
    }
    return this.#readToDelimiter(ended);
  }

  /** Whether the body ends where its length says: a JPEG ends there, or a delimiter follows, or the input ends there. */
  #believes(claimed: number, ended: boolean): "yes" | "no" | "wait" {
    if (this.#queue.end < claimed) return ended ? "no" : "wait";
    // A picture need not wait for the delimiter, which may come only with the next one.
    if (endsAsJpeg(this.#queue, this.#start, claimed)) return "yes";
    const here = this.#finder.follows(claimed);
    if (here === "wait") return ended ? "yes" : "wait";
    return here === "none" ? "no" : "yes";
  }

  #readToDelimiter(ended: boolean): number | undefined {
    const limit = this.#start + this.#maxBytes;
    const delimiter = this.#finder.find(this.#start, ended);
    const end = delimiter === undefined ? undefined : this.#finder.startOf(delimiter, this.#start);
    if (end !== undefined && end <= limit) return this.#take(end);
    if (end !== undefined || this.#finder.searchedTo > limit + LONGEST_BEFORE_TOKEN)
      return this.#pass("part-too-long", limit);
    return ended ? this.#pass("torn", this.#queue.end) : undefined;
  }

  #take(end: number): number {
    this.#outlet.part({ headers: this.#headers, body: this.#queue.copy(this.#start, end) }, end);
    return end;
  }

  #pass(reason: BadPartReason, next: number): number {
    this.#outlet.bad(reason);
    return next;
  }
}
