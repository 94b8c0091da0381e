import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  appendFile,
  chmod,
  mkdir,
  rename,
  symlink,
  truncate,
  unlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import test, { describe, type TestContext } from "node:test";
import { toJpeg } from "../src/images/to-jpeg.ts";
import { parseAddress } from "../src/sources/address.ts";
import { openFolder } from "../src/sources/folder-source.ts";
import type { ToJpeg } from "../src/sources/picture-bytes.ts";
import { picture, sameBytes, temporaryFolder } from "./support/pictures.ts";
import { Player, widthOf } from "./support/player.ts";
import { Waits } from "./support/waits.ts";

/** A small JPEG that no other number gives: its width is the number. */
const jpeg = (width: number): Promise<Buffer> => picture("jpeg", width, 16, [width, 90, 90]);

function play(t: TestContext, path: string, options = "?fps=120", convert: ToJpeg = toJpeg): Player {
  return new Player(t, openFolder(parseAddress(`folder:${path}${options}`), convert));
}

/** A folder that has nothing to show at first, and what it says while it waits. */
function playWaiting(t: TestContext, path: string): { player: Player; waits: Waits } {
  const waits = new Waits(openFolder(parseAddress(`folder:${path}?fps=120`), toJpeg));
  return { player: new Player(t, waits.source), waits };
}

test("a folder plays in natural order, in a loop, each JPEG byte for byte", async (t) => {
  const folder = await temporaryFolder(t);
  const pictures = new Map([
    ["a10.jpg", await jpeg(110)],
    ["a9.JPG", await jpeg(109)],
    ["a1.jpeg", await jpeg(101)],
    ["B2.jpg", await jpeg(202)],
  ]);
  for (const [name, bytes] of pictures) await writeFile(join(folder, name), bytes);
  const player = play(t, folder);

  const images = [await player.next(), await player.next(), await player.next(), await player.next()];

  assert.deepEqual(images.map(widthOf), [101, 109, 110, 202]);
  assert.ok(sameBytes(images[0]?.jpeg, pictures.get("a1.jpeg")));
  assert.deepEqual(await player.widths(5), [101, 109, 110, 202, 101]);
});

test("a picture is captured when it is shown, at the rate asked for, the first one at once", async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, "1.jpg"), await jpeg(101));
  const player = play(t, folder, "?fps=20");
  const startedAt = Date.now();

  const times = [];
  for (let index = 0; index < 11; index++) times.push((await player.next())?.capturedAt ?? 0);

  assert.ok((times[0] ?? 0) - startedAt < 400);
  const tookMs = (times[10] ?? 0) - (times[0] ?? 0);
  assert.ok(tookMs >= 490 && tookMs < 900, `10 pictures at 20 a second took ${tookMs} ms`);
});

test("PNG, WebP, GIF, TIFF and AVIF are converted once, whatever they are called, and kept", async (t) => {
  const folder = await temporaryFolder(t);
  const formats = ["png", "webp", "gif", "tiff", "avif"] as const;
  for (const [index, format] of formats.entries()) {
    await writeFile(join(folder, `${index}.${format}`), await picture(format, 101 + index, 16, [9, 99, 9]));
  }
  await writeFile(join(folder, "9.jpg"), await picture("png", 109, 16, [9, 99, 9]));
  let conversions = 0;
  const player = play(t, folder, "?fps=120", (bytes) => {
    conversions++;
    return toJpeg(bytes);
  });

  const widths = await player.widths(12);

  assert.deepEqual(widths, [101, 102, 103, 104, 105, 109, 101, 102, 103, 104, 105, 109]);
  assert.equal(conversions, 6);
});

