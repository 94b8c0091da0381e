import assert from "node:assert/strict";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { CapturedImage } from "../src/core/frame.ts";
import { isOwnPictures, ownSource, type OwnPictures } from "../src/sources/own-source.ts";

const JPEG = new Uint8Array([0xff, 0xd8, 0xff, 0xd9]);
const PNG = new Uint8Array([0x89, 0x50, 0x4e, 0x47]);

interface Taken {
  readonly images: CapturedImage[];
  readonly dropped: number;
  readonly notes: string[];
}

/** Takes at most `count` pictures of a source and stops it. */
async function take(pictures: OwnPictures, count: number, interval = 1): Promise<Taken> {
  const stop = new AbortController();
  const images: CapturedImage[] = [];
  const notes: string[] = [];
  let dropped = 0;
  const source = ownSource(pictures, {
    interval: () => interval,
    convert: async (bytes) => {
      if (bytes.length < 4) throw new Error("not an image");
      return JPEG;
    },
  });
  const report = {
    dropped: (lost: number) => void (dropped += lost),
    note: (text: string) => void notes.push(text),
    waiting: () => undefined,
  };
  for await (const image of source.capture(stop.signal, report)) {
    images.push(image);
    if (images.length === count) break;
  }
  stop.abort();
  return { images, dropped, notes };
}

test("bytes, buffers, Blobs and timed pictures are taken as they are, other formats are converted", async () => {
  const list = [JPEG, JPEG.buffer, new Blob([JPEG]), { jpeg: JPEG, capturedAt: 7 }, PNG];

  const { images } = await take(list, 99);

  assert.equal(images.length, 5);
  for (const { jpeg } of images) assert.deepEqual(jpeg, JPEG);
  assert.equal(images[3]?.capturedAt, 7);
});

test("what is no picture is passed over, counted and told", async () => {
  const { images, dropped, notes } = await take([JPEG, new Uint8Array([1]), JPEG], 99);

  assert.equal(images.length, 2);
  assert.equal(dropped, 1);
  assert.match(notes[0] ?? "", /not an image/);
});

test("a function is called again and again, one call at a time", async () => {
  let running = 0;
  let most = 0;
  const capture = async () => {
    most = Math.max(most, ++running);
    await sleep(3);
    running--;
    return JPEG;
  };

  const { images } = await take(capture, 5);

  assert.equal(images.length, 5);
  assert.equal(most, 1);
});

test("a function is asked at the interval, not as fast as it answers", async () => {
  const startedAt = performance.now();

  await take(() => JPEG, 6, 20);

  assert.ok(performance.now() - startedAt >= 95);
});

test("a flood of pictures leaves everyone else a turn", async () => {
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  async function* flood(): AsyncGenerator<Uint8Array> {
    for (;;) yield JPEG;
  }

  await take(flood(), 5_000, 0.001);
  clearInterval(timer);

  assert.ok(turns > 3, `${turns} turns`);
});

test("without an interval, a generator is asked at most 120 times a second", async () => {
  async function* flood(): AsyncGenerator<Uint8Array> {
    for (;;) yield JPEG;
  }
  const startedAt = performance.now();

  await take(flood(), 31, 0);

  const tookMs = performance.now() - startedAt;
  assert.ok(tookMs > 240, `31 pictures in ${tookMs} ms`);
});

test("a generator slower than that is asked again at once", async () => {
  async function* slow(): AsyncGenerator<Uint8Array> {
    for (;;) {
      await sleep(20);
      askedAt.push(performance.now());
      yield JPEG;
      resumedAt.push(performance.now());
    }
  }
  const askedAt: number[] = [];
  const resumedAt: number[] = [];

  await take(slow(), 8, 0);

  const waits = resumedAt.map((at, index) => at - (askedAt[index] ?? 0)).slice(1);
  assert.ok(Math.min(...waits) < 5, `it waited ${waits.join()} ms`);
});

test("an error is told with its cause; a function may be tried again, a generator is over", async () => {
  const broken = () => {
    throw new Error("lens cap on");
  };
  async function* generator(): AsyncGenerator<Uint8Array> {
    yield* [];
    throw new Error("lens cap on");
  }
  const fresh = { [Symbol.asyncIterator]: () => generator() };

  await assert.rejects(take(broken, 1), { message: "your function threw: lens cap on", retryable: true });
  await assert.rejects(take(generator(), 1), {
    message: "your pictures threw: lens cap on",
    retryable: false,
  });
  await assert.rejects(take(fresh, 1), { retryable: true });
});

test("a generator that waits for ever does not keep a stopped stream, and is told to return", async () => {
  const stop = new AbortController();
  let returned = false;
  const stuck: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]: () => ({
      next: () => new Promise(() => undefined),
      return: async () => {
        returned = true;
        return { done: true, value: undefined };
      },
    }),
  };
  const source = ownSource(stuck, { interval: () => 0, convert: async () => JPEG });
  const captured = source.capture(stop.signal, {
    dropped: () => undefined,
    note: () => undefined,
    waiting: () => undefined,
  });

  setTimeout(() => stop.abort(), 5);
  const next = await captured[Symbol.asyncIterator]().next();

  assert.equal(next.done, true);
  assert.equal(returned, true);
});

test("the bytes of one picture are no source, and the sentence says what is", () => {
  assert.equal(isOwnPictures(JPEG), false);
  assert.equal(isOwnPictures([JPEG]), true);
  assert.equal(isOwnPictures(undefined), false);
});
