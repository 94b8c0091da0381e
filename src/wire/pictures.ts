import { repairJpeg } from "../core/jpeg-repair.ts";
import type { ByteQueue } from "./byte-queue.ts";
import type { BadPartReason } from "./part.ts";

/** Where the pictures that were found in the input go. */
export interface PictureSink {
  /** A picture whose end marker lies right before `end`. */
  whole(start: number, end: number): void;
  /**
   * A picture that something else ended than its end marker.
   * @param short whether bytes are missing by the length that its part declares.
   */
  cut(start: number, end: number, short: boolean): void;
  /** A part that is no picture. */
  bad(reason: BadPartReason): void;
  /** Nothing will follow. */
  end(): void;
}

/** Where {@link Pictures} leaves what it took. */
export interface PictureOutlet {
  /** A whole picture, repaired, and the position where it ended. */
  picture(jpeg: Uint8Array, end: number): void;
  /** A part without a usable picture. */
  bad(reason: BadPartReason): void;
}

/**
 * Takes pictures out of the input, mends them and decides about those without an end marker.
 *
 * Such a picture is either all there, from a camera that never sends the marker, or cut half way. Two in a row at the
 * beginning are of the first kind: the marker is added, to these and to all that follow. Once a picture with a marker
 * came, those without are cut, and no picture is better than one that is half grey. Until then the first one is held.
 */
export class Pictures implements PictureSink {
  readonly #queue: ByteQueue;
  readonly #outlet: PictureOutlet;
  /** Whether this camera's pictures have end markers; undefined until that is known. */
  #areMarked: boolean | undefined;
  #held: { readonly jpeg: Uint8Array; readonly end: number } | undefined;

  constructor(queue: ByteQueue, outlet: PictureOutlet) {
    this.#queue = queue;
    this.#outlet = outlet;
  }

  whole(start: number, end: number): void {
    if (this.#held !== undefined) this.#outlet.bad("cut");
    this.#held = undefined;
    this.#areMarked = true;
    this.#put(this.#mended(start, end), end);
  }

  cut(start: number, end: number, short: boolean): void {
    if (short || this.#areMarked === true) {
      this.#outlet.bad("cut");
      return;
    }
    const jpeg = this.#mended(start, end);
    if (jpeg !== undefined && this.#areMarked === undefined && this.#held === undefined) {
      this.#held = { jpeg, end };
      return;
    }
    if (jpeg !== undefined) {
      this.#areMarked = false;
      this.end();
    }
    this.#put(jpeg, end);
  }

  bad(reason: BadPartReason): void {
    this.#outlet.bad(reason);
  }

  end(): void {
    if (this.#held !== undefined) this.#outlet.picture(this.#held.jpeg, this.#held.end);
    this.#held = undefined;
  }

  #mended(start: number, end: number): Uint8Array | undefined {
    return repairJpeg(this.#queue.copy(start, end));
  }

  #put(jpeg: Uint8Array | undefined, end: number): void {
    if (jpeg === undefined) this.#outlet.bad("no-picture");
    else this.#outlet.picture(jpeg, end);
  }
}