test("sub-folders, hidden files and other names are not pictures; links are followed", async (t) => {
  const folder = await temporaryFolder(t);
  const elsewhere = await temporaryFolder(t);
  await mkdir(join(folder, "1.jpg"));
  await symlink(elsewhere, join(folder, "2.jpg"));
  execFileSync("mkfifo", [join(folder, "3.jpg")]);
  await writeFile(join(folder, ".4.jpg"), await jpeg(104));
  await writeFile(join(folder, "5.txt"), await jpeg(105));
  await writeFile(join(folder, "jpg"), await jpeg(106));
  await symlink(join(elsewhere, "gone.jpg"), join(folder, "7.jpg"));
  await writeFile(join(elsewhere, "real"), await jpeg(108));
  await symlink(join(elsewhere, "real"), join(folder, "8.jpg"));
  const player = play(t, folder);

  assert.deepEqual(await player.widths(4), [108, 108, 108, 108]);
  assert.deepEqual([player.notes, player.dropped], [[], []]);
});

test("files that appear later join, files that vanish are skipped", async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, "1.jpg"), await jpeg(101));
  await writeFile(join(folder, "3.jpg"), await jpeg(103));
  const player = play(t, folder);
  assert.deepEqual(await player.widths(2), [101, 103]);

  await writeFile(join(folder, "2.jpg"), await jpeg(102));
  await player.until(102);
  assert.deepEqual(await player.widths(2), [103, 101]);

  await unlink(join(folder, "2.jpg"));
  await player.until(101);
  assert.equal(widthOf(await player.next()), 103);
  assert.deepEqual([player.notes, player.dropped], [[], []]);
});

test("a file that is written anew is read anew", async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, "latest.jpg"), await jpeg(101));
  const player = play(t, folder);
  await player.until(101);

  await writeFile(join(folder, "new"), await jpeg(102));
  await rename(join(folder, "new"), join(folder, "latest.jpg"));
  await player.until(102);

  await writeFile(join(folder, "latest.jpg"), await jpeg(103));
  await player.until(103);
});

test("a half-written file is passed over until it is whole, and nobody is told", async (t) => {
  const folder = await temporaryFolder(t);
  const late = await jpeg(102);
  await writeFile(join(folder, "1.jpg"), await jpeg(101));
  await writeFile(join(folder, "2.jpg"), late.subarray(0, late.length - 20));
  const player = play(t, folder);
  assert.deepEqual(await player.widths(4), [101, 101, 101, 101]);

  await appendFile(join(folder, "2.jpg"), late.subarray(late.length - 20));
  await player.until(102);

  assert.deepEqual([player.notes, player.dropped], [[], []]);
});

test("while a file is being written again its last picture is shown", async (t) => {
  const folder = await temporaryFolder(t);
  const [first, second] = [await jpeg(101), await jpeg(102)];
  const path = join(folder, "latest.jpg");
  await writeFile(path, first);
  const player = play(t, path);
  await player.until(101);

  await writeFile(path, second.subarray(0, 200));
  assert.deepEqual(await player.widths(10), Array(10).fill(101));

  await appendFile(path, second.subarray(200));
  await player.until(102);
});

