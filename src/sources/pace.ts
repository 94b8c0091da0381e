import { setImmediate, setTimeout as sleep } from "node:timers/promises";

/**
 * Beats `fps` times a second, kept to the clock: a beat that comes a little late is followed by one on time. Who is late
 * by a whole beat or more gets the next one at once, and the rhythm starts anew from there.
 */
export class Pace {
  readonly #beatMs: number;
  #due: number;

  constructor(fps: number) {
    this.#beatMs = 1000 / fps;
    this.#due = performance.now();
  }

  /** Waits for the next beat; the first one is at once. An abort ends the wait early. */
  async beat(signal: AbortSignal): Promise<void> {
    await this.#until(this.#due, signal);
    const late = performance.now() - this.#due;
    this.#due += late < this.#beatMs ? this.#beatMs : late + this.#beatMs;
  }

  /** Waits until `leadMs` before the next beat, where that is still to come. An abort ends the wait early. */
  async before(leadMs: number, signal: AbortSignal): Promise<void> {
    if (this.#beatMs > leadMs) await this.#until(this.#due - leadMs, signal);
  }

  async #until(at: number, signal: AbortSignal): Promise<void> {
    const waitMs = at - performance.now();
    // Even who is late lets sockets and timers have their turn: a fast source must not starve its viewers.
    if (waitMs <= 0) await setImmediate();
    // Only an abort ends the sleep early, and every caller looks at that itself.
    else await sleep(Math.ceil(waitMs), undefined, { signal }).catch(() => undefined);
  }
}
