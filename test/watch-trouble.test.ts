import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmod, mkdir, rename, rm, symlink, truncate, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import test, { describe, type TestContext } from "node:test";
import { ImageServer } from "../src/index.ts";
import type { Watching } from "../src/sources/watch/watched-path.ts";
import { picture, temporaryFolder } from "./support/pictures.ts";
import { Player, widthOf } from "./support/player.ts";
import { until } from "./support/until.ts";
import { watch } from "./support/watched.ts";
import { Waits } from "./support/waits.ts";

const jpeg = (width: number): Promise<Buffer> => picture("jpeg", width, 16, [width, 90, 90]);

/** A watched path, and what it says while it waits. */
function play(t: TestContext, path: string, watching?: Watching): { player: Player; waits: Waits } {
  const waits = new Waits(watch(path, watching));
  return { player: new Player(t, waits.source), waits };
}

async function put(path: string, bytes: Uint8Array | string): Promise<void> {
  await writeFile(`${path}.new`, bytes);
  await rename(`${path}.new`, path);
}

test("a file that is not there is waited for, and missed when it is gone", async (t) => {
  const file = join(await temporaryFolder(t), "frame.jpg");
  const { player, waits } = play(t, file);

  const first = player.next();
  const missing = await waits.next();
  await writeFile(file, await jpeg(101));

  assert.deepEqual([missing.code, missing.retryable], ["ERR_FILE_UNREADABLE", true]);
  assert.equal(missing.message, `${file} is not there; it is shown as soon as something writes it`);
  assert.equal(widthOf(await first), 101);

  const second = player.next();
  await unlink(file);
  assert.equal((await waits.next()).code, "ERR_FILE_UNREADABLE");
  await writeFile(file, await jpeg(102));
  assert.equal(widthOf(await second), 102);
});

test("a file that is removed before each new one is not missed", async (t) => {
  const file = join(await temporaryFolder(t), "frame.jpg");
  await writeFile(file, await jpeg(101));
  const { player, waits } = play(t, file);
  await player.next();

  for (const width of [102, 103, 104]) {
    const next = player.next();
    await unlink(file);
    await sleep(30);
    await writeFile(file, await jpeg(width));
    assert.equal(widthOf(await next), width);
  }
  const last = player.next();
  await sleep(1_200);
  player.stop();
  await last;

  assert.equal(waits.left, 0);
});

test("folders on the way may come later, go away and be made again", async (t) => {
  const top = await temporaryFolder(t);
  const folder = join(top, "a", "b");
  const { player, waits } = play(t, join(folder, "frame.jpg"));

  for (const width of [101, 102]) {
    const next = player.next();
    assert.equal((await waits.next()).code, "ERR_FILE_UNREADABLE");
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "frame.jpg"), await jpeg(width));
    assert.equal(widthOf(await next), width);
    await rm(join(top, "a"), { recursive: true });
  }
});

test("a folder that another takes the place of is left alone, with what is written into it", async (t) => {
  const folder = join(await temporaryFolder(t), "pictures");
  for (const path of [folder, `${folder}.new`]) await mkdir(path);
  await writeFile(join(folder, "frame.jpg"), await jpeg(101));
  await writeFile(join(`${folder}.new`, "frame.jpg"), await jpeg(102));
  const { player } = play(t, join(folder, "frame.jpg"));
  assert.equal(widthOf(await player.next()), 101);

  await rename(folder, `${folder}.old`);
  await rename(`${folder}.new`, folder);
  assert.equal(widthOf(await player.next()), 102);
  const next = player.next();
  for (let count = 0; count < 5; count++)
    await writeFile(join(`${folder}.old`, "frame.jpg"), await jpeg(103));
  await sleep(100);
  await writeFile(join(folder, "frame.jpg"), await jpeg(104));

  assert.equal(widthOf(await next), 104);
});

test("an empty folder is waited for; one that goes away is missed; one that is emptied keeps its last picture", async (t) => {
  const folder = join(await temporaryFolder(t), "pictures");
  await mkdir(folder);
  const { player, waits } = play(t, folder);

  const first = player.next();
  const empty = await waits.next();
  await writeFile(join(folder, "1.jpg"), await jpeg(101));
  assert.equal(widthOf(await first), 101);
  assert.equal(empty.code, "ERR_FOLDER_EMPTY");

  const second = player.next();
  await unlink(join(folder, "1.jpg"));
  await sleep(1_200);
  assert.equal(waits.left, 0);
  await rm(folder, { recursive: true });
  assert.equal((await waits.next()).code, "ERR_FILE_UNREADABLE");
  await mkdir(folder);
  await writeFile(join(folder, "2.jpg"), await jpeg(102));
  assert.equal(widthOf(await second), 102);
});

