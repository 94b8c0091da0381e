import assert from "node:assert/strict";
import test from "node:test";
import type { Frame } from "../src/core/frame.ts";
import { partsOf } from "../src/delivery/encoding.ts";
import {
  encodeEnd,
  encodeOpening,
  encodePart,
  multipartType,
  MULTIPART_TYPE,
  OWN_STYLE,
  type Layout,
  type PartStyle,
} from "../src/wire/multipart-encoder.ts";

const FRAME: Frame = {
  jpeg: Buffer.from("\xff\xd8one\xff\xd9", "latin1"),
  sequence: 0,
  capturedAt: 1_700_000_000_000,
};
const OTHER: PartStyle = { boundary: "myboundary", lines: ["X-Framerate: 60", "X-More: yes"] };
const LAYOUTS: readonly Layout[] = ["browser", "machine"];

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");

test("a style has its own boundary and lines, in the type, the opening, each part and the end", () => {
  const lines = "X-Framerate: 60\r\nX-More: yes\r\n\r\n";
  const advance = `--myboundary\r\nContent-Type: image/jpeg\r\n${lines}`;
  const head = `Content-Type: image/jpeg\r\nContent-Length: 7\r\nX-Timestamp: 1700000000.000000\r\n${lines}`;
  const jpeg = "\xff\xd8one\xff\xd9";

  assert.equal(multipartType(OTHER), "multipart/x-mixed-replace;boundary=myboundary");
  assert.equal(encodeOpening("browser", OTHER), advance);
  assert.equal(text(encodePart(FRAME, "browser", OTHER)), `${jpeg}\r\n${advance}`);
  assert.equal(text(encodeEnd(FRAME, "browser", OTHER)), `${jpeg}\r\n--myboundary--\r\n`);
  assert.equal(encodeOpening("machine", OTHER), "--myboundary\r\n");
  assert.equal(text(encodePart(FRAME, "machine", OTHER)), `${head}${jpeg}\r\n--myboundary\r\n`);
  assert.equal(text(encodeEnd(FRAME, "machine", OTHER)), `${head}${jpeg}\r\n--myboundary--\r\n`);
});

test("a part is made once for a frame, a layout and a style, and shared by everyone", () => {
  for (const layout of LAYOUTS) {
    const own = partsOf(layout);
    const other = partsOf(layout, OTHER);

    assert.equal(own, partsOf(layout, OWN_STYLE));
    assert.equal(other, partsOf(layout, OTHER));
    assert.equal(own.frame(FRAME), own.frame(FRAME));
    assert.equal(other.frame(FRAME), other.frame(FRAME));
    assert.notEqual(own.frame(FRAME), other.frame(FRAME));
    assert.equal(encodePart(FRAME, layout, OTHER), encodePart(FRAME, layout, OTHER));
  }
});

test("without a style parts are as they have always been", () => {
  const part = `Content-Type: image/jpeg\r\nContent-Length: 7\r\nX-Timestamp: 1700000000.000000\r\n\r\n\xff\xd8one\xff\xd9`;

  assert.equal(MULTIPART_TYPE, "multipart/x-mixed-replace;boundary=boundarydonotcross");
  assert.equal(text(encodePart(FRAME, "machine")), `${part}\r\n--boundarydonotcross\r\n`);
  assert.equal(encodeOpening("browser"), "--boundarydonotcross\r\nContent-Type: image/jpeg\r\n\r\n");
});
