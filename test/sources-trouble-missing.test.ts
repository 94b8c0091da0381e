// Sources that are not there, may not be used, or are something else, with what is real on this machine: ffmpeg, an X server, the
// shell. Viewers stay, are told, and see the picture when it is there.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, copyFile, mkdtemp, rename, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { ImageServer } from "../src/app/image-server.ts";
import { readJpegInfo } from "../src/core/jpeg-markers.ts";
import { fakeCamera, noFakeCamera } from "./support/fakecam.ts";
import { freePort } from "./support/free-port.ts";
import { picture } from "./support/pictures.ts";
import { mpjpeg } from "./support/program-output.ts";
import { needs } from "./support/programs.ts";
import { statusOf } from "./support/status.ts";
import { until } from "./support/until.ts";
import { video } from "./support/videos.ts";
import { Watcher, type WatchedPart } from "./support/watcher.ts";
import { startXServer, WindowMaker } from "./support/x-server.ts";

const MAIN = fileURLToPath(new URL("../src/cli/main.ts", import.meta.url));
/** Far longer than it takes, for machines with other things to do. */
const PATIENCE = { timeoutMs: 60_000 };
/** Width of every picture of what is well, and of what is not. */
const [WELL, ILL] = [96, 64];
/** Root may read every file: the sentence itself is tested as somebody else, in test/file-source.test.ts. */
const IS_ROOT = process.geteuid?.() === 0;

/** A source that is not as it should be. */
interface Cell {
  readonly skip?: string | false;
  readonly source: () => string | Promise<string>;
  readonly reason: RegExp;
  /** Makes it as it should be; without it, it stays as it is. */
  readonly mend?: () => Promise<unknown>;
}

let folder = "";
let good = "";
let display = "";
let windows: WindowMaker | undefined;
const at = (name: string): string => join(folder, name);
const FFMPEG = needs("ffmpeg");
const XVFB = needs("xvfb", "ffmpeg");
const port = await freePort();

/** A program that shows a picture again and again. */
const program = async (name: string, mode = 0o755): Promise<void> => {
  const script = `#!/bin/sh\nwhile :; do cat '${at("well.jpg")}' || exit; sleep 0.1; done\n`;
  await writeFile(at(`${name}.part`), script, { mode });
  await rename(at(`${name}.part`), at(name));
};
const copyTo = (name: string) => async () => {
  await copyFile(good, at(`${name}.part`));
  await rename(at(`${name}.part`), at(name));
};

const CELLS: Readonly<Record<string, Cell>> = {
  "exec: of no program": {
    source: () => `exec:${at("later")} -x`,
    reason: /there is no such program; install it/,
    mend: () => program("later"),
  },
  "exec: of a program that may not be run": {
    source: async () => {
      await program("forbidden", 0o644);
      return `exec:${at("forbidden")}`;
    },
    reason: /may not be executed; make it executable with chmod/,
    mend: () => chmod(at("forbidden"), 0o755),
  },
  "pi: without its program": {
    source: () => "pi:",
    reason: /rpicam-vid is not installed/,
    mend: () => program("rpicam-vid"),
  },
  "file: that is not there": {
    ...FFMPEG,
    source: () => `file:${at("none.mp4")}#loop`,
    reason: /is not there; is the path right/,
    mend: copyTo("none.mp4"),
  },
  "file: that may not be read": {
    ...FFMPEG,
    source: async () => {
      await copyTo("secret.mp4")();
      await chmod(at("secret.mp4"), 0);
      return `file:${at("secret.mp4")}#loop`;
    },
    reason: /may not be read by this user/,
    mend: () => chmod(at("secret.mp4"), 0o644),
  },
  "file: that is no video": {
    ...FFMPEG,
    source: async () => {
      await writeFile(at("text.mp4"), "no video at all");
      return `file:${at("text.mp4")}#loop`;
    },
    reason: /is no video that ffmpeg can read|cut off/,
    mend: copyTo("text.mp4"),
  },
  "file: that is cut off": {
    ...FFMPEG,
    source: async () => {
      await copyTo("cut.mp4")();
      await truncate(at("cut.mp4"), 1_000);
      return `file:${at("cut.mp4")}#loop`;
    },
    reason: /is cut off/,
    mend: copyTo("cut.mp4"),
  },
  "rtsp: where nobody listens": {
    ...FFMPEG,
    source: () => `rtsp://user:SECRET@127.0.0.1:${port}/x`,
    reason: /nobody listens on this port/,
  },
  "udp: where nobody sends": {
    ...FFMPEG,
    source: () => `udp://127.0.0.1:${port}`,
    reason: /no picture for 10 s|does not answer/,
  },
  "screen: of no display": {
    ...FFMPEG,
    source: () => "screen:?display=:4444",
    reason: /:4444/,
  },
  "window: that is not open": {
    ...XVFB,
    source: () => `window:editor?display=${display}`,
    reason: /no window .*editor/i,
    mend: async () =>
      windows?.make({ title: "Editor", x: 0, y: 0, width: WELL, height: 60, colour: 0xff0000 }),
  },
};

