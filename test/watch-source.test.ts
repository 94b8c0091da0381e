import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { closeSync, openSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { copyFile, mkdir, rename, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import test from "node:test";
import { promisify } from "node:util";
import { toJpeg } from "../src/images/to-jpeg.ts";
import { picture, sameBytes, temporaryFolder } from "./support/pictures.ts";
import { widthOf } from "./support/player.ts";
import { numbered, playWatched, watch, WAYS } from "./support/watched.ts";

const run = promisify(execFile);

/** Runs a shell script, with `$1`, `$2` … as its arguments. */
const shell = (script: string, ...args: string[]) => run("sh", ["-c", script, "sh", ...args]);

const openFiles = (): number => readdirSync("/proc/self/fd").length;

test("what is there already is the first picture, as old as the file", async (t) => {
  const file = join(await temporaryFolder(t), "frame.jpg");
  const bytes = await numbered(101);
  await writeFile(file, bytes);
  await utimes(file, 1_700_000_000, 1_700_000_000);

  const image = await playWatched(t, file).next();

  assert.ok(sameBytes(image?.jpeg, bytes));
  assert.equal(image?.capturedAt, 1_700_000_000_000);
});

for (const [way, watching] of WAYS) {
  test(`a file is shown again whenever it is replaced, copied over or written anew, by ${way}`, async (t) => {
    const folder = await temporaryFolder(t);
    const file = join(folder, "frame.jpg");
    for (const width of [101, 102, 103, 104])
      await writeFile(join(folder, `${width}`), await numbered(width));
    await copyFile(join(folder, "101"), file);
    const player = playWatched(t, file, watching);
    assert.equal(widthOf(await player.next()), 101);

    await shell('mv "$1" "$2"', join(folder, "102"), file);
    await player.until(102, 5);
    await shell('cp "$1" "$2"', join(folder, "103"), file);
    await player.until(103, 5);
    const before = Date.now();
    await shell('cat "$1" > "$2"', join(folder, "104"), file);
    const image = await player.next();

    assert.equal(widthOf(image), 104);
    assert.ok(Math.abs((image?.capturedAt ?? 0) - before) < 2_000);
    assert.deepEqual([player.notes, player.dropped], [[], []]);
  });

  test(`an abort ends it at once, whatever it waits for, and leaves nothing open, by ${way}`, async (t) => {
    const folder = await temporaryFolder(t);
    await writeFile(join(folder, "frame.jpg"), await numbered(101));
    await toJpeg(await picture("png", 16, 16, [0, 0, 0]));
    // The first one loads what stays loaded.
    for (const path of [folder, join(folder, "frame.jpg"), join(folder, "none", "x.jpg")]) {
      const warm = playWatched(t, path, watching);
      const pending = warm.next();
      await sleep(50);
      warm.stop();
      await pending;
    }
    const before = openFiles();

    for (const path of [folder, join(folder, "frame.jpg"), join(folder, "none", "x.jpg")]) {
      const player = playWatched(t, path, watching);
      if (!path.endsWith("x.jpg")) await player.next();
      const end = player.next();
      await sleep(20);
      assert.ok(watching !== undefined || openFiles() > before);
      player.stop();
      assert.equal(await end, undefined);
    }

    assert.equal(openFiles(), before);
  });
}

test("links are followed, to the file that is written and when they are changed", async (t) => {
  const folder = await temporaryFolder(t);
  const elsewhere = await temporaryFolder(t);
  for (const width of [101, 102, 103])
    await writeFile(join(elsewhere, `${width}.jpg`), await numbered(width));
  await symlink(join(elsewhere, "101.jpg"), join(folder, "frame.jpg"));
  const player = playWatched(t, join(folder, "frame.jpg"));
  assert.equal(widthOf(await player.next()), 101);

  await shell('ln -sfn "$1" "$2"', join(elsewhere, "102.jpg"), join(folder, "frame.jpg"));
  await player.until(102, 3);
  await copyFile(join(elsewhere, "103.jpg"), join(elsewhere, "102.jpg"));
  await player.until(103, 3);
  await copyFile(join(elsewhere, "103.jpg"), join(elsewhere, "101.jpg"));
  await symlink("../nowhere", join(folder, "other"));
  await shell('ln -sfn "$1" "$2"', join(elsewhere, "101.jpg"), join(folder, "frame.jpg"));
  await player.until(103, 3);
});

test("a folder on the way that is a link, and swapped as Kubernetes does, leads to the new file", async (t) => {
  const folder = await temporaryFolder(t);
  for (const width of [101, 102]) {
    await mkdir(join(folder, `..${width}`));
    await writeFile(join(folder, `..${width}`, "frame.jpg"), await numbered(width));
  }
  await symlink("..101", join(folder, "..data"));
  await symlink("..data/frame.jpg", join(folder, "frame.jpg"));
  const player = playWatched(t, join(folder, "frame.jpg"));
  assert.equal(widthOf(await player.next()), 101);

  await symlink("..102", join(folder, "..new"));
  await rename(join(folder, "..new"), join(folder, "..data"));
  await rm(join(folder, "..101"), { recursive: true });

  assert.equal(widthOf(await player.next()), 102);
});

test("a file that becomes a folder is watched as a folder, and the other way round", async (t) => {
  const path = join(await temporaryFolder(t), "pictures");
  await writeFile(path, await numbered(101));
  const player = playWatched(t, path);
  assert.equal(widthOf(await player.next()), 101);

  const second = player.next();
  await rm(path);
  await mkdir(path);
  await writeFile(join(path, "a.jpg"), await numbered(102));
  assert.equal(widthOf(await second), 102);

  const third = player.next();
  await rm(path, { recursive: true });
  await writeFile(path, await numbered(103));
  assert.equal(widthOf(await third), 103);
});

for (const [way, watching] of WAYS) {
  test(`of a folder the newest picture is shown, then each as it appears, by ${way}`, async (t) => {
    const folder = await temporaryFolder(t);
    for (const [name, width] of [
      ["c.jpg", 101],
      ["a.jpg", 102],
      ["b.jpg", 103],
    ] as const) {
      await writeFile(join(folder, name), await numbered(width));
      await utimes(join(folder, name), 1_000, name === "a.jpg" ? 2_000 : 1_000);
    }
    const player = playWatched(t, folder, watching);
    assert.equal(widthOf(await player.next()), 102);

    await writeFile(join(folder, "0.jpg"), await numbered(104));
    await player.until(104, 3);
    const next = player.next();
    await writeFile(join(folder, "upload.part"), await numbered(105));
    await writeFile(join(folder, ".hidden.jpg"), await numbered(106));
    await writeFile(join(folder, "notes.txt"), "no picture");
    await mkdir(join(folder, "folder.jpg"));
    await sleep(50);
    await rename(join(folder, "upload.part"), join(folder, "z.jpg"));
    assert.equal(widthOf(await next), 105);
    await writeFile(join(folder, "p.png"), await picture("png", 107, 16, [1, 2, 3]));
    await player.until(107, 1);
    await writeFile(join(folder, "c.jpg"), await numbered(108));
    await player.until(108, 1);

    assert.deepEqual([player.notes, player.dropped], [[], []]);
  });
}

test("where the newest file of a folder cannot be shown, an older one is", async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, "1.jpg"), await numbered(101));
  await utimes(join(folder, "1.jpg"), 1_000, 1_000);
  await writeFile(join(folder, "2.jpg"), (await numbered(102)).subarray(0, 300));

  assert.equal(widthOf(await playWatched(t, folder).next()), 101);
});

