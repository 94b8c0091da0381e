import { asPicture } from "./shell.ts";

/** The place in a view where its picture is: a canvas, or one `<img>` after the other. */
export class Surface {
  readonly #stage: HTMLElement;
  #picture: HTMLElement | undefined;
  #transform = "";

  constructor(stage: HTMLElement) {
    this.#stage = stage;
    this.clear();
  }

  /** Whether there is a picture to see. */
  get hasPicture(): boolean {
    return this.#picture !== undefined;
  }

  /** Shows a picture of that size there; what was there is taken out. */
  show(picture: HTMLElement, width: number, height: number): void {
    if (width > 0 && height > 0) this.#stage.style.aspectRatio = `${width} / ${height}`;
    if (picture === this.#picture) return;
    asPicture(picture).style.transform = this.#transform;
    this.#picture = picture;
    this.#stage.replaceChildren(picture);
  }

  /** Shows nothing; the size of the picture before stays, so that the page does not jump. */
  clear(): void {
    this.#picture = undefined;
    this.#stage.replaceChildren();
    if (this.#stage.style.aspectRatio === "") this.#stage.style.aspectRatio = "16 / 9";
  }

  /** How the picture is enlarged and moved, also those that come. */
  set transform(transform: string) {
    this.#transform = transform;
    if (this.#picture !== undefined) this.#picture.style.transform = transform;
  }
}
