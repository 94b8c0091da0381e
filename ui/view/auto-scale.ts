/** Widths that are asked for, in pixels: few, so that many views share what the server scales. */
const WIDTHS = [160, 240, 320, 480, 640, 960, 1280, 1920];
/** A window that is being resized asks for one size, not for each on its way. */
const SETTLED_MS = 250;

/** Follows how wide an element is on the screen, in steps. */
export class AutoScale {
  readonly #element: Element;
  readonly #onChange: () => void;
  readonly #observer: ResizeObserver;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #zoom = 1;
  #width = 0;

  constructor(element: Element, onChange: () => void) {
    this.#element = element;
    this.#onChange = onChange;
    this.#observer = new ResizeObserver(() => this.#later());
    this.#observer.observe(element);
  }

  /** The width to ask for; undefined where only the whole picture is enough. */
  get width(): number | undefined {
    this.#width = this.#needed();
    return WIDTHS.find((width) => width >= this.#width);
  }

  /** How much the picture is enlarged: what is seen of it should be sharp. */
  set zoom(scale: number) {
    this.#zoom = scale;
    this.#later();
  }

  /** Looks no more. */
  end(): void {
    this.#observer.disconnect();
    clearTimeout(this.#timer);
  }

  #later(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#needed() !== this.#width) this.#onChange();
    }, SETTLED_MS);
  }

  #needed(): number {
    return Math.round(this.#element.clientWidth * devicePixelRatio * this.#zoom);
  }
}
