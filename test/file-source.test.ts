import assert from "node:assert/strict";
import { chmod, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test, { before, describe, after, type TestContext } from "node:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { SourceError } from "../src/core/errors.ts";
import type { CapturedImage } from "../src/core/frame.ts";
import { parseAddress } from "../src/sources/address.ts";
import { openFile } from "../src/sources/ffmpeg/file-source.ts";
import { checkFile } from "../src/sources/ffmpeg/file-trouble.ts";
import { Player, widthOf } from "./support/player.ts";
import { needs, pathOf } from "./support/programs.ts";
import { brightness, ffmpeg, video } from "./support/videos.ts";

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "kinora-videos-"));
});
after(() => rm(folder, { recursive: true, force: true }));

const play = (t: TestContext, path: string, options = ""): Player =>
  new Player(t, openFile(parseAddress(`file:${path}${options}`)));

/** All pictures of a file that ends, and how long they took from the first to the last. */
async function all(player: Player): Promise<{ images: CapturedImage[]; seconds: number }> {
  const images = [];
  for (let image = await player.next(); image !== undefined; image = await player.next()) images.push(image);
  const [first, last] = [images[0], images.at(-1)];
  return { images, seconds: ((last?.capturedAt ?? 0) - (first?.capturedAt ?? 0)) / 1_000 };
}

const MJPEG = ["-c:v", "mjpeg", "-q:v", "4", "-pix_fmt", "yuvj420p"];

const formats: readonly (readonly [string, readonly string[] | undefined])[] = [
  ["mp4", undefined],
  ["mkv", undefined],
  ["webm", ["-c:v", "libvpx", "-deadline", "realtime"]],
  ["avi", MJPEG],
  ["gif", []],
];
describe("a video file", { ...needs("ffmpeg"), concurrency: 2 }, () => {
  for (const [type, output] of formats) {
    test(`plays at its own speed and in its order as ${type}, then ends and says so`, async (t) => {
      const path = await video(folder, `one.${type}`, { seconds: 1, ...(output && { output }) });
      const player = play(t, path);

      const { images, seconds } = await all(player);

      const shown = images.length + player.dropped.length;
      assert.ok(shown >= 24 && shown <= 26, `${shown} pictures`);
      // From version 7 on, the last five pictures, which the decoder holds, come at once.
      assert.ok(seconds > 0.7 && seconds < 1.9, `${seconds} s`);
      const shades = await Promise.all(images.map(({ jpeg }) => brightness(jpeg)));
      for (const [index, shade] of shades.entries()) assert.ok(shade >= (shades[index - 1] ?? 0) - 0.01);
      assert.ok((shades[0] ?? 1) < 0.2 && (shades.at(-1) ?? 0) > 0.8);
      assert.deepEqual(player.notes, [`file ${path} was played to its end`]);
    });
  }

  test("whose pictures are JPEGs passes them on as they are", async (t) => {
    const path = await video(folder, "copied.avi", { seconds: 0.4, output: MJPEG });
    const bytes = await readFile(path);

    const { images } = await all(play(t, path));

    assert.ok(images.length >= 8);
    for (const { jpeg } of images)
      assert.ok(bytes.includes(Buffer.from(jpeg)), "a picture is not one of the file's");
  });

  test("whose pictures are JPEGs is encoded where another size is asked for", async (t) => {
    const path = await video(folder, "sized.avi", { seconds: 0.4, output: MJPEG });

    const player = play(t, path, "#size=160x160");

    assert.equal(widthOf(await player.next()), 160);
  });

  test("plays faster and slower, from a later start, at a lower rate", async (t) => {
    const path = await video(folder, "two.mp4", { seconds: 2 });

    const fast = await all(play(t, path, "#speed=4"));
    const late = await all(play(t, path, "#start=1s&fps=5"));
    const slow = play(t, path, "#speed=0.5&start=1.5s");
    const slowly = await all(slow);

    assert.ok(fast.seconds > 0.35 && fast.seconds < 0.9, `${fast.seconds} s at 4 times the speed`);
    assert.ok(await startsAt(late.images, 0.5));
    assert.ok(late.images.length >= 4 && late.images.length <= 6, `${late.images.length} pictures`);
    assert.ok(slowly.seconds > 0.45 && slowly.seconds < 1.9, `${slowly.seconds} s at half the speed`);
  });

  test("that changes its size in the middle goes on in the first size", async (t) => {
    const small = await video(folder, "small.ts", { size: "160x120", seconds: 0.4 });
    const large = await video(folder, "large.ts", { size: "320x240", seconds: 0.4 });
    const path = join(folder, "both.ts");
    await writeFile(path, Buffer.concat([await readFile(small), await readFile(large)]));

    const { images } = await all(play(t, path));

    assert.ok(images.length >= 15, `${images.length} pictures`);
    assert.deepEqual([...new Set(images.map(widthOf))], [160]);
  });
});

