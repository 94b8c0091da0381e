import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { CapturedImage } from "../../src/core/frame.ts";
import { readJpegInfo } from "../../src/core/jpeg-markers.ts";
import type { Source } from "../../src/sources/source.ts";

/** Width of a picture in pixels; the tests tell pictures apart by it. */
export const widthOf = (image: CapturedImage | undefined): number | undefined =>
  image === undefined ? undefined : readJpegInfo(image.jpeg)?.width;

/** A source that a test takes pictures from one by one, as a supervisor does, and what it told. */
export class Player {
  readonly dropped: number[] = [];
  readonly notes: string[] = [];
  readonly #stop = new AbortController();
  readonly #source: Source;
  readonly #pictures: AsyncIterator<CapturedImage>;

  constructor(t: TestContext, source: Source) {
    this.#source = source;
    this.#pictures = this.#open();
    t.after(() => this.stop());
  }

  async next(): Promise<CapturedImage | undefined> {
    // A picture that never comes must fail its test, not hold up all others.
    const late = setTimeout(() => this.stop(), 10_000);
    try {
      const result = await this.#pictures.next();
      return result.done === true ? undefined : result.value;
    } finally {
      clearTimeout(late);
    }
  }

  /** The widths of the next pictures, which tell them apart. */
  async widths(count: number): Promise<(number | undefined)[]> {
    const widths = [];
    for (let index = 0; index < count; index++) widths.push(widthOf(await this.next()));
    return widths;
  }

  /** The next picture of that width; pictures before it are passed over, at most `most`. */
  async until(width: number, most = 2_000): Promise<void> {
    for (let index = 0; index < most; index++) if (widthOf(await this.next()) === width) return;
    assert.fail(`no picture of width ${width} among ${most}`);
  }

  stop(): void {
    this.#stop.abort();
  }

  #open(): AsyncIterator<CapturedImage> {
    const report = {
      dropped: (count: number) => void this.dropped.push(count),
      note: (text: string) => void this.notes.push(text),
      waiting: (error: Error) => void this.notes.push(`waiting: ${error.message}`),
    };
    return this.#source.capture(this.#stop.signal, report)[Symbol.asyncIterator]();
  }
}
