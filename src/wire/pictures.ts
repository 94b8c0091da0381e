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
}

/** Where {@link Pictures} leaves what it took. */
export interface PictureOutlet {
  /** A whole picture, repaired, and the position where it ended. */
  picture(jpeg: Uint8Array, end: number): void;
  /** A part without a usable picture. */
  bad(reason: BadPartReason): void;
}

/**
 * Takes pictures out of the input, mends them and decides about cut ones.
 *
 * A picture without an end marker is either all there, from a camera that never sends one, or cut half way. Until a
 * stream has shown an end marker the first is assumed and the marker added. After that a picture without it is cut, and
 * no picture is better than one that is half grey. Where the declared length says that bytes are missing, it is cut.
 */
export class Pictures implements PictureSink {
  readonly #queue: ByteQueue;
  readonly #outlet: PictureOutlet;
  #endsAreMarked = false;

  constructor(queue: ByteQueue, outlet: PictureOutlet) {
    this.#queue = queue;
    this.#outlet = outlet;
  }

  whole(start: number, end: number): void {
    if (this.#take(start, end)) this.#endsAreMarked = true;
  }

  cut(start: number, end: number, short: boolean): void {
    if (short || this.#endsAreMarked) this.#outlet.bad("cut");
    else this.#take(start, end);
  }

  bad(reason: BadPartReason): void {
    this.#outlet.bad(reason);
  }

  #take(start: number, end: number): boolean {
    const jpeg = repairJpeg(this.#queue.copy(start, end));
    if (jpeg === undefined) this.#outlet.bad("no-picture");
    else this.#outlet.picture(jpeg, end);
    return jpeg !== undefined;
  }
}
