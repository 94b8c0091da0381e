import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isWholeJpeg, readJpegInfo } from "../src/core/jpeg-markers.ts";
import {
  cut,
  join,
  largeJpeg,
  SAMPLES,
  scanAt,
  segment,
  withComment,
  withExif,
  withoutTables,
  withSegments,
} from "./support/jpeg-samples.ts";

const APP2 = 0xe2;

test("the size, the coding and the place of the picture data are read from the head", () => {
  const info = readJpegInfo(SAMPLES.progressive);

  assert.ok(info);
  assert.deepEqual([info.width, info.height], [48, 32]);
  assert.equal(info.progressive, true);
  assert.equal(info.hasHuffmanTables, true);
  assert.equal(info.orientation, 1);
  assert.equal(info.scanAt, scanAt(SAMPLES.progressive));
  assert.equal(readJpegInfo(SAMPLES.baseline)?.progressive, false);
  assert.equal(readJpegInfo(SAMPLES.grey)?.width, 48);
});

test("the size is the picture's own, not that of the thumbnail before it", () => {
  const info = readJpegInfo(withExif(SAMPLES.baseline, 1, SAMPLES.thumbnail));

  assert.deepEqual([info?.width, info?.height], [32, 32]);
});

for (const littleEndian of [true, false]) {
  test(`all eight orientations are read from ${littleEndian ? "little" : "big"} endian EXIF`, () => {
    for (let orientation = 1; orientation <= 8; orientation++) {
      const jpeg = withExif(SAMPLES.baseline, orientation, SAMPLES.thumbnail, littleEndian);

      assert.equal(readJpegInfo(jpeg)?.orientation, orientation);
    }
  });
}

test("an orientation that does not exist counts as upright", () => {
  for (const orientation of [0, 9, 65_535]) {
    assert.equal(readJpegInfo(withExif(SAMPLES.baseline, orientation))?.orientation, 1);
  }
});

test("every comment is handed over as bytes, in order", () => {
  const jpeg = withComment(withComment(SAMPLES.grey, "second"), "first");

  const comments = readJpegInfo(jpeg)?.comments.map((bytes) => Buffer.from(bytes).toString());

  assert.deepEqual(comments, ["first", "second"]);
});

test("a picture without Huffman tables is known as one", () => {
  assert.equal(readJpegInfo(withoutTables(SAMPLES.baseline))?.hasHuffmanTables, false);
});

test("fill bytes before a marker are passed over", () => {
  const jpeg = withSegments(SAMPLES.baseline, Uint8Array.of(0xff, 0xff, 0xff));

  assert.equal(readJpegInfo(jpeg)?.width, 32);
});

test("a whole picture of every kind is whole, with padding behind it too", () => {
  for (const jpeg of [
    ...Object.values(SAMPLES),
    largeJpeg(100_000),
    withExif(SAMPLES.grey, 6, SAMPLES.thumbnail),
  ]) {
    assert.equal(isWholeJpeg(jpeg), true);
    assert.equal(isWholeJpeg(join(jpeg, "\0\0\0\0")), true);
    assert.equal(isWholeJpeg(join(jpeg, cut(jpeg, 0.5).subarray(200))), true);
  }
});

test("a picture cut anywhere is not whole", () => {
  for (const jpeg of [...Object.values(SAMPLES), withExif(SAMPLES.grey, 6, SAMPLES.thumbnail)]) {
    for (let length = 0; length < jpeg.length; length++) {
      assert.equal(isWholeJpeg(jpeg.subarray(0, length)), false, `${length} of ${jpeg.length} bytes`);
    }
  }
});

test("an end marker inside a table between two scans does not make half a picture whole", () => {
  const jpeg = SAMPLES.progressive;
  const table = segment(APP2, Uint8Array.of(0xff, 0xd9));
  const behindFirstScan = jpeg.indexOf(0xff, scanAt(jpeg));

  const half = join(jpeg.subarray(0, behindFirstScan), table, jpeg.subarray(behindFirstScan, -40));

  assert.equal(isWholeJpeg(half), false);
  assert.equal(isWholeJpeg(join(half, jpeg.subarray(-40))), true);
});

test("what is no JPEG has no information and is not whole", () => {
  const endlessHead = withSegments(
    SAMPLES.baseline,
    ...Array.from({ length: 2_000 }, () => segment(APP2, "")),
  );
  for (const bytes of [
    new Uint8Array(0),
    Uint8Array.of(0xff),
    Uint8Array.of(0xff, 0xd8),
    join("\xff\xd8\xff\xd9"),
    join("GIF89a"),
    new Uint8Array(1_000).fill(0xff),
    SAMPLES.baseline.subarray(1),
    endlessHead,
  ]) {
    assert.equal(readJpegInfo(bytes), undefined);
    assert.equal(isWholeJpeg(bytes), false);
  }
});

test("no bytes make reading throw", () => {
  const damaged = fc
    .tuple(
      fc.constantFrom(...Object.values(SAMPLES)),
      fc.array(fc.tuple(fc.nat(1_000), fc.nat(255)), { maxLength: 9 }),
    )
    .map(([jpeg, changes]) => {
      const bytes = withExif(jpeg, 3, SAMPLES.thumbnail);
      for (const [at, value] of changes) bytes[at] = value;
      return bytes;
    });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), damaged), (bytes) => {
      readJpegInfo(bytes);
      isWholeJpeg(bytes);
    }),
    { numRuns: 2_000 },
  );
});
