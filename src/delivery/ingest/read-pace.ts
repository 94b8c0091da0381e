/** Several times what 8K at 60 fps needs, a fraction of what a core can read. */
const MOST_PICTURES_A_SECOND = 2_000;
const MOST_BYTES_A_SECOND = 160_000_000;
/** The part of the main thread that all publishers together may take; viewers need the rest. */
const MOST_WORK = 0.5;
/** Getting bytes from a socket costs as well, where it cannot be timed: 0.6 ms a megabyte (Node 24, loopback). */
const MS_A_BYTE = 0.6e-6;
/** Who takes no more of it than this is never held up by others: 30 pictures of 100 KB a second take 0.6 %. */
const SMALL_WORK = 0.02;
/** How far ahead of its pace a publisher may be: networks deliver in bursts. */
const BURST_MS = 100;
/** No rest is longer, however much came at once: shorter than a publisher may be silent. */
const MOST_REST_MS = 10_000;

/** What a publisher sent, and what it cost. */
export interface ReadWork {
  readonly pictures: number;
  readonly bytes: number;
  /** So long the main thread was busy taking pictures out of it, in milliseconds. */
  readonly workMs: number;
}

/** What is spent at a pace of so many milliseconds a millisecond. */
class Account {
  /** When all that was spent would have been spent at that pace. */
  #paidUntil = 0;

  /** @returns for how many milliseconds nothing more should be spent */
  spend(milliseconds: number): number {
    const now = performance.now();
    const paidUntil = Math.max(this.#paidUntil, now) + milliseconds;
    this.#paidUntil = Math.min(paidUntil, now + BURST_MS + MOST_REST_MS);
    return Math.max(0, this.#paidUntil - now - BURST_MS);
  }
}

/** The work of all publishers: a module global, as there is one main thread, however many servers it runs. */
const everyonesWork = new Account();

/** Keeps publishers from taking the machine: tells when one is to be read no further for a moment. */
export class ReadPace {
  readonly #read = new Account();
  readonly #work = new Account();

  /**
   * Counts what was read.
   * @returns for how many milliseconds nothing more should be read; 0 for a publisher of any sane pace
   */
  restAfter({ pictures, bytes, workMs }: ReadWork): number {
    const seconds = Math.max(pictures / MOST_PICTURES_A_SECOND, bytes / MOST_BYTES_A_SECOND);
    const rest = this.#read.spend(seconds * 1000);
    const spentMs = workMs + bytes * MS_A_BYTE;
    const sharedRest = Math.min(
      everyonesWork.spend(spentMs / MOST_WORK),
      this.#work.spend(spentMs / SMALL_WORK),
    );
    return Math.max(rest, sharedRest);
  }
}