test("what may not be read says so, and is shown when it may", async (t) => {
  const folder = await temporaryFolder(t);
  await chmod(folder, 0o755);
  const file = join(folder, "frame.jpg");
  await writeFile(file, await jpeg(101));
  await chmod(file, 0);
  const root = process.geteuid?.() === 0;
  // Root may read everything: it plays nobody for a moment.
  if (root) process.seteuid?.(65_534);
  const { player, waits } = play(t, file);

  const first = player.next();
  const reason = await waits.next().finally(() => {
    if (root) process.seteuid?.(0);
  });
  const refused: unknown = root
    ? reason
    : await watch(file)
        .check?.()
        .catch((error: unknown) => error);
  await chmod(file, 0o644);

  assert.equal(reason.code, "ERR_FILE_UNREADABLE");
  assert.match(
    reason.message,
    /frame\.jpg may not be read by this user; give it the right to \(chmod a\+r\)/,
  );
  assert.ok(refused instanceof Error && refused.message === reason.message);
  assert.equal(widthOf(await first), 101);
});

test("a pipe, a device and a circle of links are no pictures, and what takes their place is", async (t) => {
  const folder = await temporaryFolder(t);
  const [pipe, device, circle] = ["pipe", "device", "circle"].map((name) => join(folder, name));
  assert.ok(pipe !== undefined && device !== undefined && circle !== undefined);
  execFileSync("mkfifo", [pipe]);
  await symlink("/dev/zero", device);
  await symlink("circle", circle);

  for (const [path, why] of [
    [pipe, /is no file and no folder, but a pipe/],
    [device, /is no file and no folder, but a device/],
    [circle, /cannot be read: its links lead in a circle/],
  ] as const) {
    const { player, waits } = play(t, path);
    const first = player.next();

    assert.match((await waits.next()).message, why);
    await assert.rejects(async () => watch(path).check?.(), { code: "ERR_FILE_UNREADABLE", message: why });
    await put(path, await jpeg(101));
    assert.equal(widthOf(await first), 101);
  }
});

test("at the start a missing folder is wrong, and a file that is still to come is not", async (t) => {
  const folder = await temporaryFolder(t);

  await watch(folder).check?.();
  await watch(join(folder, "frame.jpg")).check?.();

  await assert.rejects(async () => watch(join(folder, "none", "frame.jpg")).check?.(), {
    code: "ERR_FILE_UNREADABLE",
  });
});

test("the server shows why there is no picture, and the picture when there is one", async (t) => {
  const file = join(await temporaryFolder(t), "frame.jpg");
  const server = new ImageServer({ source: `watch:${file}#preload` });
  await server.start(0);
  t.after(() => server.stop());
  await until(() => server.streams[0]?.state === "down", "the stream is down");
  assert.equal(server.streams[0]?.code, "ERR_FILE_UNREADABLE");

  await writeFile(file, await jpeg(101));

  await until(() => server.streams[0]?.state === "live", "the stream is live");
  assert.equal(server.streams[0].width, 101);
});

test("where nothing tells of changes and the folder is far away, what was missing comes all the same", async (t) => {
  const file = join(await temporaryFolder(t), "frame.jpg");
  const { player, waits } = play(t, file, {
    open: () => undefined,
    tells: async () => false,
    isExact: false,
  });

  const first = player.next();
  await waits.next();
  await writeFile(file, await jpeg(101));

  assert.equal(widthOf(await first), 101);
});

// It takes two seconds to be sure that nobody is writing a file any more, so these wait together.
describe("what cannot be shown", { concurrency: true }, () => {
  test("is passed over, counted and named once; the last picture stays", async (t) => {
    const file = join(await temporaryFolder(t), "frame.jpg");
    await writeFile(file, await jpeg(101));
    const { player, waits } = play(t, file);
    await player.next();

    const next = player.next();
    for (const bytes of ["no picture at all", "", (await jpeg(102)).subarray(0, 200), "x".repeat(100_000)]) {
      await put(file, bytes);
      await until(() => player.dropped.length > 0, "it is counted");
      player.dropped.length = 0;
    }
    await put(file, await jpeg(103));

    assert.equal(widthOf(await next), 103);
    const why = "it is not a PNG, WebP, GIF, TIFF or AVIF image";
    assert.deepEqual(player.notes, [`"frame.jpg" is passed over: ${why}`]);
    assert.equal(waits.left, 0);
  });

  test("is waited for where there was no picture before", async (t) => {
    const file = join(await temporaryFolder(t), "frame.jpg");
    await writeFile(file, (await jpeg(101)).subarray(0, 200));
    const { player, waits } = play(t, file);

    const first = player.next();
    const reason = await waits.next();
    await writeFile(file, await jpeg(101));

    assert.equal(reason.code, "ERR_IMAGE_INVALID");
    assert.match(reason.message, /"frame.jpg" cannot be shown: the JPEG is cut off or damaged/);
    assert.equal(widthOf(await first), 101);
  });

  test("is not even read where it is larger than 16 MiB", async (t) => {
    const file = join(await temporaryFolder(t), "frame.jpg");
    await writeFile(file, await jpeg(101));
    await truncate(file, 5 * 1024 ** 3);
    const { player, waits } = play(t, file);
    const before = process.memoryUsage().rss;

    const first = player.next();
    const reason = await waits.next();
    await put(file, await jpeg(102));

    assert.match(reason.message, /the file is too large: 5368709120 bytes, at most 16777216 are read/);
    assert.equal(widthOf(await first), 102);
    assert.ok(process.memoryUsage().rss - before < 100e6);
  });
});
