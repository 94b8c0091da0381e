import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { copyFile, open, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import test from "node:test";
import { promisify } from "node:util";
import { isWholeJpeg } from "../src/core/jpeg-markers.ts";
import { picture, sameBytes, temporaryFolder } from "./support/pictures.ts";
import { widthOf } from "./support/player.ts";
import { needs, pathOf } from "./support/programs.ts";
import { numbered, playWatched, WAYS } from "./support/watched.ts";

const run = promisify(execFile);

/** Runs a shell script, with `$1`, `$2` … as its arguments. */
const shell = (script: string, ...args: string[]) => run("sh", ["-c", script, "sh", ...args]);

for (const [way, watching] of WAYS) {
  test(`a file that is written slowly, in pieces, is never shown half, by ${way}`, async (t) => {
    const folder = await temporaryFolder(t);
    const file = join(folder, "frame.jpg");
    for (const width of [101, 102]) await writeFile(join(folder, `${width}`), await numbered(width));
    await copyFile(join(folder, "101"), file);
    const player = playWatched(t, file, watching);
    assert.equal(widthOf(await player.next()), 101);
    const pieces =
      '{ head -c 200 "$1"; sleep 0.15; head -c 900 "$1" | tail -c +201; sleep 0.15; tail -c +901 "$1"; }';

    const writing = shell(`${pieces} > "$2"`, join(folder, "102"), file);
    const image = await player.next();
    await writing;

    assert.ok(sameBytes(image?.jpeg, await numbered(102)));
    assert.deepEqual([player.notes, player.dropped], [[], []]);
  });

  test(`a writer that never closes the file is served, its pictures without the rest of older ones, by ${way}`, async (t) => {
    const file = join(await temporaryFolder(t), "frame.jpg");
    const handle = await open(file, "w+");
    t.after(() => handle.close());
    const player = playWatched(t, file, watching);

    // Each is shorter than the one before, whose end stays behind it; the third is cut to its length.
    for (const width of [900, 500, 300]) {
      const bytes = await numbered(width);
      if (width === 300) await handle.truncate(0);
      await handle.write(bytes, 0, bytes.length, 0);

      assert.ok(sameBytes((await player.next())?.jpeg, bytes), `picture ${width}`);
    }
    assert.deepEqual(player.dropped, []);
  });
}

test("what is written again while it is read is not shown, but what is there when it is closed", async (t) => {
  const file = join(await temporaryFolder(t), "frame.jpg");
  const second = await numbered(102);
  await writeFile(file, await numbered(101));
  await utimes(file, 1_000, 1_000);
  let isRead = false;
  // No test could meet the moment by itself: the writer comes between the first look and the question for news.
  const player = playWatched(t, file, {
    open: (taker) => ({
      watch: () => true,
      keepOnly: () => undefined,
      take() {
        if (isRead) return;
        isRead = true;
        writeFileSync(file, second.subarray(0, 200));
        taker.happened(dirname(file), "frame.jpg", "changed");
        setTimeout(() => {
          writeFileSync(file, second);
          taker.happened(dirname(file), "frame.jpg", "closed");
        }, 50);
      },
      close: async () => undefined,
    }),
    tells: async () => true,
    isExact: true,
  });

  assert.equal(widthOf(await player.next()), 102);
});

test("pieces in place, over a picture that stays whole meanwhile, are never mixed", async (t) => {
  const file = join(await temporaryFolder(t), "frame.jpg");
  const [first, second] = [await numbered(640), await numbered(641)];
  await writeFile(file, first);
  const handle = await open(file, "r+");
  t.after(() => handle.close());
  const player = playWatched(t, file);
  await player.next();

  const next = player.next();
  const piece = Math.ceil(second.length / 5);
  for (let at = 0; at < second.length; at += piece) {
    await handle.write(second, at, Math.min(piece, second.length - at), at);
    // Longer than a writer may pause; what is there looks whole, and ends as the first picture did.
    await sleep(40);
  }

  assert.ok(sameBytes((await next)?.jpeg, second));
});

test(
  "ffmpeg that updates one picture is shown picture by picture, each whole",
  needs("ffmpeg"),
  async (t) => {
    const file = join(await temporaryFolder(t), "frame.jpg");
    const input = ["-re", "-f", "lavfi", "-i", "testsrc=size=640x360:rate=20"];
    const args = ["-loglevel", "error", ...input, "-t", "4", "-update", "1", "-y", file];
    const ffmpeg = spawn(pathOf("ffmpeg"), args, { stdio: "ignore", timeout: 20_000 });
    t.after(() => ffmpeg.kill("SIGKILL"));
    const player = playWatched(t, file);

    const seen = new Set<string>();
    for (let index = 0; index < 30; index++) {
      const image = await player.next();
      assert.ok(image !== undefined && isWholeJpeg(image.jpeg) && widthOf(image) === 640);
      seen.add(Buffer.from(image.jpeg).toString("latin1"));
    }

    assert.equal(seen.size, 30);
    assert.deepEqual(player.dropped, []);
  },
);

test("pictures in place that end alike are shown all the same", async (t) => {
  const file = join(await temporaryFolder(t), "frame.jpg");
  const bytes = await numbered(640);
  // The density of the pixels, which nobody looks at.
  const density = bytes.indexOf("JFIF") + 8;
  const handle = await open(file, "w+");
  t.after(() => handle.close());
  const player = playWatched(t, file);

  let [shown, number] = [0, 0];
  const showing = (async () => {
    for (; shown < 5; shown++) assert.ok(isWholeJpeg((await player.next())?.jpeg ?? new Uint8Array()));
  })();
  for (; shown < 5 && number < 100; number++) {
    bytes.writeUInt16BE(number, density);
    await handle.write(bytes, 0, bytes.length, 0);
    await sleep(50);
  }

  player.stop();
  await showing;
});

// A file that is written over is whole only between two writings, so there must be a moment between them.
for (const [how, pauseMs, write] of [
  [
    "renames without a pause",
    0,
    'fs.writeFileSync(path + ".new", bytes); fs.renameSync(path + ".new", path);',
  ],
  ["overwrites hundreds of times a second", 1, "fs.writeFileSync(path, bytes);"],
  [
    "patches hundreds of times a second",
    1,
    `const file = fs.openSync(path, count === 0 ? "w" : "r+"); const half = bytes.length / 2;
     fs.writeSync(file, bytes, 0, half, 0); fs.writeSync(file, bytes, half, half, half); fs.closeSync(file);`,
  ],
] as const) {
  test(`a writer that ${how} costs little, and every picture is whole`, async (t) => {
    const file = join(await temporaryFolder(t), "frame.jpg");
    const pictures = [await padded(640), await padded(800)];
    for (const [index, bytes] of pictures.entries()) await writeFile(`${file}.${index}`, bytes);
    const script = `const fs = require("fs"); const [path] = process.argv.slice(1);
      const all = [0, 1].map((index) => fs.readFileSync(path + "." + index));
      const moment = new Int32Array(new SharedArrayBuffer(4));
      for (let count = 0; ; count++) { const bytes = all[count % 2]; ${write} Atomics.wait(moment, 0, 0, ${pauseMs}); }`;
    const writer = spawn(process.execPath, ["-e", script, file], { stdio: "ignore", timeout: 30_000 });
    const player = playWatched(t, file);
    let count = 0;
    try {
      await player.next();
      const [startedAt, cpu] = [performance.now(), process.cpuUsage()];

      for (; performance.now() - startedAt < 1_500; count++) {
        const image = await player.next();
        const isOneOfThem = pictures.some((bytes) => sameBytes(bytes, image?.jpeg));
        assert.ok(isOneOfThem, "it is one of the two that are written");
      }

      const seconds = (performance.now() - startedAt) / 1000;
      const { user, system } = process.cpuUsage(cpu);
      t.diagnostic(
        `${(count / seconds).toFixed(0)} fps, ${((user + system) / 1e4 / seconds).toFixed(0)} % of a core`,
      );
      assert.ok(count / seconds < 125, `${count} pictures in ${seconds} s`);
    } finally {
      writer.kill("SIGKILL");
      await once(writer, "exit");
    }
  });
}

/** A JPEG of 30 KB sharp, so that one written over another in place looks whole at every moment. */
async function padded(width: number): Promise<Buffer> {
  const bytes = await picture("jpeg", width, 900, [width % 250, 9, 9]);
  const comment = Buffer.alloc(30_000 - bytes.length, width % 250);
  comment.writeUInt16BE(0xfffe, 0);
  comment.writeUInt16BE(comment.length - 2, 2);
  return Buffer.concat([bytes.subarray(0, 2), comment, bytes.subarray(2)]);
}
