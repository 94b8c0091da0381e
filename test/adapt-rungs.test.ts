import assert from "node:assert/strict";
import test from "node:test";
import type { Variant } from "../src/core/variant.ts";
import { variantKey } from "../src/core/variant.ts";
import { ladder } from "../src/delivery/adapt/ladder.ts";
import { lineRoom } from "../src/delivery/adapt/line-room.ts";
import { readManner } from "../src/delivery/adapt/manner.ts";
import { RungChoice, type Measurement } from "../src/delivery/adapt/rung-choice.ts";
import { variantText } from "../src/delivery/adapt/variant-text.ts";
import { estimatedWeight } from "../src/delivery/adapt/weight.ts";

const LOOK_MS = 500;
const FRAMES = 15;
/** Bytes a second of the rungs of a stream of 11 Mbit/s. */
const RATES = [1_400_000, 1_000_000, 680_000, 440_000, 270_000, 160_000, 80_000, 40_000];
const SLOW = 200_000;
const FAST = 6_000_000;

interface Change {
  readonly at: number;
  readonly rung: number;
}

/** What a line does at a moment: what it carries, and what the kernel takes it for, in bytes a second. */
type Line = (seconds: number) => { readonly carries: number; readonly seems?: number | undefined };

/** Lets a viewer choose over a line for so long; the changes, in seconds. */
function changesOver(line: Line, seconds: number): readonly Change[] {
  const choice = new RungChoice();
  const changes: Change[] = [];
  for (let atMs = LOOK_MS; atMs <= seconds * 1000; atMs += LOOK_MS) {
    const { carries, ...others } = line(atMs / 1000);
    const measured = look(atMs, RATES[choice.rung] ?? 0, carries);
    const roomASecond = "seems" in others && measured.isIdle ? others.seems : carries;
    const rung = choice.choose({ ...measured, roomASecond }, () => RATES);
    if (rung === choice.rung) continue;
    choice.moved(rung, { ...measured, roomASecond });
    changes.push({ at: atMs / 1000, rung });
  }
  return changes;
}

function look(atMs: number, rate: number, carries: number): Measurement {
  const part = Math.min(1, carries / rate);
  const frames = Math.round(FRAMES * part);
  return {
    ...{ atMs, spanMs: LOOK_MS, frames, drops: FRAMES - frames, waitedMs: LOOK_MS * (1 - part) },
    ...{ bytesASecond: Math.min(rate, carries), roomASecond: carries, isIdle: part === 1 },
  };
}

function rests(changes: readonly Change[]): readonly number[] {
  return changes.slice(1).map(({ at }, index) => at - (changes[index]?.at ?? 0));
}

test("a viewer on a slow line is moved once, within a second, to the highest rung that fits, and stays", () => {
  const changes = changesOver(() => ({ carries: SLOW }), 600);

  assert.deepEqual(changes[0], { at: 1, rung: 5 });
  // A line may be faster than it looks: a minute later the next rung is tried, for as short a time as may be.
  const tries = changes.slice(1).filter(({ rung }) => rung === 4);
  assert.ok(Math.min(...rests(tries)) >= 60);
  assert.equal(changes.length, 1 + 2 * tries.length);
  assert.equal(changesOver(() => ({ carries: SLOW }), 60).length, 1);
  // For some time the line is not believed to be faster than it was when it was full.
  assert.equal(changesOver(() => ({ carries: SLOW, seems: 2.5 * SLOW }), 20).length, 1);
  // The rung above has 270 000 bytes a second: it would fit, with too little to spare.
  assert.equal(changesOver(() => ({ carries: 300_000 }), 60).length, 1);
});

test("when the line is fast again, the viewer is back at the top within ten seconds, whenever that is", () => {
  for (let returned = 1; returned < 40; returned += 0.5) {
    const line: Line = (seconds) => ({ carries: seconds < returned ? SLOW : FAST });

    const changes = changesOver(line, returned + 10);

    if (changes.length > 0)
      assert.equal(changes.at(-1)?.rung, 0, `back at ${returned} s: ${JSON.stringify(changes)}`);
  }
});

test("on a line that comes and goes there is never more than one change in five seconds", () => {
  for (const period of [1, 2, 3, 5, 7, 10, 14, 20, 33]) {
    const line: Line = (seconds) => ({ carries: seconds % (2 * period) < period ? SLOW : FAST });

    const changes = changesOver(line, 600);

    assert.ok(Math.min(...rests(changes)) >= 5, `changing each ${period} s`);
  }
});

