const MOST = 8;
const STEP = 1.5;
/** Of the size of the view, with one arrow key. */
const KEY_SHARE = 0.1;
/** How much a wheel's pixel enlarges; a notch of a usual wheel is 100 of them. */
const WHEEL = 0.002;

/** A place in the view, in CSS pixels from its middle. */
interface Place {
  readonly x: number;
  readonly y: number;
}

const MIDDLE: Place = { x: 0, y: 0 };

/** Enlarges what is in a box and moves it around, with pointers, wheel and keys. */
export class Zoom {
  readonly #box: HTMLElement;
  readonly #apply: (transform: string, scale: number) => void;
  readonly #pointers = new Map<number, Place>();
  #isOn = false;
  #scale = 1;
  #x = 0;
  #y = 0;

  /** `apply` is told of every change. */
  constructor(box: HTMLElement, apply: (transform: string, scale: number) => void) {
    this.#box = box;
    this.#apply = apply;
    box.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    box.addEventListener("dblclick", (event) => this.#doubleClick(event));
    box.addEventListener("keydown", (event) => this.#key(event));
    box.addEventListener("pointerdown", (event) => this.#press(event));
    box.addEventListener("pointermove", (event) => this.#move(event));
    for (const end of ["pointerup", "pointercancel"] as const)
      box.addEventListener(end, ({ pointerId }) => this.#pointers.delete(pointerId));
  }

  /** Whether it answers; turned off, all of the picture is seen. */
  set isOn(isOn: boolean) {
    this.#isOn = isOn;
    if (!isOn) this.reset();
  }

  /** Enlarges by one step. */
  in(): void {
    this.#zoomTo(this.#scale * STEP, MIDDLE);
  }

  /** Makes smaller by one step. */
  out(): void {
    this.#zoomTo(this.#scale / STEP, MIDDLE);
  }

  /** Shows all of the picture. */
  reset(): void {
    this.#zoomTo(1, MIDDLE);
  }

  /** Keeps the picture in the box when that has another size. */
  resized(): void {
    this.#moveTo(this.#x, this.#y);
  }

  #zoomTo(wished: number, at: Place): void {
    const scale = wished < 1.02 ? 1 : Math.min(wished, MOST);
    const factor = scale / this.#scale;
    this.#scale = scale;
    // What is under the pointer stays there.
    this.#moveTo(at.x - (at.x - this.#x) * factor, at.y - (at.y - this.#y) * factor);
  }

  #moveTo(x: number, y: number): void {
    const most = (this.#scale - 1) / 2;
    const { clientWidth, clientHeight } = this.#box;
    this.#x = limited(x, clientWidth * most);
    this.#y = limited(y, clientHeight * most);
    const isAll = this.#scale === 1;
    this.#apply(isAll ? "" : `translate(${this.#x}px, ${this.#y}px) scale(${this.#scale})`, this.#scale);
  }

  #wheel(event: WheelEvent): void {
    // A page is scrolled with the wheel, over the picture too, until somebody is in the picture. Two fingers on a
    // touchpad that pinch are a wheel with Ctrl.
    const isOurs = event.ctrlKey || event.metaKey || this.#scale > 1 || this.#box.matches(":focus");
    if (!this.#isOn || !isOurs) return;
    event.preventDefault();
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? event.deltaY : event.deltaY * 33;
    this.#zoomTo(this.#scale * Math.exp(-pixels * WHEEL * (event.ctrlKey ? 4 : 1)), this.#placeOf(event));
  }

  #doubleClick(event: MouseEvent): void {
    if (!this.#isOn) return;
    if (this.#scale > 1) this.reset();
    else this.#zoomTo(2, this.#placeOf(event));
  }

  #key(event: KeyboardEvent): void {
    if (!this.#isOn || event.ctrlKey || event.metaKey || event.altKey) return;
    const isDone = this.#zoomKey(event.key) || (this.#scale > 1 && this.#moveKey(event.key));
    if (isDone) event.preventDefault();
  }

  #zoomKey(key: string): boolean {
    if (key === "+" || key === "=") this.in();
    else if (key === "-" || key === "_") this.out();
    else if (key === "0") this.reset();
    else return false;
    return true;
  }

  #moveKey(key: string): boolean {
    const x = this.#box.clientWidth * KEY_SHARE;
    const y = this.#box.clientHeight * KEY_SHARE;
    if (key === "ArrowLeft") this.#moveTo(this.#x + x, this.#y);
    else if (key === "ArrowRight") this.#moveTo(this.#x - x, this.#y);
    else if (key === "ArrowUp") this.#moveTo(this.#x, this.#y + y);
    else if (key === "ArrowDown") this.#moveTo(this.#x, this.#y - y);
    else return false;
    return true;
  }

  #press(event: PointerEvent): void {
    if (!this.#isOn || event.button !== 0) return;
    this.#pointers.set(event.pointerId, this.#placeOf(event));
    if (this.#scale > 1 || this.#pointers.size > 1) this.#box.setPointerCapture(event.pointerId);
  }

  #move(event: PointerEvent): void {
    const before = this.#pointers.get(event.pointerId);
    if (before === undefined) return;
    // Released where nobody heard it.
    if (event.buttons === 0) {
      this.#pointers.delete(event.pointerId);
      return;
    }
    const now = this.#placeOf(event);
    const other = [...this.#pointers].find(([id]) => id !== event.pointerId)?.[1];
    this.#pointers.set(event.pointerId, now);
    if (other === undefined) {
      if (this.#scale > 1) this.#moveTo(this.#x + now.x - before.x, this.#y + now.y - before.y);
      return;
    }
    const spread = distance(now, other) / Math.max(1, distance(before, other));
    this.#x += (now.x - before.x) / 2;
    this.#y += (now.y - before.y) / 2;
    this.#zoomTo(this.#scale * spread, { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 });
  }

  #placeOf({ clientX, clientY }: MouseEvent): Place {
    const { left, top, width, height } = this.#box.getBoundingClientRect();
    return { x: clientX - left - width / 2, y: clientY - top - height / 2 };
  }
}

function limited(value: number, most: number): number {
  return Math.min(most, Math.max(-most, value));
}

function distance(one: Place, other: Place): number {
  return Math.hypot(one.x - other.x, one.y - other.y);
}
