import assert from "node:assert/strict";
import { test } from "node:test";
import { SAMPLES } from "./jpeg-samples.ts";
import { delimited, jpegPart, part, readFrames, type FramesRead } from "./wire-streams.ts";

/** A thing that cameras do, as a stream that does it. */
export interface Quirk {
  readonly title: string;
  /** By default a multipart type with the boundary `b0`. */
  readonly contentType?: string | null;
  readonly body: Uint8Array;
  /** The frames that must come; by default {@link ALL}. */
  readonly frames?: readonly Uint8Array[];
  readonly other?: FramesRead["other"];
  readonly bad?: FramesRead["bad"];
}

/** A stream's usual type. */
export const TYPE = "multipart/x-mixed-replace;boundary=b0";

/** The pictures of most streams. */
export const ALL: readonly Uint8Array[] = [SAMPLES.baseline, SAMPLES.progressive, SAMPLES.restarts];

/** They as parts with lengths. */
export const LENGTHS: readonly Uint8Array[] = ALL.map((jpeg) => jpegPart(jpeg));

/** They as parts without lengths. */
export const NO_LENGTHS: readonly Uint8Array[] = ALL.map((jpeg) => part(["Content-Type: image/jpeg"], jpeg));

/** The three pictures, each as a part that `make` makes. */
export function each(make: (jpeg: Uint8Array) => Uint8Array, token = "--b0"): Uint8Array {
  return delimited(token, ...ALL.map(make));
}

/** The three pictures, each with these part headers. */
export function headed(...headers: readonly string[]): Uint8Array {
  return each((jpeg) => part(headers, jpeg));
}

/** Tests that each stream is read as it should, in one chunk, byte by byte and in between. */
export function testQuirks(quirks: readonly Quirk[]): void {
  for (const quirk of quirks) {
    test(`frames are read when: ${quirk.title}`, async () => {
      const { contentType = TYPE, body, frames = ALL, other = [], bad = [] } = quirk;
      const expected: FramesRead = { frames, other, bad };

      for (const sizes of [[], [1], [3, 700, 2], [64]]) {
        assert.deepEqual(
          await readFrames({ contentType, body }, sizes),
          expected,
          `chunks of ${sizes.join(", ")}`,
        );
      }
    });
  }
}
