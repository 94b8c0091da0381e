import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { Snapshots } from "../src/app/snapshots.ts";
import { Turns, type TurnKind } from "../src/app/turns.ts";
import { FpsGate } from "../src/app/fps-gate.ts";
import { MOST_VARIANTS, Variants } from "../src/app/variants.ts";
import { MjpegError } from "../src/core/errors.ts";
import type { Frame } from "../src/core/frame.ts";
import { Hub, type Subscriber } from "../src/core/hub.ts";
import { simplified, variantKey, type Variant } from "../src/core/variant.ts";
import type { View } from "../src/delivery/show.ts";
import { changePicture } from "../src/images/change-picture.ts";
import { noise, sameBytes } from "./support/pictures.ts";
import { memory } from "./support/memory.ts";
import { GREEN, RED } from "./support/two-pictures.ts";
import { until } from "./support/until.ts";
import { runWithout } from "./support/without-package.ts";

/** The variants of a stream whose pictures the test publishes, and every change that was made. */
function set(t: TestContext, options: { gate?: () => Promise<void> } = {}) {
  const hub = new Hub();
  const changes: { readonly sequence: number; readonly key: string }[] = [];
  const events: string[] = [];
  let atOnce = 0;
  const seen = { mostAtOnce: 0 };
  const variants = new Variants({
    hub,
    watch: () => () => undefined,
    maxViewers: 1_000,
    stallTimeoutMs: 30_000,
    onEvent: (text) => events.push(text),
    change: async (frame, variant) => {
      changes.push({ sequence: frame.sequence, key: variantKey(variant) });
      seen.mostAtOnce = Math.max(seen.mostAtOnce, ++atOnce);
      await options.gate?.();
      return changePicture(frame, variant).finally(() => {
        atOnce--;
      });
    },
  });
  t.after(() => hub.close());
  return { hub, variants, changes, events, seen };
}

/** A viewer without a network: what is offered to it is kept. */
class Onlooker implements Subscriber {
  readonly repeats = false;
  readonly frames: Frame[] = [];
  hasSeenTheEnd = false;
  readonly #leave: () => void;

  constructor(t: TestContext, view: View) {
    // As much of a viewer as an audience needs.
    const viewer = this as unknown as Parameters<View["audience"]["join"]>[0];
    const leaveAudience = view.audience.join(viewer);
    const release = view.watch();
    view.audience.greet(viewer);
    this.#leave = () => {
      leaveAudience();
      release();
    };
    t.after(() => this.leave());
  }

  offer(frame: Frame): void {
    this.frames.push(frame);
  }

  end(): void {
    this.hasSeenTheEnd = true;
  }

  tick(): void {
    // It has no connection to look after.
  }

  leave(): void {
    this.#leave();
  }
}

const publish = (hub: Hub, jpeg: Uint8Array) => hub.publish({ jpeg, capturedAt: Date.now() });

test("a picture is encoded once for a hundred viewers, whatever they call the variant, and for snapshots", async (t) => {
  const { hub, variants, changes } = set(t);
  const wishes: readonly Variant[] = [
    { width: 16 },
    { width: 16, fit: "cover" },
    { quality: 80, width: 16 },
    { width: 16, exif: true },
  ];
  const viewers = Array.from({ length: 100 }, (_, index) => {
    return new Onlooker(t, variants.get(wishes[index % wishes.length] ?? {}));
  });
  const slower = new Onlooker(t, variants.get({ width: 16, fps: 100 }));

  const frame = publish(hub, RED);
  const shots = await Promise.all([1, 2, 3].map(() => variants.picture(frame, { width: 16 })));
  await until(() => [...viewers, slower].every(({ frames }) => frames.length === 1), "all to have it");
  const later = await variants.picture(frame, { width: 16 });

  assert.deepEqual(changes, [{ sequence: 0, key: "width=16" }]);
  for (const { frames } of [...viewers, slower]) assert.ok(sameBytes(frames[0]?.jpeg, shots[0]?.jpeg));
  assert.ok(sameBytes(later.jpeg, shots[0]?.jpeg));
  assert.equal(later.capturedAt, frame.capturedAt);
});

