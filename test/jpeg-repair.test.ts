import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import sharp from "sharp";
import { isWholeJpeg, readJpegInfo } from "../src/core/jpeg-markers.ts";
import { repairJpeg } from "../src/core/jpeg-repair.ts";
import {
  cut,
  join,
  largeJpeg,
  SAMPLES,
  scanAt,
  segment,
  withComment,
  withExif,
  withJfxx,
  withoutEnd,
  withoutTables,
  withSegments,
} from "./support/jpeg-samples.ts";

const EOI = "\xff\xd9";

/** The picture with its own tables, which an encoder wrote, right before the scan header. */
function withTablesLast(jpeg: Uint8Array): Uint8Array {
  const tables = Buffer.from(jpeg).indexOf("\xff\xc4\x01\xa2", 0, "latin1");
  const bare = withoutTables(jpeg);
  const scan = Buffer.from(bare).indexOf("\xff\xda", 0, "latin1");
  return join(bare.subarray(0, scan), jpeg.subarray(tables, tables + 420), bare.subarray(scan));
}

test("a picture with nothing to mend is handed back as the same array", () => {
  const comment = withComment(SAMPLES.baseline, "a comment with \xff\xd8 inside stays");
  for (const jpeg of [...Object.values(SAMPLES), largeJpeg(100_000), withExif(SAMPLES.grey, 6), comment]) {
    assert.equal(repairJpeg(jpeg), jpeg);
  }
});

test("the standard tables are put in where a picture has none, and it is then the picture it was", () => {
  for (const jpeg of [SAMPLES.baseline, SAMPLES.halfChroma, SAMPLES.restarts]) {
    assert.deepEqual(repairJpeg(withoutTables(jpeg)), withTablesLast(jpeg));
  }
});

test("a real decoder finds the same pixels in a mended picture as in the one it was", async () => {
  const pixels = (jpeg: Uint8Array): Promise<Buffer> => sharp(jpeg, { failOn: "warning" }).raw().toBuffer();
  const { baseline, halfChroma, restarts, grey, progressive, thumbnail } = SAMPLES;
  for (const [jpeg, dirty] of [
    ...[baseline, halfChroma, restarts].map((one) => [one, withoutTables(one)] as const),
    ...Object.values(SAMPLES).map((one) => [one, withoutEnd(one)] as const),
    [progressive, join("\0\r\n", progressive, "\0\0\0")] as const,
    [grey, withExif(grey, 1, thumbnail)] as const,
    [baseline, withJfxx(withoutTables(withoutEnd(baseline)), thumbnail)] as const,
  ]) {
    const repaired = repairJpeg(dirty);

    assert.ok(repaired);
    assert.deepEqual(await pixels(repaired), await pixels(jpeg));
  }
});

test("a progressive picture without tables gets none: there is no standard for it", () => {
  const bare = withoutTables(SAMPLES.progressive);

  assert.equal(repairJpeg(bare), bare);
});

test("a missing end marker is added, also where only its second byte is missing", () => {
  for (const jpeg of Object.values(SAMPLES)) {
    assert.deepEqual(repairJpeg(withoutEnd(jpeg)), jpeg);
    assert.deepEqual(repairJpeg(jpeg.subarray(0, -1)), jpeg);
  }
});

test("a cut picture is closed and is then whole in structure", () => {
  const half = cut(SAMPLES.baseline);

  assert.deepEqual(repairJpeg(half), join(half, EOI));
});

test("what lies before the start and behind the end is cut off", () => {
  const { baseline } = SAMPLES;
  const padded = join("\r\n\0 ", baseline, "\0\0\0\0", baseline.subarray(300, 400), "\r\n");

  assert.deepEqual(repairJpeg(padded), baseline);
  assert.deepEqual(repairJpeg(join("\r\n", baseline)), baseline);
});

test("a thumbnail is dropped with its segment, all else is kept", () => {
  const { baseline, thumbnail } = SAMPLES;
  const kept = withComment(baseline, "kept");

  assert.deepEqual(repairJpeg(withExif(kept, 1, thumbnail)), kept);
  assert.deepEqual(repairJpeg(withJfxx(kept, thumbnail)), kept);
  assert.deepEqual(repairJpeg(withExif(withJfxx(kept, thumbnail), 1, thumbnail)), kept);
});

test("the orientation outlives the thumbnail it came with", () => {
  for (const orientation of [2, 3, 4, 5, 6, 7, 8]) {
    const repaired = repairJpeg(
      withExif(SAMPLES.baseline, orientation, SAMPLES.thumbnail, orientation % 2 === 0),
    );

    assert.ok(repaired);
    assert.equal(readJpegInfo(repaired)?.orientation, orientation);
    assert.equal(Buffer.from(repaired).indexOf("\xff\xd8", 2, "latin1"), -1);
    assert.equal(isWholeJpeg(repaired), true);
  }
});

test("everything at once is mended in one go", () => {
  const worst = join("\r\n", withExif(withoutTables(withoutEnd(SAMPLES.baseline)), 1, SAMPLES.thumbnail));

  assert.deepEqual(repairJpeg(worst), withTablesLast(SAMPLES.baseline));
});

test("what cannot become a picture is refused", () => {
  const { baseline } = SAMPLES;
  const head = baseline.subarray(0, scanAt(baseline));
  const withoutFrame = join("\xff\xd8", segment(0xda, "\x01\x01\0\0\x3f\0"), "data", EOI);
  for (const bytes of [
    new Uint8Array(0),
    join("text, no picture"),
    join("\xff\xd8", EOI),
    cut(baseline, 0.3),
    head,
    join(head, EOI),
    withoutFrame,
    join("x".repeat(100), baseline),
  ]) {
    assert.equal(repairJpeg(bytes), undefined);
  }
});

test("nothing that is put out of damaged pictures lacks start, size, tables or end", () => {
  const samples = fc.constantFrom(
    ...Object.values(SAMPLES),
    withoutTables(SAMPLES.baseline),
    withExif(SAMPLES.grey, 5, SAMPLES.thumbnail),
    withSegments(withoutTables(SAMPLES.restarts), segment(0xe1, "\xff\xd8")),
  );
  const changes = fc.array(fc.tuple(fc.nat(1_200), fc.nat(255)), { maxLength: 6 });
  fc.assert(
    fc.property(samples, changes, fc.nat(1_200), (jpeg, edits, length) => {
      const bytes = jpeg.slice(0, length);
      for (const [at, value] of edits) if (at < bytes.length) bytes[at] = value;

      const repaired = repairJpeg(bytes);

      if (repaired === undefined) return;
      assert.equal(isWholeJpeg(repaired), true);
      assert.equal(repairJpeg(repaired), repaired);
    }),
    { numRuns: 3_000 },
  );
});