// One at a time: which ffmpeg is used holds for the whole process.
describe("a video file in a loop", needs("ffmpeg"), () => {
  for (const [type, output] of [
    ["mp4", undefined],
    ["avi", MJPEG],
    ["gif", []],
  ] as const) {
    test(`begins again without a gap, and without another ffmpeg, as ${type}`, async (t) => {
      const starts = await countStarts(t);
      const path = await video(folder, `loop.${type}`, { seconds: 0.6, ...(output && { output }) });
      const player = play(t, path, "#loop");
      const images: CapturedImage[] = [];

      while (images.length < 35) images.push((await player.next()) ?? assert.fail("the file ended"));

      const pauses = images.map(
        ({ capturedAt }, i) => capturedAt - (images[i - 1]?.capturedAt ?? capturedAt),
      );
      assert.ok(Math.max(...pauses) < 400, `a pause of ${Math.max(...pauses)} ms`);
      // What is copied is started a second time, when that is known.
      assert.equal(await starts(path), type === "avi" ? 2 : 1);
      assert.deepEqual(player.notes, []);
    });
  }

  test("begins again at the start that was asked for", async (t) => {
    const path = await video(folder, "again.mp4", { seconds: 2 });
    const player = play(t, path, "#loop&start=1.6s");
    const shades: number[] = [];

    while (shades.length < 25) shades.push(await brightness((await player.next())?.jpeg ?? Buffer.alloc(0)));

    assert.ok(Math.min(...shades) > 0.7, `a shade of ${Math.min(...shades)}`);
  });
});

/** Counts from now on how often ffmpeg is started for a file. */
async function countStarts(t: TestContext): Promise<(path: string) => Promise<number>> {
  const wrapper = join(await mkdtemp(join(folder, "wrapper-")), "ffmpeg");
  await writeFile(wrapper, `#!/bin/sh\necho "$*" >> ${wrapper}.log\nexec ${pathOf("ffmpeg")} "$@"\n`);
  await chmod(wrapper, 0o755);
  process.env["KINORA_FFMPEG"] = wrapper;
  t.after(() => delete process.env["KINORA_FFMPEG"]);
  return async (path) => {
    const lines = (await readFile(`${wrapper}.log`, "utf8")).split("\n");
    return lines.filter((line) => line.includes(`file:${path} `)).length;
  };
}

async function startsAt(images: readonly CapturedImage[], shade: number): Promise<boolean> {
  const first = await brightness(images[0]?.jpeg ?? Buffer.alloc(0));
  return Math.abs(first - shade) < 0.08;
}