test("the newest of two thousand files is found, and one that comes meanwhile is not missed", async (t) => {
  const folder = await temporaryFolder(t);
  await shell('cd "$1" && seq -f %.0f.jpg 2000 | xargs touch -d @1000', folder);
  await writeFile(join(folder, "777.jpg"), await numbered(101));
  const player = playWatched(t, folder);

  assert.equal(widthOf(await player.next()), 101);
  await writeFile(join(folder, "new.jpg"), await numbered(102));
  await player.until(102, 3);
});

test("when more happens at once than the system can tell, the newest file is found all the same", async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, "first.jpg"), await numbered(101));
  await writeFile(join(folder, "last.part"), await numbered(102));
  const player = playWatched(t, folder);
  await player.next();

  // The queue of the system overflows, as nothing is read from it meanwhile; it holds 16 384 events, or what is set here.
  const most = Number(readFileSync("/proc/sys/fs/inotify/max_queued_events", "utf8"));
  for (let count = 0; count <= most; count++) closeSync(openSync(join(folder, `${count % 2}.txt`), "w"));
  renameSync(join(folder, "last.part"), join(folder, "last.jpg"));

  assert.equal(widthOf(await player.next()), 102);
});

test("two streams of one file both get every picture", async (t) => {
  const file = join(await temporaryFolder(t), "frame.jpg");
  await writeFile(file, await numbered(101));
  const players = [playWatched(t, file), playWatched(t, file)];
  for (const player of players) assert.equal(widthOf(await player.next()), 101);

  await writeFile(file, await numbered(102));

  for (const player of players) await player.until(102, 3);
  assert.ok((await stat(file)).isFile());
});