test("where a line only seems to have room, steps up are tried further and further apart, a minute at most", () => {
  const changes = changesOver(() => ({ carries: SLOW, seems: 70_000_000 }), 600);

  const tries = changes.filter(({ rung }, at) => rung < (changes[at - 1]?.rung ?? 0));
  const apart = rests(tries);
  assert.ok(apart.every((seconds, at) => seconds >= (apart[at - 1] ?? 0)));
  assert.ok(Math.max(...apart) >= 60 && Math.max(...apart) <= 70, apart.join());
  assert.ok(tries.length <= 12, `${tries.length}`);
});

test("where a line's round trips vary, which hides its room, it is seen to return all the same", () => {
  for (const returned of [15, 30, 60]) {
    const choice = new RungChoice();
    for (let atMs = LOOK_MS; atMs <= (returned + 10) * 1000; atMs += LOOK_MS) {
      const rate = RATES[choice.rung] ?? 0;
      const measured = look(atMs, rate, atMs < returned * 1000 ? SLOW : FAST);
      // Pictures of the rung, 30 a second, and 6 ms of a round trip that are not the queue's.
      const hidden = rate / 30 / 2 / 0.006;
      const isFull = atMs < returned * 1000 || !measured.isIdle;
      const roomASecond = isFull ? SLOW : hidden;
      const next = choice.choose({ ...measured, roomASecond }, () => RATES);
      if (next !== choice.rung) choice.moved(next, { ...measured, roomASecond });
    }

    assert.equal(choice.rung, 0, `back at ${returned} s`);
  }
});

test("a line that is fast at last is not made to wait for steps that failed before", () => {
  const line: Line = (seconds) =>
    seconds < 200 ? { carries: SLOW, seems: 2 * SLOW } : { carries: FAST, seems: FAST };

  const changes = changesOver(line, 210);

  assert.equal(changes.at(-1)?.rung, 0);
});

test("where nobody can tell what there is room for, half of the way up is tried, and again", () => {
  const line: Line = (seconds) => ({ carries: seconds < 5 ? SLOW : FAST, seems: undefined });

  const changes = changesOver(line, 30).filter(({ at }) => at > 5);

  assert.deepEqual(
    changes.map(({ rung }) => rung),
    [2, 1, 0],
  );
  assert.ok((changes[0]?.at ?? 0) <= 9);
});

test("what a line does not bring about moves nobody: bursts, a stall, a client that answers late, a slow source", () => {
  const dropping = { ...look(0, 1, 1), frames: 5, drops: 10, isIdle: false };
  const cases: Readonly<Record<string, Partial<Measurement>>> = {
    "frames that came in a burst": { ...dropping, waitedMs: 20 },
    "a client that takes nothing": { ...dropping, frames: 0, bytesASecond: 0, waitedMs: 500 },
    "an idle line": { ...dropping, waitedMs: 400, isIdle: true },
    "one frame a second": { frames: 1, drops: 0, waitedMs: 300 },
  };
  for (const [what, measured] of Object.entries(cases)) {
    const choice = new RungChoice();

    const rungs = Array.from({ length: 20 }, (_, index) =>
      choice.choose({ ...dropping, ...measured, atMs: 500 * index }, () => RATES),
    );

    assert.deepEqual(new Set(rungs), new Set([0]), what);
  }
});

test("a step for which there was no room is tried again after five seconds, not before", () => {
  const choice = new RungChoice();
  const wanted: number[] = [];

  for (let atMs = 500; atMs <= 10_000; atMs += 500) {
    const measured = look(atMs, RATES[0] ?? 0, SLOW);
    if (choice.choose(measured, () => RATES) === 0) continue;
    choice.refused(measured);
    wanted.push(atMs);
  }

  assert.deepEqual(wanted, [1_000, 6_000]);
});

const HD = { width: 1280, height: 720, fps: 30 };

test("a smooth ladder gives up size and quality first, a sharp one the rate, and neither below ten pictures", () => {
  const smooth = ladder({}, HD, "smooth").map(variantText);
  const sharp = ladder({}, HD, "sharp").map(variantText);

  assert.deepEqual(smooth, [
    "",
    "width=1088&quality=70",
    "width=896&quality=65",
    "width=704&quality=60",
    "width=576&quality=50",
    "width=448&quality=45",
    "width=448&quality=45&fps=15",
    "width=320&quality=40&fps=15",
  ]);
  assert.deepEqual(sharp, [
    "",
    "fps=15",
    "quality=60&fps=15",
    "quality=40&fps=15",
    "width=960&quality=45&fps=15",
    "width=640&quality=45&fps=15",
    "width=448&quality=40&fps=15",
  ]);
});

