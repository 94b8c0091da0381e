import assert from "node:assert/strict";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after, before, describe, type TestContext } from "node:test";
import { ImageServer } from "../src/app/image-server.ts";
import { SourceError } from "../src/core/errors.ts";
import type { CapturedImage } from "../src/core/frame.ts";
import { parseAddress } from "../src/sources/address.ts";
import { copiedOrEncoded } from "../src/sources/ffmpeg/copied-or-encoded.ts";
import { ffmpegPictures, type FfmpegTask } from "../src/sources/ffmpeg/ffmpeg-pictures.ts";
import { openFile } from "../src/sources/ffmpeg/file-source.ts";
import { grabTask } from "../src/sources/screen/grab.ts";
import { picture } from "./support/pictures.ts";
import { until } from "./support/until.ts";

const skip = process.platform === "win32" ? "the stand-ins are shell scripts" : false;

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "kinora-ffmpeg-"));
  const jpeg = await picture("jpeg", 32, 32, [200, 10, 10]);
  const head = `--ffmpeg\r\nContent-type: image/jpeg\r\nContent-length: ${jpeg.length}\r\n\r\n`;
  await writeFile(join(folder, "part"), Buffer.concat([Buffer.from(head), jpeg, Buffer.from("\r\n")]));
});
after(async () => {
  delete process.env["KINORA_FFMPEG"];
  await rm(folder, { recursive: true, force: true });
});

/** A stand-in for ffmpeg: a shell script, in which `$part` is a file with a part of a multipart stream. */
async function standIn(script: string): Promise<void> {
  const path = join(await mkdtemp(join(folder, "bin-")), "ffmpeg");
  const version = '[ "$1" = -version ] && { echo "ffmpeg version 5.1.2 Copyright"; exit 0; }';
  await writeFile(
    path,
    `#!/bin/sh\n${version}\npart=${join(folder, "part")}\necho $$ > ${join(folder, "pid")}\n${script}\n`,
  );
  await chmod(path, 0o755);
  process.env["KINORA_FFMPEG"] = path;
}

const TASK: FfmpegTask = {
  label: "video x",
  input: ["-i", "x"],
  filters: [],
  quality: 80,
  copy: false,
  hide: (text) => text.replaceAll("secret", "…"),
};

const REPORT = { note: () => undefined, dropped: () => undefined, waiting: () => undefined };

/** Makes waits of at least so long short, and tells which there were. */
function shortenWaits(t: TestContext, leastMs: number, shortMs: number): number[] {
  const waits: number[] = [];
  const wait = globalThis.setTimeout;
  t.mock.method(globalThis, "setTimeout", (then: () => void, ms = 0, ...rest: []) => {
    // Those of this test are the only ones that are longer.
    if (ms < leastMs || ms === LATE_MS) return wait(then, ms, ...rest);
    waits.push(ms);
    return wait(then, shortMs);
  });
  return waits;
}

interface Outcome {
  readonly pictures: number;
  readonly dropped: number;
  readonly error: SourceError | undefined;
}

const LATE_MS = 20_000;

/** Takes pictures until they end, fail, or `most` have come. */
async function take(task: Partial<FfmpegTask> = {}, most = Infinity): Promise<Outcome> {
  let dropped = 0;
  const images: CapturedImage[] = [];
  const stop = new AbortController();
  const late = setTimeout(() => stop.abort(), LATE_MS);
  const report = { dropped: (count: number) => void (dropped += count) };
  try {
    for await (const image of ffmpegPictures({ ...TASK, ...task }, stop.signal, report)) {
      if (images.push(image) >= most) break;
    }
    assert.ok(!stop.signal.aborted, "it went on for too long");
    return { pictures: images.length, dropped, error: undefined };
  } catch (error) {
    assert.ok(error instanceof SourceError, String(error));
    return { pictures: images.length, dropped, error };
  } finally {
    clearTimeout(late);
  }
}

