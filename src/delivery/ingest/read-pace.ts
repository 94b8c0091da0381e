/** Several times what 8K at 60 fps needs, a fraction of what a core can read. */
const MOST_PICTURES_A_SECOND = 2_000;
const MOST_BYTES_A_SECOND = 160_000_000;
/** How far ahead of that pace a publisher may be: networks deliver in bursts. */
const BURST_MS = 100;

/** Keeps a publisher from taking the machine: tells when it is to be read no further for a moment. */
export class ReadPace {
  /** When all that was read would have been read at the fastest pace that is allowed. */
  #paidUntil = 0;

  /**
   * Counts what was read.
   * @returns for how many milliseconds nothing more should be read; 0 for a publisher of any sane pace
   */
  restAfter(pictures: number, bytes: number): number {
    const now = performance.now();
    const seconds = Math.max(pictures / MOST_PICTURES_A_SECOND, bytes / MOST_BYTES_A_SECOND);
    this.#paidUntil = Math.max(this.#paidUntil, now) + seconds * 1000;
    return Math.max(0, this.#paidUntil - now - BURST_MS);
  }
}
