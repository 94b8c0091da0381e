/** A camera's own jitter must not halve its rate, hence this share of a period. */
const SLACK = 0.1;

/** Lets so many pictures a second through, evenly and kept to the clock. */
export class FpsGate {
  readonly #periodMs: number;
  #due = -Infinity;

  /** @param fps pictures a second at most; `undefined` lets all through */
  constructor(fps: number | undefined) {
    this.#periodMs = fps === undefined ? 0 : 1000 / fps;
  }

  /** Whether a picture that comes now goes through. */
  passes(now: number): boolean {
    if (now < this.#due - this.#periodMs * SLACK) return false;
    // One that comes a little late is followed by one on time.
    this.#due = (this.#due > now - this.#periodMs ? this.#due : now) + this.#periodMs;
    return true;
  }

  /** How long after `now` a picture that was held back is to be shown, as no newer one has come: in milliseconds. */
  patience(now: number): number {
    return Math.max(0, this.#due - now) + this.#periodMs;
  }

  /** The next picture goes through. */
  reset(): void {
    this.#due = -Infinity;
  }
}
