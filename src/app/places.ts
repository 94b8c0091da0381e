import { MjpegError } from "../core/errors.ts";

/** How many places there are. */
export interface PlacesOptions {
  /** Most different things at once. */
  readonly most: number;
  /** Most different things that are waited for. */
  readonly mostWaiting: number;
  /** What to say to whom has to go. */
  readonly full: () => MjpegError;
}

type Waiter = (leave: () => void) => void;

/**
 * Places for so many different things at once. All who want the same share one, and the rest waits in the order in which
 * things were asked for, so that none can be kept by those who ask for it again and again.
 */
export class Places {
  readonly #options: PlacesOptions;
  /** How many are in each. */
  readonly #held = new Map<string, number>();
  /** By what they want, first come first; each is told how to give its place back. */
  readonly #waiting = new Map<string, Set<Waiter>>();

  constructor(options: PlacesOptions) {
    this.#options = options;
  }

  /** Takes a place at once. Returns the function that gives it back; undefined where it has to be waited for. */
  enter(thing: string): (() => void) | undefined {
    if (this.#waiting.size > 0) return undefined;
    if (!this.#held.has(thing) && this.#held.size >= this.#options.most) return undefined;
    return this.#place(thing);
  }

  /**
   * Waits for a place. Resolves with the function that gives it back.
   * @param waitMs for how long, in milliseconds; not at all where it is 0 or less
   * @param signal aborts when whoever waits has left
   * @throws MjpegError what `full` says, when none was free in time or too many wait.
   */
  async wait(thing: string, waitMs: number, signal: AbortSignal): Promise<() => void> {
    const { mostWaiting, full } = this.#options;
    const others = this.#waiting.get(thing);
    const isRoom = others !== undefined || this.#waiting.size < mostWaiting;
    if (waitMs <= 0 || signal.aborted || !isRoom) throw full();
    const { promise, resolve, reject } = Promise.withResolvers<() => void>();
    const giveUp = () => {
      this.#forget(thing, resolve);
      reject(full());
    };
    const timer = setTimeout(giveUp, waitMs);
    signal.addEventListener("abort", giveUp, { once: true });
    this.#waiting.set(thing, (others ?? new Set()).add(resolve));
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", giveUp);
    }
  }

  #place(thing: string): () => void {
    this.#held.set(thing, (this.#held.get(thing) ?? 0) + 1);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      const others = (this.#held.get(thing) ?? 1) - 1;
      if (others > 0) this.#held.set(thing, others);
      else this.#held.delete(thing);
      this.#letIn();
    };
  }

  /** Those who wait longest; all who wait for the same come with them. */
  #letIn(): void {
    for (const [thing, waiters] of this.#waiting) {
      if (!this.#held.has(thing) && this.#held.size >= this.#options.most) return;
      this.#waiting.delete(thing);
      for (const enter of waiters) enter(this.#place(thing));
    }
  }

  #forget(thing: string, waiter: Waiter): void {
    const waiters = this.#waiting.get(thing);
    waiters?.delete(waiter);
    if (waiters?.size !== 0) return;
    this.#waiting.delete(thing);
    // Those behind it may want what is there already.
    this.#letIn();
  }
}
