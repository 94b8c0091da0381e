import type { CapturedImage } from "../core/frame.ts";

/** Hands pictures over, from those who have them to one who waits for the next: always the newest. */
export class Handover {
  #image: CapturedImage | undefined;
  #over = false;
  #error: Error | undefined;
  #filled = Promise.withResolvers<undefined>();

  /** Lays a picture there. Returns whether one that nobody has taken yet made way for it. */
  put(image: CapturedImage): boolean {
    if (this.#over) return false;
    const replaces = this.#image !== undefined;
    this.#image = image;
    this.#filled.resolve(undefined);
    return replaces;
  }

  /** The next picture; undefined after {@link end}. Throws what {@link end} was told. */
  async take(): Promise<CapturedImage | undefined> {
    if (this.#image === undefined && !this.#over) await this.#filled.promise;
    const image = this.#image;
    this.#image = undefined;
    if (!this.#over) this.#filled = Promise.withResolvers();
    if (image === undefined && this.#error !== undefined) throw this.#error;
    return image;
  }

  /** No picture comes after the one that is there. The first end counts. */
  end(error?: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#error = error;
    this.#filled.resolve(undefined);
  }
}
