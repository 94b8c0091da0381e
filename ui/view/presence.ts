/**
 * Tells whether an element can be seen: its page is not hidden, and it is on the screen or just beside it.
 */
export class Presence {
  readonly #onChange: () => void;
  readonly #observer: IntersectionObserver;
  readonly #pageChanged = (): void => this.#onChange();
  #isNear = false;

  constructor(element: Element, onChange: () => void) {
    this.#onChange = onChange;
    this.#observer = new IntersectionObserver(
      (entries) => {
        this.#isNear = entries.at(-1)?.isIntersecting === true;
        onChange();
      },
      // So far beside the screen it is begun, so that it is there when it is scrolled in.
      { rootMargin: "100px" },
    );
    this.#observer.observe(element);
    document.addEventListener("visibilitychange", this.#pageChanged);
  }

  /** Whether it can be seen now. */
  get isSeen(): boolean {
    return this.#isNear && !document.hidden;
  }

  /** Looks no more. */
  end(): void {
    this.#observer.disconnect();
    document.removeEventListener("visibilitychange", this.#pageChanged);
  }
}
