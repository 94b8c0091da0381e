import { JPEG } from "../core/jpeg-segments.ts";
import type { ByteQueue } from "./byte-queue.ts";
import { isPadding, MOST_PADDING } from "./characters.ts";
import { declaredLength, type BodyReader } from "./part.ts";
import type { PartBody } from "./part-body.ts";
import type { PictureBody } from "./picture-body.ts";
import type { Trust } from "./trust.ts";

/** Types of parts that are no pictures, whatever they begin with. */
const NO_PICTURE = /^(?:text|audio|message|multipart)\//i;

/** Reads bodies that may be pictures: those that begin with a JPEG as such, all others whole. */
export class FrameBody implements BodyReader {
  readonly #queue: ByteQueue;
  readonly #picture: PictureBody;
  readonly #other: PartBody;
  readonly #trust: Trust;
  #headers: ReadonlyMap<string, string> = new Map();
  #start = 0;
  /** Who reads the body; undefined until its first bytes tell. */
  #reader: PictureBody | PartBody | undefined;

  constructor(queue: ByteQueue, picture: PictureBody, other: PartBody, trust: Trust) {
    this.#queue = queue;
    this.#picture = picture;
    this.#other = other;
    this.#trust = trust;
  }

  begin(start: number, headers: ReadonlyMap<string, string>): void {
    this.#start = start;
    this.#headers = headers;
    this.#reader = undefined;
  }

  read(ended: boolean): number | undefined {
    this.#reader ??= this.#choose(ended);
    return this.#reader?.read(ended);
  }

  #choose(ended: boolean): PictureBody | PartBody | undefined {
    const queue = this.#queue;
    let at = this.#start;
    while (at < this.#start + MOST_PADDING && at < queue.end && isPadding(queue.at(at))) at++;
    if (at + 1 >= queue.end && !ended) return undefined;

    const isPicture = queue.at(at) === 0xff && queue.at(at + 1) === JPEG.SOI;
    if (isPicture && !NO_PICTURE.test(this.#headers.get("content-type") ?? "")) {
      const length = declaredLength(this.#headers);
      this.#picture.begin(at, length === undefined ? undefined : this.#start + length);
      return this.#picture;
    }
    this.#trust.lose();
    this.#other.begin(this.#start, this.#headers);
    return this.#other;
  }
}
