import type { Viewer } from "./viewer.ts";

/** What the viewers of a stream were given, all together, past ones included: these numbers only ever grow. */
export interface Totals {
  /** Frames handed to their connections. */
  readonly frames: number;
  /** Frames they skipped because a newer one came. */
  readonly drops: number;
  /** Bytes handed to their connections. */
  readonly bytes: number;
}

/** Counts the viewers of one stream, whichever variant of it they watch, and what they were given. */
export class Tally {
  readonly #viewers = new Set<Viewer>();
  /** What those who have left were given. */
  #past: Totals = { frames: 0, drops: 0, bytes: 0 };

  /** How many watch now. */
  get size(): number {
    return this.#viewers.size;
  }

  /** A viewer has come. */
  add(viewer: Viewer): void {
    this.#viewers.add(viewer);
  }

  /** A viewer has left. */
  remove(viewer: Viewer): void {
    if (this.#viewers.delete(viewer)) this.#past = sum(this.#past, viewer);
  }

  /** What all viewers were given so far, past ones included. */
  totals(): Totals {
    return [...this.#viewers].reduce<Totals>(sum, this.#past);
  }
}

function sum(one: Totals, other: Totals): Totals {
  return {
    frames: one.frames + other.frames,
    drops: one.drops + other.drops,
    bytes: one.bytes + other.bytes,
  };
}