test("fps and rotate=exif encode nothing", async (t) => {
  const { hub, variants, changes } = set(t);
  const viewers = [{ fps: 50 }, { rotate: 90, exif: true }, { flip: "h", exif: true, fps: 50 }] as const;
  const all = viewers.map((variant) => new Onlooker(t, variants.get(variant)));

  const frame = publish(hub, RED);
  const shot = await variants.picture(frame, { rotate: 90, exif: true });

  assert.ok(sameBytes(all[0]?.frames[0]?.jpeg, RED));
  assert.ok(sameBytes(all[1]?.frames[0]?.jpeg, shot.jpeg));
  assert.deepEqual(changes, []);
});

test("a variant that cannot keep up skips to the newest picture, and stops with its last viewer", async (t) => {
  const open: (() => void)[] = [];
  const { hub, variants, changes } = set(t, { gate: () => new Promise((resolve) => open.push(resolve)) });
  const viewer = new Onlooker(t, variants.get({ width: 16 }));

  for (let count = 0; count < 10; count++) publish(hub, count === 9 ? GREEN : RED);
  await until(() => open.length === 1, "the first to be in the making");
  publish(hub, RED);
  open[0]?.();
  await until(() => open.length === 2, "the second to be in the making");
  viewer.leave();
  const last = publish(hub, RED);
  open[1]?.();
  const shot = variants.picture(last, { width: 16 });
  await until(() => open.length === 3, "the snapshot to be in the making");
  open[2]?.();
  await shot;

  assert.deepEqual(
    changes.map(({ sequence }) => sequence),
    [9, 10, 11],
  );
  assert.equal(viewer.frames.length, 1);
  assert.equal(hub.size, 0);
});

test("the end of the stream comes behind the last picture, however long that takes to be changed", async (t) => {
  const open: (() => void)[] = [];
  const { hub, variants } = set(t, { gate: () => new Promise((resolve) => open.push(resolve)) });
  const viewer = new Onlooker(t, variants.get({ width: 16 }));
  publish(hub, RED);
  await until(() => open.length === 1, "the first to be in the making");

  publish(hub, GREEN);
  hub.end();
  open[0]?.();
  await until(() => open.length === 2, "the second to be in the making");
  const endedEarly = viewer.hasSeenTheEnd;
  open[1]?.();
  await until(() => viewer.hasSeenTheEnd, "the end");

  assert.equal(endedEarly, false);
  assert.equal(viewer.frames.length, 2);
});

test("a view that is watched again after it slept, or after the end, begins with the newest picture", async (t) => {
  const { hub, variants } = set(t);
  const view = variants.get({ width: 16 });
  const first = new Onlooker(t, view);
  publish(hub, RED);
  await until(() => first.frames.length === 1, "the first to have it");
  first.leave();
  const green = publish(hub, GREEN);

  const second = new Onlooker(t, view);
  await until(() => second.frames.length === 1, "the second to have one");
  hub.end();
  const third = new Onlooker(t, variants.get({ width: 16 }));
  await until(() => third.frames.length === 1, "the third to have one");

  const { jpeg } = await variants.picture(green, { width: 16 });
  for (const { frames } of [second, third]) assert.ok(sameBytes(frames[0]?.jpeg, jpeg));
  assert.deepEqual([second.hasSeenTheEnd, third.hasSeenTheEnd], [true, false]);
});