describe("an ffmpeg that", { skip }, () => {
  test("dies at once is told with its last words, secrets hidden, and may be tried again", async () => {
    await standIn('echo "[rtsp @ 0x55] [error] cannot open secret" >&2; echo "[info] bye" >&2; exit 1');

    const { error, pictures } = await take();

    assert.equal(error?.message, "video x: ffmpeg ended with code 1 and said: cannot open …");
    assert.deepEqual([error.code, error.retryable, pictures], ["ERR_SOURCE_FAILED", true, 0]);
  });

  test("dies later gives its pictures first", async () => {
    await standIn('cat $part; cat $part; echo "[error] out of paper" >&2; exit 3');

    const { error, pictures, dropped } = await take();

    assert.equal(pictures + dropped, 2);
    assert.match(error?.message ?? "", /ended with code 3 and said: out of paper/);
  });

  test("is killed is told so", async () => {
    await standIn("cat $part; kill -9 $$");

    assert.match((await take()).error?.message ?? "", /was ended by SIGKILL and did not say why/);
  });

  test("ends well is no error", async () => {
    await standIn("cat $part");

    assert.deepEqual(await take(), { pictures: 1, dropped: 0, error: undefined });
  });

  test("floods its error output is read to its end, and its pictures come all the same", async () => {
    await standIn(
      'i=0; while [ $i -lt 20 ]; do head -c 500000 /dev/zero | tr "\\0" x >&2; i=$((i+1)); done; cat $part; echo "[error] end" >&2; exit 1',
    );
    const { error, pictures } = await take();

    assert.equal(pictures, 1);
    assert.match(error?.message ?? "", /end$/);
    assert.ok((error?.message.length ?? 0) < 6_000);
  });

  test("writes nothing is ended when it has been silent for too long, and all it started", async () => {
    await standIn('echo "[warning] waiting for secret" >&2; sleep 1000');
    const started = performance.now();

    const { error } = await take({ silenceMs: 300 });

    assert.deepEqual([error?.code, error?.retryable], ["ERR_SOURCE_SILENT", true]);
    assert.equal(error?.message, "video x has sent no picture for 0.3 s; ffmpeg says: waiting for …");
    assert.ok(performance.now() - started < 3_000);
    const group = Number(await readFile(join(folder, "pid"), "utf8"));
    await until(() => isGone(group), "all of the group to be gone");
  });

  test("falls silent after pictures is ended, too", async () => {
    await standIn("cat $part; exec sleep 1000");

    const { error, pictures } = await take({ silenceMs: 1_500 });

    assert.equal(pictures, 1);
    assert.equal(error?.code, "ERR_SOURCE_SILENT");
  });

  test("falls silent after the first picture of a film plays on, but is told where none comes at all", async (t) => {
    await standIn("cat $part; sleep 1; cat $part");
    const film = await take({ silenceMs: 400, mayStandStill: true });
    await standIn('echo "[error] still warming up" >&2; exec sleep 1000');
    const waits = shortenWaits(t, 30_000, 300);
    await writeFile(join(folder, "a.mp4"), "not looked into");

    const late = AbortSignal.timeout(LATE_MS);
    const errors: unknown[] = [];
    for (const options of ["", "#speed=0.5", "#speed=4"]) {
      const source = openFile(parseAddress(`file:${join(folder, "a.mp4")}${options}`));
      const pictures = source.capture(late, REPORT)[Symbol.asyncIterator]();
      errors.push(await pictures.next().catch((error: unknown) => error));
    }

    assert.deepEqual(film, { pictures: 2, dropped: 0, error: undefined });
    assert.deepEqual(waits, [30_000, 60_000, 30_000]);
    for (const error of errors) {
      assert.ok(error instanceof SourceError);
      assert.deepEqual([error.code, error.retryable], ["ERR_SOURCE_SILENT", true]);
      assert.match(error.message, /a\.mp4 has sent no picture for [36]0 s; ffmpeg says: still warming up$/);
    }
  });

  test("ends well while it grabs a screen is a failure, for a screen has no end", async () => {
    await standIn("cat $part");
    const grab = { input: ["-i", "desktop"], filters: [] };

    const { error } = await take(
      grabTask("screen", grab, { quality: 80, fps: 5, cursor: true, size: undefined }),
    );

    assert.match(error?.message ?? "", /^screen: ffmpeg has ended and did not say why$/);
  });

  test("finds another codec at each connection is started anew twice, and then encodes", async () => {
    const log = join(folder, "starts");
    const codec = 'case "$*" in *"-c:v copy"*) codec=h264 ;; *) codec=mjpeg ;; esac';
    const words = 'echo "Stream #0:0: Video: $codec, 1x1" >&2; echo "  Stream #0:0 -> #0:0 (x)" >&2';
    await standIn(
      `${codec}; echo $codec >> ${log}; ${words}; [ $(wc -l < ${log}) -lt 3 ] && sleep 1; cat $part`,
    );
    const memory = { isMjpeg: false };
    let pictures = 0;

    const stop = AbortSignal.timeout(15_000);
    for await (const image of copiedOrEncoded(TASK, memory, stop, REPORT)) pictures += image.jpeg.length && 1;

    assert.equal(await readFile(log, "utf8"), "mjpeg\nh264\nmjpeg\n");
    assert.equal(pictures, 1);
  });

  test(
    "does not answer, heeds no signal, or leaves a child with its output behind holds up nobody",
    { timeout: LATE_MS },
    async (t) => {
      const waits = shortenWaits(t, 5_000, 300);
      const path = join(folder, "stubborn");
      const scripts = ["trap '' TERM; while :; do sleep 1; done", "sleep 1000 & sleep 1000", "yes"];
      for (const script of scripts) {
        await writeFile(path, `#!/bin/sh\necho $$ > ${path}.pid\n${script}\n`, { mode: 0o755 });
        process.env["KINORA_FFMPEG"] = path;
        const started = performance.now();

        const { error } = await take();

        assert.equal(error?.code, "ERR_FFMPEG_MISSING");
        assert.match(error.message, /stubborn, does not tell its version; correct it/);
        assert.ok(performance.now() - started < 3_000, script);
        const group = Number(await readFile(`${path}.pid`, "utf8"));
        await until(() => isGone(group), "all of the group to be gone");
      }
      assert.deepEqual(waits, [5_000, 5_000, 5_000]);
    },
  );

  test("does not end when it has closed its output is ended", async () => {
    await standIn("trap '' TERM; cat $part; exec >&-; sleep 1000");

    const { pictures, error } = await take();

    assert.equal(pictures, 1);
    assert.match(error?.message ?? "", /was ended by SIG|ended with code/);
  });

  test("writes garbage for ever is ended, and what it writes is named", async () => {
    await standIn("exec cat /dev/zero");

    const { error } = await take();

    assert.equal(error?.code, "ERR_SOURCE_FAILED");
    assert.match(error.message, /what ffmpeg wrote holds no pictures .*KINORA_FFMPEG/);
  });

  test("writes as many pictures as it can is read at 120 a second, the newest of them", async () => {
    await standIn("while :; do cat $part $part $part $part $part $part $part $part $part $part; done");
    const cpu = process.cpuUsage();
    const started = performance.now();

    const { pictures, dropped } = await take({}, 60);

    const seconds = (performance.now() - started) / 1_000;
    const { user, system } = process.cpuUsage(cpu);
    assert.equal(pictures, 60);
    assert.ok(seconds > 0.45, `60 pictures in ${seconds} s`);
    assert.ok(dropped > 60);
    assert.ok((user + system) / 1e6 < seconds, "it took more than a core");
  });

  test("is not there, or may not be run, is named with the cure", async () => {
    process.env["KINORA_FFMPEG"] = join(folder, "nothing");
    const missing = await take();
    process.env["KINORA_FFMPEG"] = join(folder, "part");
    const forbidden = await take();

    assert.deepEqual([missing.error?.code, missing.error?.retryable], ["ERR_FFMPEG_MISSING", true]);
    assert.match(missing.error?.message ?? "", /KINORA_FFMPEG names, .*nothing, is not there; correct it/);
    assert.match(forbidden.error?.message ?? "", /part, cannot be started/);
  });

  test("is installed nowhere is one sentence with the command for this system", async (t) => {
    delete process.env["KINORA_FFMPEG"];
    const path = process.env["PATH"];
    t.after(() => (process.env["PATH"] = path));
    process.env["PATH"] = "/nowhere";

    const { error } = await take();

    assert.match(error?.message ?? "", /^this needs ffmpeg, which is not installed: install it with [^\n]+$/);
  });

  test("appears later is found then", async () => {
    process.env["KINORA_FFMPEG"] = join(folder, "later");
    const before = await take();
    await writeFile(join(folder, "later"), `#!/bin/sh\n[ "$1" = -version ] || cat ${join(folder, "part")}\n`);
    await chmod(join(folder, "later"), 0o755);

    assert.equal(before.error?.code, "ERR_FFMPEG_MISSING");
    assert.equal((await take()).pictures, 1);
  });
});

