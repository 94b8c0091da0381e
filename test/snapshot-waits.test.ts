import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import test, { type TestContext } from "node:test";
import { PictureWaiters } from "../src/app/picture-waiters.ts";
import { Snapshots } from "../src/app/snapshots.ts";
import { MjpegError } from "../src/core/errors.ts";
import type { Frame } from "../src/core/frame.ts";
import type { SnapshotWish } from "../src/delivery/show.ts";
import { RED } from "./support/two-pictures.ts";

const ANY: SnapshotWish = { variant: {}, waitMs: 60_000, warmup: 0 };
const STAYS = new AbortController().signal;

/** Snapshots of a stream whose pictures the test shows, by a clock that it sets. */
function snapshots(
  t: TestContext,
  change: (frame: Frame) => Promise<Frame> = (frame) => Promise.resolve(frame),
): { taken: Snapshots; show: (sequence: number, capturedAt?: number) => void; waits: { count: number } } {
  t.mock.timers.enable({ apis: ["Date", "setTimeout"], now: 1_000_000 });
  const waits = { count: 0 };
  const variants = {
    enter: () => () => undefined,
    wait: () => Promise.reject(new Error("there is room")),
    picture: change,
  };
  const taken = new Snapshots({ label: () => "cam", variants, onWait: () => waits.count++ });
  const show = (sequence: number, capturedAt = Date.now()) => {
    taken.counted();
    taken.shown({ jpeg: RED, sequence, capturedAt });
  };
  return { taken, show, waits };
}

async function sequenceOf(frame: Promise<Frame>): Promise<number> {
  return (await frame).sequence;
}

test("a minute is waited to its end and no longer", async (t) => {
  const { taken } = snapshots(t);
  let outcome = "waits";
  const done = taken.get(ANY, STAYS).catch((error: unknown) => (outcome = String(error)));

  t.mock.timers.tick(59_990);
  await nextTurn();
  const before = outcome;
  t.mock.timers.tick(11);
  await done;

  assert.equal(before, "waits");
  assert.match(outcome, /cam: no picture came within 60 s; try again/);
});

test("a picture is aged by the clock until the moment it is given", async (t) => {
  const { taken, show, waits } = snapshots(t);
  show(1);

  t.mock.timers.tick(1_000);
  const justYoung = await sequenceOf(taken.get({ ...ANY, maxAgeMs: 1_000 }, STAYS));
  t.mock.timers.tick(1);
  const next = taken.get({ ...ANY, maxAgeMs: 1_000 }, STAYS);
  show(2);

  assert.equal(justYoung, 1);
  assert.equal(await sequenceOf(next), 2);
  assert.equal(waits.count, 1);
});

test("one that grew too old while it was changed is not given, but the next one", async (t) => {
  const changing: (() => void)[] = [];
  const { taken, show } = snapshots(t, async (frame) => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    changing.push(() => resolve(undefined));
    await promise;
    return frame;
  });
  show(1);

  const answer = taken.get({ ...ANY, maxAgeMs: 100 }, STAYS);
  t.mock.timers.tick(101);
  changing[0]?.();
  await nextTurn();
  show(2);
  await nextTurn();
  changing[1]?.();

  assert.equal(await sequenceOf(answer), 2);
});

test("a source whose clock is ahead cannot make an old picture a new one", async (t) => {
  const { taken, show } = snapshots(t);
  show(1, Date.now() + 3_600_000);
  t.mock.timers.tick(5_000);

  const young = taken.get({ ...ANY, maxAgeMs: 4_000 }, STAYS);
  const later = taken.get({ ...ANY, capturedAfter: Date.now() }, STAYS);
  t.mock.timers.tick(10);
  show(2, Date.now() + 3_600_000);

  assert.equal(await sequenceOf(young), 2);
  assert.equal(await sequenceOf(later), 2);
});

test("everyone gets the first picture that fits, and the others wait on", async (t) => {
  const { taken, show } = snapshots(t);
  const any = taken.get(ANY, STAYS);
  const third = taken.get({ ...ANY, warmup: 2 }, STAYS);
  const later = taken.get({ ...ANY, capturedAfter: Date.now() + 50 }, STAYS);

  show(1);
  t.mock.timers.tick(100);
  show(2);
  show(3);

  assert.deepEqual(await Promise.all([any, third, later].map(sequenceOf)), [1, 3, 2]);
});

test("who has left before waiting is not waited for", async (t) => {
  const { taken } = snapshots(t);

  await assert.rejects(taken.get(ANY, AbortSignal.abort()), /the client left/);
});

test("only so many may wait for one stream", async () => {
  const waiters = new PictureWaiters<number>();
  const late = () => new MjpegError("ERR_SOURCE_SILENT", "late");
  const one = () => {
    const { signal } = new AbortController();
    return waiters.next({ fits: () => true, waitMs: 60_000, signal, late });
  };

  const waiting = Array.from({ length: 10_000 }, one);
  await assert.rejects(one(), { code: "ERR_TOO_MANY_VIEWERS", message: /10000 requests wait/ });
  waiters.offer(7);

  assert.deepEqual(new Set(await Promise.all(waiting)), new Set([7]));
  const next = one();
  waiters.offer(8);
  assert.equal(await next, 8);
});
