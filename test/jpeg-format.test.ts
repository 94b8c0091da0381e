import assert from "node:assert/strict";
import { test } from "node:test";
import { readJpegFormat } from "../src/core/jpeg-format.ts";
import { SAMPLES } from "./support/jpeg-samples.ts";

/** The picture with the byte at that distance behind the marker of its frame header replaced. */
function changed(jpeg: Uint8Array, distance: number, value: number): Uint8Array {
  const copy = Buffer.from(jpeg);
  const frame = copy.indexOf(Uint8Array.of(0xff, 0xc0, 0x00, 0x11));
  assert.notEqual(frame, -1);
  copy[frame + distance] = value;
  return copy;
}

test("coding, depth, components and subsampling are read from the head", () => {
  const baseline = { coding: "baseline", bits: 8, components: 3 };

  assert.deepEqual(readJpegFormat(SAMPLES.baseline), { ...baseline, subsampling: "4:2:0" });
  assert.deepEqual(readJpegFormat(SAMPLES.halfChroma), { ...baseline, subsampling: "4:2:2" });
  assert.equal(readJpegFormat(SAMPLES.progressive)?.coding, "progressive");
  assert.deepEqual(readJpegFormat(SAMPLES.grey), { ...baseline, components: 1, subsampling: undefined });
});

test("every frame header has its name", () => {
  const names = [0xc1, 0xc2, 0xc3, 0xc9, 0xca].map(
    (marker) => readJpegFormat(changed(SAMPLES.baseline, 1, marker))?.coding,
  );

  assert.deepEqual(names, ["extended", "progressive", "lossless", "arithmetic", "arithmetic"]);
});

test("sampling that has no name, and factors of zero, are told as none", () => {
  const LUMA = 11;
  const BLUE = 14;

  assert.equal(readJpegFormat(changed(SAMPLES.baseline, LUMA, 0x11))?.subsampling, "4:4:4");
  assert.equal(readJpegFormat(changed(SAMPLES.baseline, LUMA, 0x33))?.subsampling, undefined);
  assert.equal(readJpegFormat(changed(SAMPLES.baseline, BLUE, 0x00))?.subsampling, undefined);
});

test("what is no JPEG, or a head that holds fewer components than it says, has no format", () => {
  const COMPONENTS = 9;

  assert.equal(readJpegFormat(new Uint8Array(100)), undefined);
  assert.equal(readJpegFormat(changed(SAMPLES.baseline, COMPONENTS, 4)), undefined);
  assert.equal(readJpegFormat(changed(SAMPLES.baseline, COMPONENTS, 0)), undefined);
});
