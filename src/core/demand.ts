/** The two timer functions that {@link Demand} needs, passed in so that core runs anywhere and tests own the time. */
export interface Timers {
  /** Calls back once after that many milliseconds. */
  set(callback: () => void, milliseconds: number): unknown;
  /** Cancels what `set` returned. */
  clear(handle: unknown): void;
}

/** What {@link Demand} starts and stops. */
export interface DemandActions {
  /** Somebody wants frames, and nobody did before. */
  start(): void;
  /** Nobody has wanted frames for the linger time. */
  stop(): void;
}

/** Knows whether anyone wants frames: on from the first wish until `lingerMs` after the last one is taken back. */
export class Demand {
  readonly #actions: DemandActions;
  readonly #lingerMs: number;
  readonly #timers: Timers;
  #wishes = 0;
  #on = false;
  #lingering: unknown;

  /** @param lingerMs how long demand outlives the last wish, so that a page reload does not restart a camera. */
  constructor(actions: DemandActions, lingerMs: number, timers: Timers) {
    this.#actions = actions;
    this.#lingerMs = lingerMs;
    this.#timers = timers;
  }

  /** Whether frames are wanted, lingering included. */
  get on(): boolean {
    return this.#on;
  }

  /** Wishes for frames. Returns the function that takes the wish back; calling it twice does nothing more. */
  acquire(): () => void {
    this.#wishes++;
    this.#stopLingering();
    if (!this.#on) {
      this.#on = true;
      this.#actions.start();
    }
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#release();
    };
  }

  /** Ends demand at once, whatever is still wished: for a stream that closes. */
  close(): void {
    this.#stopLingering();
    this.#turnOff();
  }

  #release(): void {
    this.#wishes--;
    if (this.#wishes > 0 || !this.#on) return;
    if (this.#lingerMs === 0) {
      this.#turnOff();
      return;
    }
    this.#lingering = this.#timers.set(() => {
      this.#lingering = undefined;
      this.#turnOff();
    }, this.#lingerMs);
  }

  #turnOff(): void {
    if (!this.#on) return;
    this.#on = false;
    this.#actions.stop();
  }

  #stopLingering(): void {
    if (this.#lingering === undefined) return;
    this.#timers.clear(this.#lingering);
    this.#lingering = undefined;
  }
}
