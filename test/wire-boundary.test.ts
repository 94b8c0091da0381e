import assert from "node:assert/strict";
import { test } from "node:test";
import { boundaryOf } from "../src/wire/index.ts";

const CASES: readonly (readonly [string | null, string | null])[] = [
  ["multipart/x-mixed-replace;boundary=frame", "frame"],
  ["multipart/x-mixed-replace; boundary=frame", "frame"],
  ["multipart/x-mixed-replace; boundary=--frame", "--frame"],
  ['multipart/x-mixed-replace; boundary="frame"', "frame"],
  ['multipart/x-mixed-replace; boundary="--my boundary"', "--my boundary"],
  ['multipart/x-mixed-replace; boundary="frame', "frame"],
  ['multipart/x-mixed-replace; boundary="a;b"', "a;b"],
  ["multipart/x-mixed-replace; boundary =--myboundary", "--myboundary"],
  ["multipart/x-mixed-replace; boundary= myboundary ", "myboundary"],
  ["multipart/x-mixed-replace; charset=utf-8; boundary=b", "b"],
  ["multipart/x-mixed-replace; boundary=b; charset=utf-8", "b"],
  ["MULTIPART/X-MIXED-REPLACE; BOUNDARY=Frame", "Frame"],
  ["multipart/x-mixed-replace;boundary=data-boundary--", "data-boundary--"],
  ["multipart/x-mixed-replace, boundary=b", "b"],
  ["multipart/x-mixed-replace", null],
  ["multipart/x-mixed-replace; boundary=", null],
  ['multipart/x-mixed-replace; boundary=""', null],
  ["multipart/x-mixed-replace; noboundary=b", null],
  ["", null],
  [null, null],
];

for (const [contentType, boundary] of CASES) {
  test(`the boundary of ${JSON.stringify(contentType)} is ${JSON.stringify(boundary)}`, () => {
    assert.equal(boundaryOf(contentType), boundary);
  });
}