test(
  "a viewer stays while ffmpeg dies, is told why, and sees the picture when it comes",
  { skip },
  async (t) => {
    await standIn('echo "[error] Connection refused" >&2; exit 1');
    const server = await serve(t, "rtsp://us%65r:p%61ss@127.0.0.1:1/x");
    const viewer = new AbortController();
    t.after(() => viewer.abort());
    const answer = await fetch(`${server.url}streams/main/live.mjpeg`, { signal: viewer.signal });
    const reader = answer.body?.getReader();
    assert.equal((await reader?.read())?.done, false);
    await until(() => server.streams[0]?.state === "down", "the stream to be down");

    const down = JSON.stringify(server.streams);
    await standIn("cat $part; exec sleep 100");
    await until(() => server.streams[0]?.state === "live", "the stream to be live");

    assert.match(down, /nobody listens on this port/);
    assert.doesNotMatch(down, /user|pass|us%65r|p%61ss/);
    assert.equal((await reader?.read())?.done, false);
  },
);

/** Whether no process of a group is left. What was killed is gone a moment later. */
function isGone(group: number): boolean {
  try {
    process.kill(-group, 0);
    return false;
  } catch {
    return true;
  }
}

async function serve(t: TestContext, source: string): Promise<ImageServer> {
  const server = new ImageServer({ source });
  await server.start(0);
  t.after(() => server.stop());
  return server;
}
