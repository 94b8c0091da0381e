import { JPEG } from "../core/jpeg-segments.ts";
import type { ByteQueue } from "./byte-queue.ts";
import { PictureWalk } from "./picture-walk.ts";
import type { PictureSink } from "./pictures.ts";

const FF = 0xff;

/** Splits JPEGs that follow one another with nothing, or rubbish, between them. */
export class JpegSplitter {
  readonly #queue: ByteQueue;
  readonly #maxBytes: number;
  readonly #sink: PictureSink;
  readonly #walk: PictureWalk;
  /** Where the picture in progress begins, or where the next one is looked for. */
  #start = 0;
  #inPicture = false;

  constructor(queue: ByteQueue, maxBytes: number, sink: PictureSink) {
    this.#queue = queue;
    this.#maxBytes = maxBytes;
    this.#sink = sink;
    this.#walk = new PictureWalk(queue);
  }

  /** Everything before this position is done with. */
  get start(): number {
    return this.#start;
  }

  /** Reads all that has come. */
  read(ended: boolean): void {
    while (this.#inPicture ? this.#readPicture() : this.#seekPicture());
    if (ended && this.#inPicture) this.#sink.bad("torn");
  }

  /** Looks for the start of a picture, FF D8 FF. Returns whether it has come. */
  #seekPicture(): boolean {
    const queue = this.#queue;
    for (let at = queue.indexOf(FF, this.#start); at !== undefined; at = queue.indexOf(FF, at + 1)) {
      this.#start = at;
      if (at + 2 >= queue.end) return false;
      if (queue.at(at + 1) !== JPEG.SOI || queue.at(at + 2) !== FF) continue;
      this.#inPicture = true;
      this.#walk.begin(at);
      return true;
    }
    this.#start = Math.max(this.#start, queue.end);
    return false;
  }

  /** Whether there is more to read in what has come. */
  #readPicture(): boolean {
    const limit = this.#start + this.#maxBytes;
    const step = this.#walk.advance(Math.min(this.#queue.end, limit));
    const { at, scanAt } = this.#walk;
    if (step === "scan") return true;
    if (step === "end") this.#sink.whole(this.#start, at);
    else if (step === "bad" && scanAt !== undefined) this.#sink.cut(this.#start, at, !this.#isPictureAt(at));
    else if (step === "bad") this.#sink.bad("no-picture");
    else if (this.#queue.end >= limit) this.#sink.bad("part-too-long");
    else return false;

    // Behind a cut picture, the first bytes of the next one may have been taken for something else.
    this.#start = step === "end" ? at : Math.max(this.#start + 1, at - 2);
    this.#inPicture = false;
    return true;
  }

  #isPictureAt(at: number): boolean {
    return this.#queue.at(at) === FF && this.#queue.at(at + 1) === JPEG.SOI;
  }
}
