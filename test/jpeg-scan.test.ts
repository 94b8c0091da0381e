import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { findMarker } from "../src/core/jpeg-scan.ts";

/** What is said of {@link findMarker}, in the plainest way. */
function findMarkerSlowly(bytes: Uint8Array, from: number, to: number): number {
  for (let at = from; at < to; at++) {
    if (bytes[at] !== 0xff) continue;
    if (at === to - 1) return at;
    const code = bytes[at + 1] ?? 0;
    if (code !== 0 && code !== 0xff && !(code >= 0xd0 && code <= 0xd7)) return at;
  }
  return to;
}

/** Picture data: mostly noise, many FFs, few markers. */
const data = fc
  .array(
    fc.oneof(
      { weight: 30, arbitrary: fc.nat(254) },
      { weight: 10, arbitrary: fc.constant(0xff) },
      fc.constant(0),
    ),
    {
      maxLength: 400,
    },
  )
  .map((bytes) => {
    for (let at = 0; at + 1 < bytes.length; at++) {
      if (bytes[at] === 0xff && (bytes[at + 1] ?? 0) < 240)
        bytes[at + 1] = (bytes[at + 1] ?? 0) % 2 === 0 ? 0 : 0xd3;
    }
    return Uint8Array.from(bytes);
  });

test("markers are found by words where they are found by bytes, at any place in memory", () => {
  fc.assert(
    fc.property(
      data,
      fc.nat(7),
      fc.nat(50),
      fc.nat(50),
      fc.option(fc.nat(400)),
      (bytes, shift, skip, less, marker) => {
        const memory = new Uint8Array(bytes.length + shift);
        memory.set(bytes, shift);
        const moved = memory.subarray(shift);
        if (marker !== null && marker + 1 < moved.length) moved.set([0xff, 0xd9], marker);
        const from = Math.min(skip, moved.length);
        const to = Math.max(from, moved.length - less);

        assert.equal(findMarker(moved, from, to), findMarkerSlowly(moved, from, to));
      },
    ),
    { numRuns: 5_000 },
  );
});

test("a marker at every single place of a long run is found, at any place in memory", () => {
  for (let shift = 0; shift < 4; shift++) {
    for (let at = 0; at < 198; at++) {
      const bytes = new Uint8Array(200 + shift).subarray(shift);
      bytes.set([0xff, 0xd9], at);

      assert.equal(findMarker(bytes, 0, 200), at);
    }
  }
});
