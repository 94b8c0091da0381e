import assert from "node:assert/strict";
import test from "node:test";
import { loadLettering } from "../src/images/svg-text.ts";
import { clipText, wrapText } from "../src/images/wrap-text.ts";
import { drawn, pixelsOf } from "./support/pictures.ts";

const place = { x: 10, y: 40, size: 40, fill: "#fff", anchor: "start" } as const;
const characters = (text: string) => Array.from(text).length;

async function inked(element: string): Promise<{ left: number; right: number; count: number }> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="600" height="60"><rect width="600" height="60"/>${element}</svg>`;
  const { rgba, width } = await pixelsOf(await drawn("png", svg));
  const columns = [];
  for (let at = 0; at < rgba.length; at += 4) if ((rgba[at] ?? 0) > 128) columns.push((at / 4) % width);
  return { left: Math.min(...columns), right: Math.max(...columns), count: columns.length };
}

test("text is drawn from outlines, as wide as it was measured", async () => {
  const lettering = await loadLettering();

  const ink = await inked(lettering.line("HHHHHHHH", place));

  assert.equal(lettering.width("HHHHHHHH"), 8 * 0.6);
  assert.ok(ink.left >= 10 && ink.right <= 10 + 8 * 24, `ink from ${ink.left} to ${ink.right}`);
  assert.ok(ink.right > 10 + 7 * 24 + 12, `ink ends at ${ink.right}`);
});

test("a line hangs from its middle or its end where that is asked for", async () => {
  const lettering = await loadLettering();

  const middle = await inked(lettering.line("HHHH", { ...place, x: 300, anchor: "middle" }));
  const end = await inked(lettering.line("HHHH", { ...place, x: 300, anchor: "end" }));

  assert.ok(Math.abs((middle.left + middle.right) / 2 - 300) <= 1);
  assert.ok(end.right <= 300 && end.right > 290);
});

test("Latin, Greek, Cyrillic and accented letters, composed or not, need no font of the system", async () => {
  const lettering = await loadLettering();
  const texts = ["Größe ñçøÅế 12:34", "Ελληνικά", "Привет", "e\u0301"];

  const lines = texts.map((text) => lettering.line(text, place));

  for (const line of lines) assert.match(line, /^<path /);
  assert.equal(lines[3], lettering.line("é", place));
});

test("what would break an SVG does not get into one", async () => {
  const lettering = await loadLettering();
  const nasty = '<b>&"\u0000\u0007\u001b[31m\ud800\ufffe日本</text><image href="/etc/passwd"/>';

  const ink = await inked(lettering.line(nasty, { ...place, size: 6 }));

  assert.ok(ink.count > 100);
});

test("text is wrapped at blanks, and inside a word only where that is longer than a line", () => {
  const lines = wrapText("the camera at /dev/v4l/by-id/usb-046d_HD_Pro_Webcam is busy", 20, 9, characters);

  assert.deepEqual(lines, ["the camera at", "/dev/v4l/by-id/usb-", "046d_HD_Pro_Webcam", "is busy"]);
});

test("text that needs more lines than there are ends in an ellipsis that fits", () => {
  const lines = wrapText("one two three four five six seven eight nine ten", 10, 2, characters);

  assert.deepEqual(lines, ["one two", "three fou…"]);
  assert.ok(lines.every((line) => characters(line) <= 10));
});

test("a long text is clipped to the width, a short one is left alone", () => {
  assert.equal(clipText("front door", 10, characters), "front door");
  assert.equal(clipText("front door camera", 10, characters), "front doo…");
});

test("text without a blank, of wide characters or of a thousand words, is wrapped in bounded time", () => {
  const startedAt = performance.now();

  const long = wrapText("x".repeat(600), 3, 5, characters);
  const many = wrapText("ab ".repeat(1_000), 30, 5, characters);
  const narrow = wrapText("日本語", 0.5, 5, characters);

  assert.equal(long.length, 5);
  assert.equal(many.length, 5);
  assert.deepEqual(narrow, ["日", "本", "語"]);
  assert.ok(performance.now() - startedAt < 200);
});
