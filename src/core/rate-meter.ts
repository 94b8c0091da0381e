const WINDOW_MS = 2_000;
const SLOTS = 8;
const SLOT_MS = WINDOW_MS / SLOTS;

/**
 * Frames a second, measured over the last two seconds in eight slots: marking a frame is one addition,
 * and a stream that stopped falls to 0 without anyone telling it.
 */
export class RateMeter {
  readonly #slots = new Float64Array(SLOTS);
  readonly #now: () => number;
  #startedAt: number | undefined;
  #slot = 0;

  /** @param now a clock in milliseconds that never goes backwards. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Counts one frame. */
  mark(): void {
    this.#advance();
    const at = this.#slot % SLOTS;
    this.#slots[at] = (this.#slots[at] ?? 0) + 1;
  }

  /** Frames a second over the window, or since the first frame where that is less. 0 before the first frame. */
  get fps(): number {
    if (this.#startedAt === undefined) return 0;
    this.#advance();
    const sum = this.#slots.reduce((total, count) => total + count, 0);
    const now = this.#now();
    // The slot in progress is only partly over: the window is the full slots plus its share.
    const window = (SLOTS - 1) * SLOT_MS + (now - this.#slot * SLOT_MS);
    const sinceFirst = now - this.#startedAt;
    if (sinceFirst >= window) return (sum * 1000) / window;
    // The first frame only begins the time that the others are counted over.
    return ((sum - 1) * 1000) / Math.max(SLOT_MS, sinceFirst);
  }

  #advance(): void {
    const now = this.#now();
    this.#startedAt ??= now;
    const slot = Math.floor(now / SLOT_MS);
    if (slot - this.#slot >= SLOTS) this.#slots.fill(0);
    else for (let next = this.#slot + 1; next <= slot; next++) this.#slots[next % SLOTS] = 0;
    this.#slot = Math.max(slot, this.#slot);
  }
}
