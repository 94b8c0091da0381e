/** Keeps the screen on while it is wanted: with a dark screen phones stop the camera. */
export class WakeLock {
  readonly #onChange: (isHeld: boolean) => void;
  #isWanted = false;
  #lock: WakeLockSentinel | undefined;

  /** `onChange` is told whether the screen stays on, as soon as it is known. */
  constructor(onChange: (isHeld: boolean) => void) {
    this.#onChange = onChange;
    // The system takes the lock back whenever the page is hidden.
    document.addEventListener("visibilitychange", () => void this.#ask());
  }

  /** May be called again and again. */
  hold(): void {
    if (this.#isWanted) return;
    this.#isWanted = true;
    void this.#ask();
  }

  release(): void {
    this.#isWanted = false;
    void this.#lock?.release().catch(() => undefined);
    this.#lock = undefined;
  }

  async #ask(): Promise<void> {
    if (!this.#isWanted || document.hidden || this.#lock?.released === false) return;
    try {
      this.#take(await navigator.wakeLock.request("screen"));
    } catch {
      // Not offered by this browser, or not now: a phone with little battery left refuses it.
      this.#tell(false);
    }
  }

  #take(lock: WakeLockSentinel): void {
    this.#lock = lock;
    lock.addEventListener("release", () => {
      if (!document.hidden) this.#tell(false);
    });
    this.#tell(true);
    if (!this.#isWanted) this.release();
  }

  #tell(isHeld: boolean): void {
    if (this.#isWanted) this.#onChange(isHeld);
  }
}