describe("a source that is not as it should be", { concurrency: 6 }, () => {
  const path = process.env["PATH"] ?? "";
  const later: (() => unknown)[] = [];
  const ended = { after: (close: () => unknown) => void later.push(close) } as Pick<TestContext, "after">;
  const server = new ImageServer({ source: "test:?size=64x48&fps=1" });
  let url = "";

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "kinora-missing-"));
    process.env["PATH"] = `${folder}:${path}`;
    await writeFile(at("well.jpg"), await picture("jpeg", WELL, 32, [90, 90, 90]));
    if (FFMPEG.skip === false) good = await video(folder, "good.mp4", { size: `${WELL}x64`, seconds: 1 });
    if (XVFB.skip === false) {
      ({ display } = await startXServer(ended, { width: 320, height: 240 }));
      windows = await WindowMaker.open(ended, display);
    }
    await server.start(0);
    url = `http://127.0.0.1:${server.port ?? 0}`;
  });

  after(async () => {
    await server.stop();
    process.env["PATH"] = path;
    for (const close of later.reverse()) await close();
    await rm(folder, { recursive: true, force: true });
  });

  for (const [title, { skip = false, source, reason, mend }] of Object.entries(CELLS)) {
    if (IS_ROOT && title.includes("may not be read")) continue;
    test(`${title}: viewers stay, are told, and see it when it is there`, { skip }, async (t) => {
      const name = title.replaceAll(/\W+/g, "-");
      server.addStream(name, await source());
      const watcher = new Watcher(server.port ?? 0, name);
      t.after(() => watcher.close());

      const told = () => server.streams.find((stream) => stream.name === name)?.reason ?? "";
      await until(() => reason.test(told()), `${name} to be told`, PATIENCE.timeoutMs).catch(() =>
        assert.fail(`told "${told()}"`),
      );
      await watcher.next((part) => widthOf(part) !== WELL, "a placeholder", PATIENCE);
      await mend?.();
      if (mend !== undefined) await watcher.next((part) => widthOf(part) === WELL, "its picture", PATIENCE);

      const status = await statusOf(url, name);
      assert.equal(watcher.trouble, undefined);
      assert.equal(status.viewers, 1);
      assert.doesNotMatch(JSON.stringify(status), /SECRET/);
    });
  }
});

test("stdin: with every trouble one after another: a viewer stays, is told, and sees the pictures behind it", async (t) => {
  const child = spawn(process.execPath, [MAIN, "--port", "0", "in=stdin:"], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  t.after(() => child.kill("SIGKILL"));
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  const url = () => /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0] ?? "";
  await until(() => url() !== "", "it listens", PATIENCE.timeoutMs);
  const [small, well, png] = await Promise.all([
    picture("jpeg", ILL, 32, [9, 9, 9]),
    picture("jpeg", WELL, 32, [9, 9, 9]),
    picture("png", 64, 64, [9, 9, 9]),
  ]);
  const write = async (bytes: Uint8Array): Promise<void> => {
    if (!child.stdin.write(bytes)) await once(child.stdin, "drain");
  };
  const watcher = new Watcher(Number(new URL(url()).port), "in");
  t.after(() => watcher.close());
  const see = (width: number) => watcher.next((part) => widthOf(part) === width, `width ${width}`, PATIENCE);

  for (const trouble of [Buffer.alloc(34e6, png), Buffer.alloc(34e6, "garbage")]) {
    await write(trouble);
    const reason = async () => (await statusOf(url(), "in")).reason ?? "";
    await until(
      async () => (await reason()).includes("cannot be read as pictures"),
      "it is told",
      PATIENCE.timeoutMs,
    );
    for (const [jpeg, width] of [
      [well, WELL],
      [small, ILL],
    ] as const) {
      const seen = see(width);
      await write(mpjpeg([jpeg, jpeg]));
      await seen;
    }
  }
  // A picture that is cut off, far more than anybody sees, and nothing at all for a moment.
  await write(mpjpeg([well]).subarray(0, 300));
  const many = mpjpeg(Array<Buffer>(2_000).fill(small));
  const [from, startedAt] = [watcher.parts.length, performance.now()];
  while (performance.now() - startedAt < 1_000) await write(many);
  const perSecond = (watcher.parts.length - from) / ((performance.now() - startedAt) / 1_000);
  await sleep(300);
  const seen = see(WELL);
  await write(mpjpeg([well, well]));
  await seen;

  assert.ok(perSecond < 140, `${perSecond} pictures a second`);
  assert.equal(watcher.trouble, undefined);
  child.stdin.end();
  await until(() => watcher.trouble !== undefined, "the end of the stream", PATIENCE.timeoutMs);
  assert.equal((await statusOf(url(), "in")).state, "ended");
});

test(
  "who watches the camera that was found never sees the screen instead: a camera that is unplugged is waited for",
  {
    ...needs("xvfb", "ffmpeg"),
    ...(noFakeCamera === false ? {} : { skip: noFakeCamera }),
  },
  async (t) => {
    const { display } = await startXServer(t, { width: 320, height: 240 });
    const camera = await fakeCamera({ size: "640x360", fps: 15 });
    t.after(() => camera.close());
    const index = JSON.stringify(new URL("../src/index.ts", import.meta.url).href);
    const code = `import { ImageServer } from ${index};
      const server = new ImageServer(); await server.start(0); console.log("port " + server.port);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", code], {
      env: { ...camera.env, DISPLAY: display, WAYLAND_DISPLAY: "" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    t.after(() => child.kill("SIGKILL"));
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    const port = Number(/port (\d+)/.exec(line.toString())?.[1]);
    const watcher = new Watcher(port, "main");
    t.after(() => watcher.close());
    const fromCamera = (part: WatchedPart): boolean => part.jpeg.includes("N:") && widthOf(part) === 640;
    await watcher.next(fromCamera, "a picture of the camera", PATIENCE);
    assert.match((await statusOf(`http://127.0.0.1:${port}`, "main")).source, /^camera /);

    await camera.fault("unplugged");
    await sleep(3_000);
    await camera.mend("unplugged");
    const from = watcher.parts.length;
    await watcher.next(fromCamera, "the camera again", { from, timeoutMs: 10_000 });

    assert.ok(
      watcher.parts.every((part) => widthOf(part) !== 320),
      "the screen was shown",
    );
  },
);

function widthOf({ jpeg }: WatchedPart): number | undefined {
  return readJpegInfo(jpeg)?.width;
}
