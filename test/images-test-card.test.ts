import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import test from "node:test";
import { promisify } from "node:util";
import { isWholeJpeg, readJpegInfo } from "../src/core/jpeg-markers.ts";
import { makeTestCard } from "../src/images/test-card.ts";
import { pixelsOf, sameBytes } from "./support/pictures.ts";
import { readCard, READ_CARD } from "./support/read-card.ts";

const at = new Date(2025, 0, 31, 13, 5, 9, 250).getTime();

/** How many pixels of the upper part, without the frame code, differ clearly. */
async function difference(one: Uint8Array, other: Uint8Array): Promise<number> {
  const [a, b] = [await pixelsOf(one), await pixelsOf(other)];
  let count = 0;
  for (let index = 0; index < a.width * a.height * 0.9 * 4; index++) {
    if (Math.abs((a.rgba[index] ?? 0) - (b.rgba[index] ?? 0)) > 64) count++;
  }
  return count;
}

for (const [width, height] of [
  [1280, 720],
  [320, 240],
  [640, 480],
  [1920, 1080],
  [3840, 2160],
  [720, 1280],
  [1366, 768],
  [500, 500],
] as const) {
  test(`a card of ${width}x${height} is a whole JPEG whose number can be read at its size and at 320 pixels`, async () => {
    const card = await makeTestCard({ width, height, fps: 30, title: "front door" });

    const jpeg = await card.paint(0xa5c3_0f17, at);

    const info = readJpegInfo(jpeg);
    assert.deepEqual([info?.width, info?.height], [width, height]);
    assert.ok(isWholeJpeg(jpeg));
    const [full, small] = [await pixelsOf(jpeg), await pixelsOf(jpeg, 320)];
    assert.equal(readCard(full.rgba, full.width, full.height), 0xa5c3_0f17);
    assert.equal(readCard(small.rgba, small.width, small.height), 0xa5c3_0f17);
  });
}

test("every bit of the number is told apart, at 320x240 and scaled to 160 pixels", async () => {
  const card = await makeTestCard({ width: 320, height: 240, fps: 30, title: "a" });
  const numbers = [0, ...Array.from({ length: 32 }, (_, bit) => 2 ** bit), 2 ** 32 - 1];

  const read = [];
  for (const number of numbers) {
    const { rgba, width, height } = await pixelsOf(await card.paint(number, at), 160);
    read.push(readCard(rgba, width, height));
  }

  assert.deepEqual(read, numbers);
});

test("the reader for browsers is the same function as text", async () => {
  const card = await makeTestCard({ width: 640, height: 360, fps: 30, title: "a" });
  const { rgba, width, height } = await pixelsOf(await card.paint(77, at));

  const inBrowser = (0, eval)(READ_CARD) as typeof readCard;

  assert.equal(inBrowser(rgba, width, height), 77);
  assert.equal(inBrowser(new Uint8Array(rgba.length), width, height), undefined);
});

test("sizes at the ends of what is allowed are painted too", async () => {
  for (const [width, height] of [
    [16, 16],
    [8192, 16],
    [16, 8192],
  ] as const) {
    const card = await makeTestCard({ width, height, fps: 30, title: "front door" });

    const jpeg = await card.paint(1, at);

    assert.deepEqual([readJpegInfo(jpeg)?.width, readJpegInfo(jpeg)?.height], [width, height]);
  }
});

test("name, time, date and frame number are in the picture, and the same again give the same picture", async () => {
  const make = (title: string) => makeTestCard({ width: 640, height: 480, fps: 30, title });
  const card = await make("garage");
  const first = Buffer.from(await card.paint(1000, at));

  const changes = {
    name: await difference(first, await (await make("kitchen")).paint(1000, at)),
    frame: await difference(first, await card.paint(8888, at)),
    // 4 s later the dot and the shuttle are where they were: only digits differ.
    time: await difference(first, await card.paint(1000, at + 4_000)),
    date: await difference(first, await card.paint(1000, at + 86_400_000)),
    again: await difference(first, await card.paint(1000, at)),
  };

  assert.ok(changes.name > 300, `name: ${changes.name}`);
  assert.ok(changes.frame > 100, `frame: ${changes.frame}`);
  assert.ok(changes.time > 30, `time: ${changes.time}`);
  assert.ok(changes.date > 30, `date: ${changes.date}`);
  assert.equal(changes.again, 0);
});

test("what moved leaves no trace behind", async () => {
  const options = { width: 640, height: 480, fps: 30, title: "a" };
  const [card, fresh] = [await makeTestCard(options), await makeTestCard(options)];
  for (let step = 0; step < 20; step++) await card.paint(step, at + step * 217);

  const painted = await card.paint(5, at);

  assert.ok(sameBytes(painted, await fresh.paint(5, at)));
});

test("without any font or font configuration the card is the same, and nothing is complained of", async () => {
  const card = await makeTestCard({ width: 640, height: 480, fps: 30, title: "Größe Привет" });
  const here = Buffer.from(await card.paint(7, at));
  const program = `
    const { makeTestCard } = await import(${JSON.stringify(new URL("../src/images/test-card.ts", import.meta.url))});
    const card = await makeTestCard({ width: 640, height: 480, fps: 30, title: "Größe Привет" });
    process.stdout.write(await card.paint(7, ${at}));`;

  // Whoever asks fontconfig for anything with this setting is told off on stderr.
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ["--input-type=module", "--eval", program],
    { env: { ...process.env, FONTCONFIG_FILE: "/dev/null" }, encoding: "buffer", timeout: 20_000 },
  );

  assert.equal(stderr.toString(), "");
  assert.ok(sameBytes(stdout, here));
});
