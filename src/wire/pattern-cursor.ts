import type { ByteQueue } from "./byte-queue.ts";
import type { PatternSearch } from "./pattern-search.ts";

/** Walks over the occurrences of a pattern in the input, across chunks, looking at each byte once. */
export class PatternCursor {
  readonly #queue: ByteQueue;
  readonly search: PatternSearch;
  /** Every occurrence that begins before this position was seen. */
  next = 0;

  constructor(queue: ByteQueue, search: PatternSearch) {
    this.#queue = queue;
    this.search = search;
  }

  /** Position of the first occurrence at or behind {@link next}, which moves there; undefined when it has not come. */
  seek(): number | undefined {
    const queue = this.#queue;
    const overlap = this.search.pattern.length - 1;
    for (let run = queue.runAt(this.next); run !== undefined; run = queue.runAt(this.next)) {
      const inside = this.search.find(run.bytes, this.next - run.start, run.end - run.start);
      if (inside !== undefined) return (this.next = run.start + inside);

      this.next = Math.max(this.next, run.end - overlap);
      if (run.end === queue.end) return undefined;
      const seamEnd = Math.min(run.end + overlap, queue.end);
      const seam = queue.copy(this.next, seamEnd);
      const across = this.search.find(seam, 0, seam.length);
      if (across !== undefined) return (this.next += across);

      this.next = Math.max(this.next, seamEnd - overlap);
      if (this.next < run.end) return undefined;
    }
    return undefined;
  }
}
