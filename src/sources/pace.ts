import { setImmediate } from "node:timers/promises";

/**
 * Beats `fps` times a second, kept to the clock: a beat that comes a little late is followed by one on time. Who is late
 * by a whole beat or more gets the next one at once, and the rhythm starts anew from there.
 *
 * Waits with a bare timer: the one of `node:timers/promises` costs three times as much when it is given a signal.
 */
export class Pace {
  readonly #beatMs: number;
  readonly #signal: AbortSignal;
  readonly #onAbort = (): void => {
    clearTimeout(this.#timer);
    this.#wake();
  };
  #due: number;
  #timer: NodeJS.Timeout | undefined;
  #wake: () => void = () => undefined;

  /** @param signal an abort ends every wait early; the caller looks at it itself. */
  constructor(fps: number, signal: AbortSignal) {
    this.#beatMs = 1000 / fps;
    this.#signal = signal;
    this.#due = performance.now();
    signal.addEventListener("abort", this.#onAbort);
  }

  /** Waits for the next beat; the first one is at once. */
  async beat(): Promise<void> {
    await this.#until(this.#due);
    const late = performance.now() - this.#due;
    this.#due += late < this.#beatMs ? this.#beatMs : late + this.#beatMs;
  }

  /** Waits until `leadMs` before the next beat, where that is still to come. */
  async before(leadMs: number): Promise<void> {
    if (this.#beatMs > leadMs) await this.#until(this.#due - leadMs);
  }

  /** Lets go of the signal. To be called when the last wait is over. */
  close(): void {
    this.#signal.removeEventListener("abort", this.#onAbort);
  }

  #until(at: number): Promise<void> {
    const waitMs = at - performance.now();
    // Even who is late lets sockets and timers have their turn: a fast source must not starve its viewers.
    if (waitMs <= 0 || this.#signal.aborted) return setImmediate();
    return new Promise((resolve) => {
      this.#wake = resolve;
      this.#timer = setTimeout(resolve, Math.ceil(waitMs));
    });
  }
}
