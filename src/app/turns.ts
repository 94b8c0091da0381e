import { availableParallelism } from "node:os";

/** What a turn is for: the next picture of a live stream, or one alone. */
export type TurnKind = "live" | "single";

/**
 * Gives out turns, those of a kind in the order they were asked for: whoever asks again after each turn shares them fairly
 * with all others. Where both kinds wait they are given alternately, so that however many want one picture alone, live
 * streams get half of the turns.
 */
export class Turns {
  #free: number;
  readonly #waiting = { live: [] as (() => void)[], single: [] as (() => void)[] };
  #first: TurnKind = "live";

  /** @param most how many may be taken at once */
  constructor(most: number) {
    this.#free = most;
  }

  /** Waits for a turn. Resolves with the function that gives it back. */
  async next(kind: TurnKind = "live"): Promise<() => void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => void this.#waiting[kind].push(resolve));
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#pass();
    };
  }

  #pass(): void {
    const { live, single } = this.#waiting;
    const next = this.#first === "live" ? (live.shift() ?? single.shift()) : (single.shift() ?? live.shift());
    this.#first = this.#first === "live" ? "single" : "live";
    if (next === undefined) this.#free++;
    else next();
  }
}

/**
 * Most pictures that are encoded at once in the whole process: as many as there are processors, and fewer than the four
 * threads that also read files and look names up. With one less, 12 scaled streams on two processors waited for their turn
 * (8 pictures a second instead of 13), and those who watch a stream as it is were served no sooner.
 */
export const MOST_ENCODED: number = Math.min(3, availableParallelism());

/** Turns for encoding pictures. */
export const ENCODE_TURNS: Turns = new Turns(MOST_ENCODED);