for (const [where, hook] of [
  [
    "without koffi",
    'import{registerHooks}from"node:module";registerHooks({resolve(s,c,n){if(s==="koffi")throw new Error("gone");return n(s,c)}})',
  ],
  ["off Linux", 'Object.defineProperty(process,"platform",{value:"darwin"})'],
] as const) {
  test(`${where} it works all the same`, async (t) => {
    const folder = await temporaryFolder(t);
    await writeFile(join(folder, "frame.jpg"), await numbered(101));
    await writeFile(join(folder, "next"), await numbered(102));
    const script = `
      import { renameSync } from "node:fs";
      import { readJpegInfo } from ${JSON.stringify(import.meta.resolve("../src/core/jpeg-markers.ts"))};
      import { parseAddress } from ${JSON.stringify(import.meta.resolve("../src/sources/address.ts"))};
      import { openWatch } from ${JSON.stringify(import.meta.resolve("../src/sources/watch-source.ts"))};
      const [folder] = process.argv.slice(1);
      const widths = [];
      const abort = new AbortController();
      for await (const { jpeg } of openWatch(parseAddress("watch:" + folder + "/frame.jpg")).capture(abort.signal, {})) {
        widths.push(readJpegInfo(jpeg).width);
        if (widths.length === 1) renameSync(folder + "/next", folder + "/frame.jpg");
        else break;
      }
      console.log(widths.join());`;
    const args = ["--import", `data:text/javascript,${hook}`, "--input-type=module", "-e", script, folder];

    const { stdout } = await run(process.execPath, args, { timeout: 20_000 });

    assert.equal(stdout.trim(), "101,102");
  });
}

test("an empty path and unknown options are refused; the home folder is understood", async (t) => {
  const home = process.env["HOME"];
  process.env["HOME"] = await temporaryFolder(t);
  t.after(() => void (process.env["HOME"] = home));
  await writeFile(join(process.env["HOME"], "frame.jpg"), await numbered(101));

  assert.throws(() => watch(""), { code: "ERR_ADDRESS_INVALID" });
  assert.throws(() => watch("/x?fps=1"), { code: "ERR_OPTION_INVALID" });
  assert.equal(watch("~/frame.jpg").label, "watch ~/frame.jpg");
  assert.equal(widthOf(await playWatched(t, "~/frame.jpg").next()), 101);
});
