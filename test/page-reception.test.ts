import assert from "node:assert/strict";
import { test } from "node:test";
import type { StreamStatus } from "../src/wire/api-types.ts";
import { Reception } from "../ui/reception.ts";
import type { ViewFigures } from "../ui/view/view-types.ts";

const STATUS: StreamStatus = {
  name: "a",
  source: "test",
  state: "live",
  reason: null,
  code: null,
  since: 0,
  width: 1280,
  height: 720,
  fps: 30,
  ageMs: 20,
  viewers: 1,
  frames: 100,
  drops: 0,
  sourceDrops: 0,
  notes: [],
};
const WELL: ViewFigures = { fps: 30, ageMs: 40, drops: 0, width: 1280, height: 720, mode: "socket" };
const ALL = { fps: Infinity, scaled: false };

test("A picture that misses a quarter of its stream for five seconds is called slow, and no sooner", () => {
  const reception = new Reception();
  const half = { ...WELL, fps: 15 };

  const first = reception.update(STATUS, WELL, ALL, 0).slow;
  const hiccup = reception.update(STATUS, half, ALL, 1_000).slow;
  const lasting = [2, 3, 4, 5, 6, 7].map(
    (second) => reception.update(STATUS, half, ALL, second * 1_000).slow,
  );

  assert.deepEqual([first, hiccup], [false, false]);
  assert.equal(lasting.at(-1), true);
});

test("It is slow no more once nearly all pictures come again", () => {
  const reception = new Reception();
  for (let second = 0; second < 8; second++)
    reception.update(STATUS, { ...WELL, fps: 10 }, ALL, second * 1_000);

  const nearly = reception.update(STATUS, { ...WELL, fps: 26 }, ALL, 8_000).slow;
  const all = reception.update(STATUS, WELL, ALL, 9_000).slow;

  assert.deepEqual([nearly, all], [true, false]);
});

test("Pictures the page did not ask for are not missed", () => {
  const reception = new Reception();

  const figures = [0, 1, 2, 3, 4, 5, 6, 7].map((second) =>
    reception.update(STATUS, { ...WELL, fps: 15 }, { fps: 15, scaled: false }, second * 1_000),
  );

  assert.equal(figures.at(-1)?.slow, false);
});

test("Smaller pictures than the stream's tell of a slow connection, unless the page wanted them small", () => {
  const small = { ...WELL, width: 640, height: 360 };

  const adapted = new Reception().update(STATUS, small, ALL, 0);
  const scaled = new Reception().update(STATUS, small, { fps: Infinity, scaled: true }, 0);

  assert.deepEqual([adapted.slow, adapted.smallerWidth], [true, 640]);
  assert.deepEqual([scaled.slow, scaled.smallerWidth], [false, null]);
});

test("Pictures that come half a second after they were made are late", () => {
  const late = new Reception().update(STATUS, { ...WELL, ageMs: 600 }, ALL, 0);

  assert.equal(late.slow, true);
});
