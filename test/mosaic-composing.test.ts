import assert from "node:assert/strict";
import test from "node:test";
import type { Member } from "../src/app/mosaic-composer.ts";
import { Mosaics } from "../src/app/mosaics.ts";
import { layoutMosaic } from "../src/images/mosaic-layout.ts";
import { coloursOf, looksLike, picture, type Rgb } from "./support/pictures.ts";
import { until } from "./support/until.ts";

const RED: Rgb = [200, 30, 30];
const BLUE: Rgb = [40, 60, 200];
/** How the cell of a stream without a picture begins, in its corner. */
const DARK: Rgb = [0x16, 0x1c, 0x25];

test("cells fit the width and keep their shape; a mosaic cannot become higher or larger than its pixels are kept for", () => {
  for (const count of [1, 2, 3, 4, 5, 7, 9, 16, 25, 36]) {
    for (const columns of [undefined, 1, 2, 3, 6]) {
      for (const width of [160, 641, 1_280, 3_840]) {
        const { height, cells } = layoutMosaic(count, columns, width);
        const what = `${count} streams in ${columns} columns, ${width} wide`;
        assert.equal(cells.length, count);
        assert.ok(width * height <= 3_840 * 2_400, `${what}: ${width * height} pixels`);
        assert.ok(height <= 3_840 && height % 2 === 0, `${what}: ${height} high`);
        for (const { x, y, width: across, height: down } of cells) {
          assert.ok(x >= 0 && x + across <= width && y >= 0 && y + down <= height, what);
          assert.ok(Math.abs(down - (across * 9) / 16) <= 1, `${what}: ${across}x${down}`);
        }
        const places = new Set(cells.map(({ x, y }) => `${x},${y}`));
        assert.equal(places.size, count, what);
      }
    }
  }
  assert.deepEqual(layoutMosaic(5, undefined, 1_280).cells.at(-1), {
    x: 428,
    y: 243,
    width: 424,
    height: 239,
  });
});

/** A stream that the test holds in its hand, and how many wish for its pictures. */
class Stream implements Member {
  newest: Member["newest"];
  wishes = 0;
  looks = 0;

  show(jpeg: Uint8Array): this {
    this.newest = { jpeg, sequence: 0, capturedAt: Date.now() };
    return this;
  }

  watch(): () => void {
    this.wishes++;
    return () => {
      this.wishes--;
    };
  }

  status(): ReturnType<Member["status"]> {
    this.looks++;
    const state = this.newest === undefined ? "starting" : "live";
    return { state, reason: null } as ReturnType<Member["status"]>;
  }

  /** Resolves when the mosaic has looked at it, composed what it saw and looked again, some times over. */
  async seen(): Promise<void> {
    const from = this.looks;
    await until(() => this.looks > from + 4, "the mosaic to look");
  }
}

const WISH = { streams: ["a", "b"], columns: 2, width: 320, fps: 30, quality: 80 } as const;

function mosaicsOf(members: ReadonlyMap<string, Member>): Mosaics {
  return new Mosaics({ members: () => members, maxViewers: 10, stallTimeoutMs: 30_000 });
}

test("one who asks for a mosaic that is watched gets that one, and another one when nobody watches it", async () => {
  const mosaics = mosaicsOf(new Map([["a", new Stream()]]));

  const one = await mosaics.get(WISH);
  const leave = one.show.watch();
  one.release();
  const equal = await mosaics.get({ ...WISH });
  const other = await mosaics.get({ ...WISH, width: 640 });
  equal.release();
  leave();

  assert.equal(equal.show, one.show);
  assert.notEqual(other.show, one.show);
  await until(async () => {
    const later = await mosaics.get(WISH);
    later.release();
    return later.show !== one.show;
  }, "what was composed to be forgotten");
});

test("nothing is composed while no cell changes, nor without a viewer", async () => {
  const [red, blue] = await Promise.all([RED, BLUE].map((colour) => picture("jpeg", 64, 36, colour)));
  assert.ok(red && blue);
  const a = new Stream().show(red);
  const b = new Stream().show(blue);
  const { show: mosaic } = await mosaicsOf(
    new Map([
      ["a", a],
      ["b", b],
    ]),
  ).get(WISH);

  const leave = mosaic.watch();
  await until(() => mosaic.status().frames > 0, "the first picture");
  await a.seen();
  const still = mosaic.status().frames;
  a.show(Uint8Array.from(blue));
  await until(() => mosaic.status().frames > still, "another picture");
  await a.seen();
  const changed = mosaic.status().frames;
  a.show(Buffer.from("not a picture"));
  await a.seen();
  const damaged = mosaic.status().frames;
  leave();
  const looks = a.looks;
  await new Promise((resolve) => setTimeout(resolve, 100)); // three times its interval

  assert.deepEqual([still, changed, damaged], [1, 2, 2]);
  assert.ok(a.looks - looks <= 1, "it goes on looking");
  assert.deepEqual([a.wishes, b.wishes], [0, 0]);
});

test("streams that go, come and change are followed while a mosaic is watched", async () => {
  const red = await picture("jpeg", 64, 36, RED);
  const before = new Stream().show(red);
  const after = new Stream().show(Uint8Array.from(red));
  const members = new Map<string, Stream>([["a", before]]);
  const mosaics = mosaicsOf(members);
  const { show: chosen } = await mosaics.get(WISH);
  const { show: all } = await mosaics.get({ ...WISH, streams: undefined });

  const leaves = [chosen.watch(), all.watch()];
  await until(() => chosen.status().frames > 0 && all.status().frames > 0, "the first pictures");
  const isComplete = await chosen.snapshot(
    { variant: {}, waitMs: 2_000, warmup: 0 },
    new AbortController().signal,
  );
  members.set("b", new Stream().show(red)).set("a", after);
  await until(() => after.wishes === 2 && before.wishes === 0, "the new stream to be watched");
  await until(() => members.get("b")?.wishes === 2, "the added stream to be watched");
  members.delete("a");
  await until(() => after.wishes === 0, "the removed stream to be left");
  for (const leave of leaves) leave();

  assert.ok(isComplete.jpeg.length > 0);
  assert.equal(members.get("b")?.wishes, 0);
});

test("a snapshot waits for the picture of every stream, and gives what there is when the time is over", async () => {
  const a = new Stream();
  const b = new Stream().show(await picture("jpeg", 64, 36, BLUE));
  const { show: mosaic } = await mosaicsOf(
    new Map([
      ["a", a],
      ["b", b],
    ]),
  ).get(WISH);
  const { signal } = new AbortController();
  const leave = mosaic.watch(); // so that both snapshots see the same composition
  await until(() => mosaic.status().frames > 0, "a first picture");

  const early = await mosaic.snapshot({ variant: {}, waitMs: 50, warmup: 0 }, signal);
  const waited = mosaic.snapshot({ variant: {}, waitMs: 10_000, warmup: 0 }, signal);
  a.show(await picture("jpeg", 64, 36, RED));
  const late = await waited;
  leave();

  assert.ok(looksLike((await coloursOf(early.jpeg))(3, 3), DARK));
  assert.ok(looksLike((await coloursOf(early.jpeg))(240, 20), BLUE));
  assert.ok(looksLike((await coloursOf(late.jpeg))(3, 3), RED));
  assert.deepEqual([a.wishes, b.wishes], [0, 0]);
});
