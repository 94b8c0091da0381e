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
    if (!this.#viewers.delete(viewer)) return;
    const { frames, drops, bytes } = this.#past;
    this.#past = {
      frames: frames + viewer.frames,
      drops: drops + viewer.drops,
      bytes: bytes + viewer.bytes,
    };
  }

  /** What all viewers were given so far, past ones included. */
  totals(): Totals {
    // Asked with each viewer that comes over a WebSocket: an object for each that is there would be much.
    let { frames, drops, bytes } = this.#past;
    for (const viewer of this.#viewers) {
      frames += viewer.frames;
      drops += viewer.drops;
      bytes += viewer.bytes;
    }
    return { frames, drops, bytes };
  }
}