// It takes two seconds to be sure that nobody is writing a file any more, so these wait together.
describe("what cannot be shown", { concurrency: true }, () => {
  test("a file that cannot be shown is passed over, counted and named once", async (t) => {
    const folder = await temporaryFolder(t);
    await writeFile(join(folder, "1.jpg"), await jpeg(101));
    await writeFile(join(folder, "2.jpg"), (await jpeg(102)).subarray(0, 200));
    await writeFile(join(folder, "3.png"), "no picture at all");
    await writeFile(join(folder, "4.gif"), "");
    const player = play(t, folder);

    // The files are so new that they may still be in the writing: that takes two seconds to be sure of.
    for (let index = 0; index < 2_000 && player.notes.length < 3; index++) await player.next();
    await player.widths(20);

    assert.deepEqual(player.dropped, [1, 1, 1]);
    assert.deepEqual(player.notes.sort(), [
      '"2.jpg" is passed over: the JPEG is cut off or damaged',
      '"3.png" is passed over: it is not a PNG, WebP, GIF, TIFF or AVIF image',
      '"4.gif" is passed over: the file is empty',
    ]);
  });

  test("a broken file is read once, however often its turn comes", async (t) => {
    const folder = await temporaryFolder(t);
    await writeFile(join(folder, "1.jpg"), await jpeg(101));
    await writeFile(join(folder, "2.png"), "x".repeat(100));
    let reads = 0;
    const player = play(t, folder, "?fps=120", () => {
      reads++;
      return Promise.reject(new Error("it is no image"));
    });

    for (let index = 0; index < 2_000 && player.notes.length < 1; index++) await player.next();
    await player.widths(50);

    assert.equal(reads, 1);
    assert.deepEqual(player.notes, ['"2.png" is passed over: it is no image']);
  });

  test("a file of more than 64 MiB is passed over without being read", async (t) => {
    const folder = await temporaryFolder(t);
    await writeFile(join(folder, "1.jpg"), await jpeg(101));
    await writeFile(join(folder, "2.jpg"), "");
    await truncate(join(folder, "2.jpg"), 5 * 1024 ** 3);
    const player = play(t, folder);
    const before = process.memoryUsage().rss;

    for (let index = 0; index < 2_000 && player.notes.length < 1; index++) await player.next();

    assert.match(player.notes[0] ?? "", /"2.jpg" is passed over: the file is too large: 5368709120 bytes/);
    assert.ok(process.memoryUsage().rss - before < 100e6);
  });

  test("when no file can be shown, the reason of one is told", async (t) => {
    const folder = await temporaryFolder(t);
    await writeFile(join(folder, "1.png"), "no picture");
    const { player, waits } = playWaiting(t, folder);

    const end = player.next();
    const reason = await waits.next();
    player.stop();
    await end;

    assert.match(reason.message, /no file in .* can be shown; "1.png": it is not a PNG/);
    assert.deepEqual(player.dropped, [1]);
  });
});

test("with loop=false each picture is shown once, in order, and then new ones as they come", async (t) => {
  const folder = await temporaryFolder(t);
  for (const number of [2, 1]) await writeFile(join(folder, `${number}.jpg`), await jpeg(100 + number));
  const player = play(t, folder, "?fps=120&loop=false");
  assert.deepEqual(await player.widths(2), [101, 102]);

  const third = player.next();
  await writeFile(join(folder, "0.jpg"), await jpeg(100));
  const startedAt = performance.now();
  assert.equal(widthOf(await third), 100);
  assert.ok(performance.now() - startedAt < 1_500);
});

test("with loop=false a file that is long in the writing is shown when it is whole", async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, "1.jpg"), await jpeg(101));
  const half = Promise.withResolvers<undefined>();
  const player = play(t, folder, "?fps=120&loop=false", (bytes) => {
    if (bytes.length > 3) return Promise.resolve(bytes);
    half.resolve(undefined);
    return Promise.reject(new Error("half a picture"));
  });
  await player.next();

  const second = player.next();
  await writeFile(join(folder, "2.png"), "PNG");
  await half.promise;
  // The folder has not changed for long when the rest comes, only the file.
  await utimes(folder, 0, 0);
  await sleep(300);
  await appendFile(join(folder, "2.png"), "end");

  assert.deepEqual(Buffer.from((await second)?.jpeg ?? []).subarray(-3), Buffer.from("end"));
});

test("an empty folder is waited for, and that is told once", async (t) => {
  const folder = await temporaryFolder(t);
  const { player, waits } = playWaiting(t, folder);

  const first = player.next();
  const reason = await waits.next();
  await sleep(350);
  await writeFile(join(folder, "1.jpg"), await jpeg(101));

  assert.deepEqual([reason.code, reason.retryable], ["ERR_FOLDER_EMPTY", true]);
  assert.equal(
    reason.message,
    `there are no pictures in ${folder} yet; put JPEG, PNG, WebP, GIF, TIFF or AVIF files there`,
  );
  assert.equal(widthOf(await first), 101);
  assert.equal(waits.left, 0);
});