test("no more pictures are changed at once than leave a thread for files, in turn among the variants", async (t) => {
  const { hub, variants, changes, seen } = set(t);
  const widths = [8, 9, 10, 11, 12];
  const viewers = widths.map((width) => new Onlooker(t, variants.get({ width })));

  for (let count = 0; count < 4; count++) {
    publish(hub, RED);
    await until(() => changes.length === widths.length * (count + 1), "all of them");
    await until(() => viewers.every(({ frames }) => frames.length === count + 1), "all to be shown");
  }

  for (let at = 0; at < changes.length; at += widths.length) {
    const keys = changes.slice(at, at + widths.length).map(({ key }) => key);
    assert.deepEqual(new Set(keys), new Set(widths.map((width) => `width=${width}`)));
  }
  assert.ok(seen.mostAtOnce <= 3, `${seen.mostAtOnce} at once`);
});

test("turns are given in the order they were asked for, so many at once, each back once", async () => {
  const turns = new Turns(2);
  const order: number[] = [];
  const releases: (() => void)[] = [];
  const taken = [0, 1, 2, 3].map((number) =>
    turns.next().then((release) => (order.push(number), releases.push(release))),
  );

  await Promise.all(taken.slice(0, 2));
  assert.deepEqual(order, [0, 1]);
  releases[0]?.();
  releases[0]?.();
  await taken[2];
  assert.deepEqual(order, [0, 1, 2]);
  releases[1]?.();
  await taken[3];

  assert.deepEqual(order, [0, 1, 2, 3]);
});

test("snapshots in the making keep no viewer away; those that nobody watches do not count", async (t) => {
  const opened = Promise.withResolvers<undefined>();
  const { hub, variants } = set(t, { gate: () => opened.promise });
  const frame = publish(hub, RED);
  const shots = Array.from({ length: 16 }, (_, index) => {
    assert.ok(variants.enter({ width: 20 + index }));
    return variants.picture(frame, { width: 20 + index });
  });
  for (let width = 100; width < 130; width++) variants.get({ width }); // asked for, and the client was gone
  for (let width = 1; width <= MOST_VARIANTS; width++) new Onlooker(t, variants.get({ width }));

  assert.throws(() => variants.get({ width: 50 }), { code: "ERR_TOO_MANY_VARIANTS" });
  assert.equal(variants.enter({ width: 50 }), undefined);
  assert.ok(variants.enter({ width: 20, fit: "cover" }), "the same as another");
  assert.ok(variants.enter({ width: 3, fps: 2 }), "watched");
  assert.ok(variants.enter({ rotate: 90, exif: true }), "costs nothing");
  opened.resolve(undefined);
  await Promise.all(shots);
});

test("a snapshot that had to wait for its turn is the newest picture then", async (t) => {
  const { hub, variants } = set(t);
  const snapshots = new Snapshots({ label: () => "cam", variants, onWait: () => undefined });
  const show = (jpeg: Uint8Array) => {
    snapshots.counted();
    snapshots.shown(publish(hub, jpeg));
  };
  const leaves = Array.from({ length: 16 }, (_, index) => variants.enter({ width: 20 + index }));
  show(RED);

  const { signal } = new AbortController();
  const wish = { variant: { width: 8 }, waitMs: 20_000, warmup: 0 };
  const shot = snapshots.get(wish, signal);
  const hasty = snapshots.get({ ...wish, waitMs: 0 }, signal);
  await assert.rejects(hasty, { code: "ERR_TOO_MANY_VARIANTS" });
  show(GREEN);
  leaves[0]?.();

  assert.equal((await shot).sequence, 1);
  const again = variants.enter({ width: 9 });
  assert.ok(again, "its place is free again");
  again();
  snapshots.failed(new MjpegError("ERR_CAMERA_LOST", "lost"));
  await assert.rejects(snapshots.get(wish, signal), { code: "ERR_CAMERA_LOST" });
});

test("live streams get half of the turns, however many single pictures are wanted, and the other way round", async () => {
  const turns = new Turns(1);
  const order: string[] = [];
  const held = await turns.next();
  const kinds = [...Array<TurnKind>(8).fill("single"), ...Array<TurnKind>(4).fill("live")];
  const done = kinds.map(async (kind) => {
    const release = await turns.next(kind);
    order.push(kind.slice(0, 1));
    release();
  });

  held();
  await Promise.all(done);

  assert.match(order.join(""), /^(?:ls|sl){4}ssss$/);
});

