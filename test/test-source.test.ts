import assert from "node:assert/strict";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { CapturedImage } from "../src/core/frame.ts";
import { readJpegInfo } from "../src/core/jpeg-markers.ts";
import { makeTestCard } from "../src/images/test-card.ts";
import { parseAddress } from "../src/sources/address.ts";
import type { Source } from "../src/sources/source.ts";
import { openTest, type TestCardMaker } from "../src/sources/test-source.ts";
import { pixelsOf } from "./support/pictures.ts";
import { readCard } from "./support/read-card.ts";

const silent = { dropped: () => {}, note: () => {}, waiting: () => {} };

/** Takes pictures until there are `count`, then stops the source as its supervisor does. */
async function take(source: Source, count: number): Promise<CapturedImage[]> {
  const stop = new AbortController();
  const images: CapturedImage[] = [];
  for await (const image of source.capture(stop.signal, silent)) {
    images.push(image);
    if (images.length === count) stop.abort();
  }
  return images;
}

/** A painter that takes `paintMs` and notes what it was asked for. */
function slowPainter(paintMs: number) {
  const asked: { frame: number; at: number }[] = [];
  let atOnce = 0;
  let mostAtOnce = 0;
  const makeCard: TestCardMaker = () =>
    Promise.resolve({
      async paint(frame, at) {
        mostAtOnce = Math.max(mostAtOnce, ++atOnce);
        asked.push({ frame, at });
        await sleep(paintMs);
        atOnce--;
        return Uint8Array.of(0xff, 0xd8, frame);
      },
    });
  return { makeCard, asked, most: () => mostAtOnce };
}

test("test: gives real cards of 1280x720 whose number rises by one", async () => {
  const source = openTest(parseAddress("test:"), makeTestCard, "front door");

  const images = await take(source, 3);

  const numbers = [];
  for (const { jpeg } of images) {
    assert.deepEqual([readJpegInfo(jpeg)?.width, readJpegInfo(jpeg)?.height], [1280, 720]);
    const { rgba, width, height } = await pixelsOf(jpeg);
    numbers.push(readCard(rgba, width, height));
  }
  assert.deepEqual(numbers, [0, 1, 2]);
  assert.equal(source.label, "test");
});

test("size, rate and name reach the card, and the time painted is the capture time", async () => {
  const { makeCard, asked } = slowPainter(0);
  const cards: unknown[] = [];
  const source = openTest(
    parseAddress("test:?size=640x360&fps=100"),
    (card) => {
      cards.push(card);
      return makeCard(card);
    },
    "garage",
  );

  const images = await take(source, 4);

  assert.deepEqual(cards, [{ width: 640, height: 360, fps: 100, title: "garage" }]);
  assert.deepEqual(
    images.map((image) => image.capturedAt),
    asked.map(({ at }) => at),
  );
});

test("the first picture comes at once, however slow the rate", async () => {
  const source = openTest(parseAddress("test:?fps=0.1"), slowPainter(0).makeCard, "a");
  const startedAt = performance.now();

  await take(source, 1);

  assert.ok(performance.now() - startedAt < 1_000);
});

test("pictures keep to the clock: a late one does not push back those behind it", async () => {
  const makeCard: TestCardMaker = () =>
    Promise.resolve({
      // Every other picture takes one and a half beats.
      paint: (frame) => sleep(frame % 2 === 0 ? 60 : 0, Uint8Array.of(0xff, 0xd8)),
    });
  const source = openTest(parseAddress("test:?fps=25"), makeCard, "a");
  const startedAt = performance.now();

  await take(source, 26);

  const tookMs = performance.now() - startedAt;
  assert.ok(tookMs > 990 && tookMs < 1_210, `26 pictures at 25 a second took ${tookMs} ms`);
});

test("a painter slower than the rate is never asked twice at once, and numbers have no gap", async () => {
  const { makeCard, asked, most } = slowPainter(20);
  const source = openTest(parseAddress("test:?fps=120"), makeCard, "a");

  await take(source, 10);

  assert.equal(most(), 1);
  assert.deepEqual(
    asked.slice(0, 10).map(({ frame }) => frame),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  );
});

test("the number goes on when the source is opened again", async () => {
  const { makeCard, asked } = slowPainter(0);
  const source = openTest(parseAddress("test:?fps=120"), makeCard, "a");

  await take(source, 3);
  await take(source, 2);

  assert.deepEqual(
    asked.map(({ frame }) => frame),
    [0, 1, 2, 3, 4],
  );
});

test("an abort ends a source that waits for its next picture", async () => {
  const source = openTest(parseAddress("test:?fps=0.1"), slowPainter(0).makeCard, "a");
  const stop = new AbortController();
  const pictures = source.capture(stop.signal, silent)[Symbol.asyncIterator]();
  await pictures.next();

  const end = pictures.next();
  setImmediate(() => stop.abort());

  assert.equal((await end).done, true);
});

test("options out of range, unknown ones and paths are refused with what is allowed", () => {
  const open = (text: string) => () => openTest(parseAddress(text), makeTestCard, "a");

  assert.throws(open("test:?fps=0"), /fps must be a number from 0.1 to 120/);
  assert.throws(open("test:?fps=121"), { code: "ERR_OPTION_INVALID" });
  assert.throws(open("test:?size=10x10"), { code: "ERR_OPTION_INVALID" });
  assert.throws(open("test:?colour=red"), /has no option "colour" \(it has: fps, size\)/);
  assert.throws(open("test:card.png"), { code: "ERR_ADDRESS_INVALID" });
});
