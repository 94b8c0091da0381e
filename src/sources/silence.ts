/** Notices that nothing has come for a time. */
export class Silence {
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  /**
   * @param ms how long there may be nothing; undefined: for ever
   * @param over called once, when nothing came for so long
   */
  constructor(ms: number | undefined, over: () => void) {
    if (ms === undefined) return;
    this.#timer = setTimeout(() => {
      this.#isOver = true;
      over();
    }, ms);
  }

  /** Whether nothing came for too long. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Something came. */
  broken(): void {
    if (!this.#isOver) this.#timer?.refresh();
  }

  /** Nothing is waited for any more. */
  end(): void {
    clearTimeout(this.#timer);
    // Refreshing it later would start it again.
    this.#timer = undefined;
  }
}
