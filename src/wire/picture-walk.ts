import { findMarker, isMarkerCode } from "../core/jpeg-scan.ts";
import { isBare, JPEG } from "../core/jpeg-segments.ts";
import type { ByteQueue } from "./byte-queue.ts";

/** How far a walk came: to the picture data, to the picture's end, to what no picture holds, or to the limit. */
export type WalkStep = "scan" | "end" | "bad" | "more";

const FF = 0xff;
/** {@link PictureWalk.reachesScan} is asked again and again about the same bytes by hostile input. */
const MOST_HEAD_SEGMENTS = 64;

/**
 * Walks over one JPEG in the input, marker by marker, to its end: the first FF D9 need not be it, for a thumbnail in the
 * head has its own. Segments are jumped over by their length, picture data is searched for the next marker.
 */
export class PictureWalk {
  readonly #queue: ByteQueue;
  /** How far the walk came. On "end" the position behind the picture, on "bad" that of what is wrong. */
  at = 0;
  /** Where the picture data begins; undefined before the first scan header. */
  scanAt: number | undefined;
  #inScan = false;

  constructor(queue: ByteQueue) {
    this.#queue = queue;
  }

  /** Begins at a picture's first byte, the FF of its SOI. */
  begin(start: number): void {
    this.at = start + 2;
    this.scanAt = undefined;
    this.#inScan = false;
  }

  /** Walks on, but to `limit` at most. A jump over a segment may end behind it. Stops once where the picture data begins. */
  advance(limit: number): WalkStep {
    while (this.at < limit) {
      const step = this.#inScan ? this.#scan(limit) : this.#segment(limit);
      if (step !== "on") return step;
    }
    return "more";
  }

  /** Walks to the picture data, over a few segments at most. Returns whether it begins before `limit`. */
  reachesScan(limit: number): boolean {
    for (let segments = 0; segments < MOST_HEAD_SEGMENTS && this.at < limit; segments++) {
      const step = this.#segment(limit);
      if (step !== "on") return step === "scan" && this.at <= limit;
    }
    return false;
  }

  /** Walks over picture data in one run of the input. */
  #scan(limit: number): WalkStep | "on" {
    const run = this.#queue.runAt(this.at);
    if (run === undefined) return "more";
    const to = Math.min(run.end, limit);
    const found = run.start + findMarker(run.bytes, this.at - run.start, to - run.start);
    this.at = found;
    if (found === to) return "on";
    if (found + 1 >= limit) return "more";
    const code = this.#queue.at(found + 1);
    if (!isMarkerCode(code)) this.at = code === FF ? found + 1 : found + 2;
    else if (interruptsScan(code)) this.#inScan = false;
    else return "bad";
    return "on";
  }

  /** Walks over one marker segment. */
  #segment(limit: number): WalkStep | "on" {
    const queue = this.#queue;
    if (queue.at(this.at) !== FF) return "bad";
    let code = this.at + 1;
    while (code < limit && queue.at(code) === FF) code++;
    this.at = code - 1;
    if (code >= limit) return "more";
    const marker = queue.at(code);
    if (marker === JPEG.EOI) {
      this.at = code + 1;
      return "end";
    }
    if (isBare(marker) || marker < JPEG.SOF0) return "bad";
    if (code + 2 >= limit) return "more";
    const length = (queue.at(code + 1) << 8) + queue.at(code + 2);
    if (length < 2) return "bad";
    const end = code + 1 + length;
    if (!isFreeform(marker)) {
      if (end > limit) return "more";
      const picture = this.#pictureBetween(code + 1, end);
      if (picture !== undefined) {
        this.at = picture;
        return "bad";
      }
    }
    this.at = end;
    if (marker !== JPEG.SOS) return "on";
    this.#inScan = true;
    if (this.scanAt !== undefined) return "on";
    this.scanAt = this.at;
    return "scan";
  }

  /** Where another picture begins in a table, which is then cut, and its length leads astray. */
  #pictureBetween(from: number, to: number): number | undefined {
    const queue = this.#queue;
    for (let at = queue.indexOf(FF, from); at !== undefined && at + 2 < to; at = queue.indexOf(FF, at + 1)) {
      if (queue.at(at + 1) === JPEG.SOI && queue.at(at + 2) === FF) return at;
    }
    return undefined;
  }
}

/** Whether a JPEG lies between two positions by the look of its head and of its last bytes. */
export function endsAsJpeg(queue: ByteQueue, start: number, end: number): boolean {
  if (queue.at(end - 2) !== FF || queue.at(end - 1) !== JPEG.EOI) return false;
  if (queue.at(start) !== FF || queue.at(start + 1) !== JPEG.SOI) return false;
  const walk = new PictureWalk(queue);
  walk.begin(start);
  return walk.reachesScan(end - 2);
}

/** Whether a segment may hold anything, even another picture: APPn and comments. */
function isFreeform(marker: number): boolean {
  return (marker >= JPEG.APP0 && marker <= 0xef) || marker === JPEG.COM;
}

/** Whether a marker may follow picture data: the end, or what comes before a further scan. */
function interruptsScan(code: number): boolean {
  return (code >= JPEG.EOI && code <= 0xdd) || code === JPEG.DHT || code === JPEG.DAC || isFreeform(code);
}