test("each rung has clearly fewer bytes than the one before, whatever the stream and the wish", () => {
  const wishes: readonly Variant[] = [{}, { width: 640 }, { height: 300, quality: 50 }, { fps: 12 }];
  for (const fps of [5, 12, 15, 24, 25, 30, 50, 60, 120]) {
    for (const base of wishes) {
      for (const manner of ["smooth", "sharp"] as const) {
        const rungs = ladder(base, { ...HD, fps }, manner);

        const rates = rungs.map(
          (rung) => estimatedWeight(rung, HD) * Math.min(fps, base.fps ?? fps, rung.fps ?? fps),
        );

        const parts = rates.slice(2).map((rate, index) => rate / (rates[index + 1] ?? 0));
        const what = `${manner} ${fps} fps ${variantText(base)}: ${parts.map((part) => part.toFixed(2)).join()}`;
        assert.ok(parts.filter((part) => part > 0.97).length <= 1, what);
        assert.ok(
          rungs.every((rung) => (rung.fps ?? 12) >= 12 || rung.fps === base.fps),
          what,
        );
      }
    }
  }
});

test("all who ask for the same stand on the same rungs, though its rate is measured a little differently", () => {
  const keys = [29.2, 29.9, 30, 30.4].map((fps) =>
    ladder({}, { ...HD, fps }, "sharp")
      .map(variantKey)
      .join(),
  );

  assert.equal(new Set(keys).size, 1);
});

test("rungs keep what was asked for: the turn, the shape, the crop, a smaller size and a lower rate", () => {
  const turned = ladder({ rotate: 90, time: true }, HD, "smooth").at(-1);
  const covering = ladder({ width: 400, height: 400, fit: "cover" }, HD, "smooth").at(1);
  const cropped = ladder({ crop: { x: 0, y: 0, width: 640, height: 640 } }, HD, "sharp").at(-1);
  const low = ladder({ height: 360 }, HD, "smooth").at(-1);

  assert.deepEqual(turned, { rotate: 90, time: true, width: 176, quality: 40, fps: 15 });
  assert.deepEqual([covering?.width, covering?.height, covering?.fit], [336, 340, "cover"]);
  assert.equal(cropped?.width, 224);
  assert.deepEqual([low?.width, low?.height], [160, 90]);
});

test("what a full line carries is what it delivers; of another its queue tells, and not the kernel's highest rate", () => {
  const state = {
    ...{ unsentBytes: 0, unacknowledgedBytes: 0, acknowledgedBytes: 0, leastRoundTripMs: 0.1 },
    ...{ roundTripMs: 30, deliveredASecond: 16_000_000, mayCarryMore: true },
  };

  const idle = lineRoom(state, 15_000, 1);
  const full = lineRoom({ ...state, deliveredASecond: SLOW, mayCarryMore: false }, 15_000, 1);
  const shared = lineRoom({ ...state, deliveredASecond: SLOW, mayCarryMore: false }, 15_000, 0.25);
  const unknown = lineRoom({ ...state, deliveredASecond: 0 }, 15_000, 1);

  // Measured on a line of 2 Mbit/s, which is 250 000 bytes a second.
  assert.ok(idle !== undefined && Math.abs(idle - 250_000) < 10_000, `${idle} bytes a second`);
  assert.deepEqual([full, shared, unknown], [SLOW, SLOW / 4, undefined]);
});

test("?adapt is smooth, sharp or off, and anything else is named with what it may be", () => {
  const read = (text: string) => readManner(new URLSearchParams(text));

  assert.deepEqual(["adapt", "adapt=smooth", "adapt=1"].map(read), ["smooth", "smooth", "smooth"]);
  assert.equal(read("adapt=sharp"), "sharp");
  assert.deepEqual(["", "adapt=off", "adapt=0"].map(read), [undefined, undefined, undefined]);
  assert.throws(() => read("adapt=fast"), /adapt.*smooth, sharp, off.*fast/);
});

test("a variant is told as the parameters that would ask for it", () => {
  const all: Variant = { width: 640, crop: { x: 1, y: 2, width: 3, height: 4 }, text: "a & b", grey: true };

  assert.equal(variantText(all), "width=640&crop=1%2C2%2C3%2C4&text=a%20%26%20b&grey");
  assert.equal(variantText({ rotate: 90, exif: true }), "rotate=exif%3A90");
  assert.equal(variantText({}), "");
});
