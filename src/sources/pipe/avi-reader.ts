import { MjpegError } from "../../core/errors.ts";
import type { SourceReport } from "../source.ts";
import { MOST_IDLE_BYTES, type PictureReader } from "../newest-pictures.ts";
import { ByteQueue } from "../../wire/byte-queue.ts";

/** A chunk that holds others: its kind and its length, then what the list is of. */
const LIST_HEAD_BYTES = 12;
const CHUNK_HEAD_BYTES = 8;
const MOST_PICTURE_BYTES = 16 * 1_048_576;
/** The picture of a stream: its number, then whether it is compressed. */
const PICTURE = /^\d\d(?:dc|db)$/;

/**
 * Reads Motion JPEG in AVI as it is written to a pipe: the lengths of lists are not looked at, for a writer that cannot go
 * back leaves them 0 or all ones. Pictures are given as they are; many lack the standard Huffman tables.
 */
export class AviReader implements PictureReader {
  readonly #queue = new ByteQueue();
  readonly #report: Pick<SourceReport, "dropped">;
  readonly #onPicture: (jpeg: Uint8Array) => void;
  /** Where the next chunk begins. */
  #at = 0;
  /** Where the last picture ended. */
  #goodAt = 0;
  /** The stream that is shown: the first one that had a picture. */
  #stream: string | undefined;

  constructor(report: Pick<SourceReport, "dropped">, onPicture: (jpeg: Uint8Array) => void) {
    this.#report = report;
    this.#onPicture = onPicture;
  }

  /** @throws MjpegError `ERR_PART_MALFORMED` where the lengths of chunks lead astray, or nothing is Motion JPEG. */
  push(bytes: Uint8Array): void {
    this.#queue.push(bytes);
    while (this.#readChunk());
    this.#queue.discard(Math.min(this.#at, this.#queue.end));
    if (this.#queue.end - this.#goodAt > MOST_IDLE_BYTES) {
      throw new MjpegError("ERR_PART_MALFORMED", `an AVI without a JPEG in ${MOST_IDLE_BYTES} bytes`);
    }
  }

  end(): void {
    // A picture that is cut here is none.
  }

  /** Whether there was a whole chunk, or the head of a list. */
  #readChunk(): boolean {
    const queue = this.#queue;
    if (queue.end < this.#at + CHUNK_HEAD_BYTES) return false;
    const kind = this.#text(this.#at);
    if (kind === "RIFF" || kind === "LIST") {
      this.#at += LIST_HEAD_BYTES;
      return true;
    }
    if (!/^[\x20-\x7e]{4}$/.test(kind)) {
      throw new MjpegError("ERR_PART_MALFORMED", `an AVI that is broken at byte ${this.#at}`);
    }
    const start = this.#at + CHUNK_HEAD_BYTES;
    const length = this.#length(this.#at + 4);
    if (PICTURE.test(kind) && length <= MOST_PICTURE_BYTES) {
      if (queue.end < start + length) return false;
      this.#picture(kind, start, start + length);
    }
    // Chunks begin at even places.
    this.#at = start + length + (length % 2);
    return true;
  }

  #picture(kind: string, start: number, end: number): void {
    // A chunk of no length stands for the picture before it.
    if (start === end || (this.#stream ?? kind) !== kind) return;
    if (this.#queue.at(start) !== 0xff || this.#queue.at(start + 1) !== 0xd8) {
      this.#report.dropped(1);
      return;
    }
    this.#stream = kind;
    this.#goodAt = end;
    this.#onPicture(this.#queue.copy(start, end));
  }

  #text(at: number): string {
    return String.fromCharCode(...this.#queue.copy(at, at + 4));
  }

  #length(at: number): number {
    return new DataView(this.#queue.copy(at, at + 4).buffer).getUint32(0, true);
  }
}