test("a folder that is missing, or goes away, is waited for", async (t) => {
  const folder = join(await temporaryFolder(t), "stick");
  const { player, waits } = playWaiting(t, folder);

  const first = player.next();
  const missing = await waits.next();
  assert.deepEqual([missing.code, missing.retryable], ["ERR_FOLDER_UNREADABLE", true]);
  assert.match(missing.message, /^folder .*stick does not exist/);

  await mkdir(folder);
  assert.equal((await waits.next()).code, "ERR_FOLDER_EMPTY");

  await writeFile(join(folder, "1.jpg"), await jpeg(101));
  assert.equal(widthOf(await first), 101);

  const second = player.until(102);
  await rename(folder, `${folder}.gone`);
  // On a busy machine it seems empty first, before the folder itself is looked at.
  let gone = await waits.next();
  if (gone.code === "ERR_FOLDER_EMPTY") gone = await waits.next();
  assert.equal(gone.code, "ERR_FOLDER_UNREADABLE");

  await mkdir(folder);
  await writeFile(join(folder, "2.jpg"), await jpeg(102));
  await second;
});

test("a folder that may not be read says so", async (t) => {
  const folder = await temporaryFolder(t);
  const root = process.geteuid?.() === 0;
  await chmod(folder, 0);
  // Root may read everything: it plays nobody for a moment.
  if (root) process.seteuid?.(65_534);
  const { player, waits } = playWaiting(t, folder);

  const end = player.next();
  const reason = await waits.next().finally(() => {
    if (root) process.seteuid?.(0);
    return chmod(folder, 0o700);
  });
  player.stop();
  await end;

  assert.deepEqual([reason.code, reason.retryable], ["ERR_FOLDER_UNREADABLE", true]);
  assert.match(reason.message, /may not be read by this user/);
});

test("one picture is a folder of one; marks in paths and the home folder are understood", async (t) => {
  const folder = join(await temporaryFolder(t), "what? #1 100%");
  await mkdir(folder);
  await writeFile(join(folder, "1.jpg"), await jpeg(101));
  await writeFile(join(folder, "2.jpg"), await jpeg(102));
  const escaped = folder.replaceAll("%", "%25").replaceAll("?", "%3F").replaceAll("#", "%23");

  assert.deepEqual(await play(t, `${escaped}/2.jpg`).widths(2), [102, 102]);
  assert.deepEqual(await play(t, escaped).widths(2), [101, 102]);

  const home = process.env["HOME"];
  process.env["HOME"] = folder;
  t.after(() => void (process.env["HOME"] = home));
  assert.deepEqual(await play(t, "~").widths(2), [101, 102]);
});

test("an abort ends a folder that waits, whatever it waits for", async (t) => {
  const [full, played] = [await temporaryFolder(t), await temporaryFolder(t)];
  for (const folder of [full, played]) await writeFile(join(folder, "1.jpg"), await jpeg(101));
  const players = [play(t, full, "?fps=0.01"), play(t, played, "?loop=false")];

  for (const player of players) {
    await player.next();
    const end = player.next();
    player.stop();
    assert.equal(await end, undefined);
  }
});

test("options out of range, unknown ones and an empty path are refused", () => {
  const open = (text: string) => () => openFolder(parseAddress(text), toJpeg);

  assert.throws(open("folder:"), { code: "ERR_ADDRESS_INVALID" });
  assert.throws(open("folder:/x?fps=0"), /fps must be a number from 0.01 to 120/);
  assert.throws(open("folder:/x?loop=maybe"), { code: "ERR_OPTION_INVALID" });
  assert.throws(open("folder:/x?shuffle"), /it has: fps, loop/);
  assert.equal(openFolder(parseAddress("folder:/x?fps=2"), toJpeg).label, "folder /x");
});
