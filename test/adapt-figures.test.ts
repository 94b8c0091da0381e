import assert from "node:assert/strict";
import test from "node:test";
import { ImageServer } from "../src/index.ts";
import { Hub } from "../src/core/hub.ts";
import { ladder } from "../src/delivery/adapt/ladder.ts";
import { StreamFigures } from "../src/delivery/adapt/stream-figures.ts";
import { Audience } from "../src/delivery/audience.ts";
import type { StreamStatus } from "../src/wire/api-types.ts";

/** A stream of 1280x720 that says how fast it is, with pictures of 40 000 bytes. */
function streamOf(fps: () => number): {
  show: ConstructorParameters<typeof StreamFigures>[0];
  asked: () => number;
} {
  const hub = new Hub();
  hub.publish({ jpeg: new Uint8Array(40_000), capturedAt: 0 });
  let asked = 0;
  const [idle] = new ImageServer({ source: "test:" }).streams as [StreamStatus];
  const status = (): StreamStatus => {
    asked++;
    return { ...idle, width: 1280, height: 720, fps: fps() };
  };
  return { show: { audience: new Audience(hub, 30_000), status }, asked: () => asked };
}

test("however many want to know, a stream is asked for its state about twice a second", () => {
  const { show, asked } = streamOf(() => 30);
  const figures = new StreamFigures(show);

  for (let atMs = 0; atMs < 2_000; atMs++) figures.pictures(atMs);

  assert.equal(asked(), 5);
});

test("a rate that is measured a little differently is the same rate, and a stream without pictures has none", () => {
  let fps = 30;
  const figures = new StreamFigures(streamOf(() => fps).show);
  const at = (atMs: number, measured: number): number | undefined => {
    fps = measured;
    return figures.pictures(atMs)?.fps;
  };

  assert.deepEqual(
    [at(0, 30), at(1_000, 27), at(2_000, 33), at(3_000, 15), at(4_000, 0)],
    [30, 30, 30, 15, undefined],
  );
});

test("what a rung weighs is measured where it was watched, and others are estimated after it", () => {
  const figures = new StreamFigures(streamOf(() => 30).show);
  const pictures = figures.pictures(0);
  assert.ok(pictures !== undefined);
  const rungs = ladder({}, pictures, "smooth");
  const [, , , third = {}] = rungs;

  const before = figures.rates(rungs, pictures);
  figures.weigh(third, 4_000);
  const after = figures.rates(rungs, pictures);

  assert.equal(before[0], 1_200_000);
  assert.equal(after[0], 1_200_000);
  assert.equal(after[3], 120_000);
  const turned = 120_000 / (before[3] ?? 0);
  for (const rung of [1, 2, 4, 7])
    assert.ok(Math.abs((after[rung] ?? 0) / (before[rung] ?? 0) - turned) < 1e-9);
});