describe("what cannot be played is told in a sentence", needs("ffmpeg"), () => {
  /** The error of a file, with whether `check` says the same. */
  async function problem(t: TestContext, path: string): Promise<string> {
    const error: unknown = await play(t, path)
      .next()
      .catch((reason: unknown) => reason);
    assert.ok(error instanceof SourceError, "a picture came");
    const { code, message, retryable } = error;
    return `${code}${retryable ? "" : " for good"}: ${message.replaceAll(folder, "…")}`;
  }

  test("a file that is not there, a folder, an empty file, a picture: before anything is started", async (t) => {
    await writeFile(join(folder, "empty.mp4"), "");
    await writeFile(join(folder, "a.jpg"), "x");

    for (const [name, sentence] of [
      ["nothing.mp4", "ERR_FILE_UNREADABLE: file …/nothing.mp4 is not there; is the path right?"],
      ["", "ERR_FILE_UNREADABLE: file …/ is a folder; write folder:… to show the pictures in it"],
      ["empty.mp4", "ERR_FILE_UNREADABLE: file …/empty.mp4 is empty"],
      ["a.jpg", "ERR_VIDEO_INVALID for good: file …/a.jpg is a picture, not a video; write folder:…/a.jpg"],
    ] as const) {
      const path = join(folder, name) + (name === "" ? "/" : "");
      const checked = openFile(parseAddress(`file:${path}`)).check?.() ?? Promise.resolve();

      await assert.rejects(checked, /file /);
      assert.equal(await problem(t, path), sentence);
    }
  });

  test("a file of somebody else", async () => {
    const path = join(folder, "secret.mp4");
    await writeFile(path, "x");
    await chmod(path, 0);
    const root = process.geteuid?.() === 0;
    // Root may read everything; the check is made as somebody else.
    if (root) process.seteuid?.(65_534);
    const refusal = checkFile(path, "file secret.mp4");
    await refusal.catch(() => undefined).finally(() => root && process.seteuid?.(0));

    await assert.rejects(refusal, {
      code: "ERR_FILE_UNREADABLE",
      message: /may not be read by this user/,
    });
  });

  test("a file that is no video", async (t) => {
    const path = join(folder, "letter.avi");
    await writeFile(path, "Dear Sir or Madam\n".repeat(1_000));

    assert.match(
      await problem(t, path),
      /^ERR_VIDEO_INVALID: file …\/letter.avi is no video that ffmpeg can read/,
    );
  });

  test("an MP4 that is cut off", async (t) => {
    const path = await video(folder, "cut.mp4", { seconds: 1 });
    await truncate(path, Math.round((await readFile(path)).length / 2));

    assert.match(
      await problem(t, path),
      /^ERR_VIDEO_INVALID: file …\/cut.mp4 is cut off, still being written/,
    );
  });

  test("sound alone", async (t) => {
    const path = join(folder, "sound.mp4");
    await ffmpeg(["-f", "lavfi", "-i", "sine=d=1", "-c:a", "aac", path]);

    assert.match(await problem(t, path), /^ERR_VIDEO_INVALID for good: .* has no pictures in it/);
  });

  test("an MKV that is cut off plays up to there", async (t) => {
    const path = await video(folder, "cut.mkv", { seconds: 1 });
    await truncate(path, Math.round((await readFile(path)).length * 0.7));

    const { images } = await all(play(t, path));

    assert.ok(images.length >= 5 && images.length < 25, `${images.length} pictures`);
  });

  test("a picture so large that it would take gigabytes", async (t) => {
    const path = join(folder, "bomb.png.mkv");
    await ffmpeg([
      ...["-f", "lavfi", "-i", "color=s=8200x8200:d=0.04:r=25", "-frames:v", "1", "-pix_fmt", "gray"],
      ...["-c:v", "png", path],
    ]);

    assert.match(
      await problem(t, path),
      /^ERR_VIDEO_INVALID: .* has pictures of more than 67 megapixels \(8192×8192\)/,
    );
  });

  test("a playlist that names something of the network, which is not opened", async (t) => {
    const path = join(folder, "evil.m3u8");
    await writeFile(
      path,
      "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:1/a.ts\n#EXT-X-ENDLIST\n",
    );

    assert.match(await problem(t, path), /^ERR_/);
  });

  test("an option that is out of range, and an address without a path", () => {
    assert.throws(
      () => openFile(parseAddress("file:/a.mp4#speed=17")),
      /file: speed must be a number from 0.1 to 16/,
    );
    assert.throws(() => openFile(parseAddress("file:/a.mp4#size=1x1")), /file: size/);
    assert.throws(() => openFile(parseAddress("file:/a.mp4#sped=2")), /has no option "sped"/);
    assert.throws(() => openFile(parseAddress("file:")), /names no file/);
  });
});