test("a source whose every second picture is broken is told of once in a while, and the others are shown", async (t) => {
  let count = 0;
  const gate = () => (count++ % 2 === 0 ? Promise.reject(new Error("broken")) : Promise.resolve());
  const { hub, variants, events } = set(t, { gate });
  const viewer = new Onlooker(t, variants.get({ width: 16 }));

  for (let shown = 1; shown <= 5; shown++) {
    publish(hub, RED);
    await until(() => count === shown * 2 - 1, "a broken one");
    publish(hub, RED);
    await until(() => viewer.frames.length === shown, "the next one");
  }

  assert.equal(events.length, 1, events.join("\n"));
  assert.match(events[0] ?? "", /left out of the variant width=16: broken/);
});

test("large pictures made from a still one are not kept for as long as it is shown", async (t) => {
  const { hub, variants } = set(t);
  const frame = publish(hub, await noise(1_500));
  const before = await memory();

  for (let quality = 84; quality < 100; quality++) await variants.picture(frame, { quality, grey: true });

  const grown = (await memory()) - before;
  assert.ok(grown < 20_000_000, `${grown} bytes more`);
});

test("a rate is kept evenly and to the clock, also one that does not divide the camera's", () => {
  for (const [source, asked, least, most] of [
    [30, 30, 300, 300],
    [30, 20, 198, 201],
    [30, 10, 99, 101],
    [30, 7, 69, 71],
    [25, 30, 250, 250],
    [30, 0.5, 5, 6],
  ] as const) {
    const gate = new FpsGate(asked);
    let passed = 0;
    for (let count = 0; count < source * 10; count++) {
      const jitter = (((count * 7919) % 11) - 5) / 5;
      if (gate.passes((count * 1000) / source + jitter)) passed++;
    }
    assert.ok(passed >= least && passed <= most, `${asked} of ${source}: ${passed} in 10 s`);
  }
});

test("what changes nothing is no variant", () => {
  const nothing: readonly Variant[] = [{ fit: "cover" }, { fit: "stretch", enlarge: true }, { exif: true }];
  for (const variant of nothing) assert.equal(variantKey(simplified(variant)), "");
  assert.equal(
    variantKey(simplified({ width: 5, fit: "stretch", exif: true, quality: 80, rotate: 90 })),
    "rotate=90&width=5",
  );
  assert.equal(variantKey(simplified({ quality: 80 })), "quality=80");
  assert.equal(variantKey(simplified({ exif: true, flip: "h" })), 'exif=true&flip="h"');
});

test("without sharp a variant is refused in a sentence at once, and rates and orientations still work", async () => {
  const program = `
    const { ImageServer } = await import(${JSON.stringify(new URL("../src/index.ts", import.meta.url))});
    const server = new ImageServer({ source: () => Buffer.from(${JSON.stringify(Buffer.from(RED).toString("base64"))}, "base64") });
    await server.start(0);
    const ask = async (path) => {
      const answer = await fetch(server.url + "streams/main/" + path);
      const text = answer.status === 200 ? (await answer.body.cancel(), "") : await answer.text();
      return [answer.status, text];
    };
    console.log(JSON.stringify([await ask("live.mjpeg?width=16"), await ask("snapshot.jpg?width=16"),
      await ask("live.mjpeg"), await ask("live.mjpeg?fps=5"), await ask("snapshot.jpg?rotate=exif:90")]));
    await server.stop();`;

  const stdout = await runWithout("sharp", program);

  const answers = JSON.parse(stdout) as readonly (readonly [number, string])[];
  assert.deepEqual(
    answers.map(([status]) => status),
    [503, 503, 200, 200, 200],
  );
  for (const [, text] of answers.slice(0, 2)) assert.match(text, /run `npm install sharp`/);
});
