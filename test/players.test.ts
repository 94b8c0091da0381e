import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { promisify } from "node:util";
import { Command } from "./support/command.ts";
import { pixelsOf, temporaryFolder } from "./support/pictures.ts";
import { needs, pathOf, vlcCommand } from "./support/programs.ts";
import { readCard } from "./support/read-card.ts";
import { until } from "./support/until.ts";

const execute = promisify(execFile);

const WIDTH = 320;
const HEIGHT = 240;
const PICTURES = 50;

/** No program outlives its test. */
const PATIENCE = { timeout: 60_000, killSignal: "SIGKILL" } as const;

/** The address of a running test card's stream. */
async function testStream(t: TestContext): Promise<string> {
  const { url } = await Command.serve(t, [`test:?size=${WIDTH}x${HEIGHT}&fps=20`]);
  return `${url}/streams/test`;
}

test("ffmpeg reads 50 pictures of the stream, one after the other", needs("ffmpeg"), async (t) => {
  const stream = await testStream(t);

  const input = ["-nostdin", "-v", "error", "-i", `${stream}/live.mjpeg`];
  const output = [
    "-frames:v",
    String(PICTURES),
    "-fps_mode",
    "passthrough",
    "-pix_fmt",
    "rgba",
    "-f",
    "rawvideo",
  ];
  const { stdout, stderr } = await execute(pathOf("ffmpeg"), [...input, ...output, "-"], {
    ...PATIENCE,
    encoding: "buffer",
    maxBuffer: PICTURES * WIDTH * HEIGHT * 4 + 1,
  });

  assert.equal(stderr.toString(), "");
  const bytes = WIDTH * HEIGHT * 4;
  assert.equal(stdout.length, PICTURES * bytes);
  const numbers = Array.from({ length: PICTURES }, (_, at) =>
    readCard(stdout.subarray(at * bytes, (at + 1) * bytes), WIDTH, HEIGHT),
  );
  assertRising(numbers);
});

test("ffprobe finds a Motion JPEG video of the stream's size", needs("ffmpeg"), async (t) => {
  const stream = await testStream(t);

  const what = ["-show_entries", "format=format_name:stream=codec_name,width,height", "-of", "json"];
  const ffprobe = pathOf("ffmpeg").replace(/ffmpeg$/, "ffprobe");
  const { stdout } = await execute(ffprobe, ["-v", "error", ...what, `${stream}/live.mjpeg`], PATIENCE);

  const { format, streams } = JSON.parse(stdout) as { format: object; streams: object[] };
  assert.deepEqual(format, { format_name: "mpjpeg" });
  assert.deepEqual(streams, [{ codec_name: "mjpeg", width: WIDTH, height: HEIGHT }]);
});

test("VLC shows 50 pictures of the stream, one after the other", needs("vlc"), async (t) => {
  const stream = await testStream(t);
  const folder = await temporaryFolder(t);
  const { command, args, env } = vlcCommand(folder);

  // Ends with the stream, should this process not live to end it.
  const scene = [
    "--play-and-exit",
    "--video-filter=scene",
    "--scene-format=png",
    "--scene-ratio=1",
    `--scene-path=${folder}`,
  ];
  const vlc = spawn(command, [...args, ...scene, `${stream}/live.mjpeg`], {
    env,
    stdio: "ignore",
    ...PATIENCE,
  });
  const ended = once(vlc, "close");
  const numbers: number[] = [];
  const read = new Set<string>();
  const readMore = async () => {
    // The newest one may still be being written.
    const files = (await readdir(folder))
      .filter((file) => file.endsWith(".png"))
      .sort()
      .slice(0, -1);
    for (const file of files.filter((name) => !read.has(name))) {
      read.add(file);
      // These are a little higher than the stream's: VLC scales them to its buffer.
      const { rgba, width, height } = await pixelsOf(await readFile(join(folder, file)));
      const number = readCard(rgba, width, height);
      assert.ok(number !== undefined, `no number in ${file}`);
      // VLC shows its first picture again until its clock runs.
      if (number !== numbers.at(-1)) numbers.push(number);
    }
    return numbers.length >= PICTURES || vlc.exitCode !== null;
  };
  try {
    await until(readMore, "50 pictures out of VLC", 60_000);
  } finally {
    // Before the folder goes, as it writes into it.
    vlc.kill("SIGKILL");
    await ended;
  }

  assert.ok(numbers.length >= PICTURES, `VLC ended after ${numbers.length} pictures`);
  assertRising(numbers);
});

test("curl gets a snapshot that is a whole picture", needs("curl"), async (t) => {
  const stream = await testStream(t);

  const options = ["--silent", "--show-error", "--fail", "--include"];
  const { stdout } = await execute(pathOf("curl"), [...options, `${stream}/snapshot.jpg`], {
    ...PATIENCE,
    encoding: "buffer",
  });

  const end = stdout.indexOf("\r\n\r\n");
  const head = stdout.toString("latin1", 0, end);
  const body = stdout.subarray(end + 4);
  assert.match(head, /^HTTP\/1\.1 200 /);
  assert.match(head, /^content-type: image\/jpeg$/im);
  assert.match(head, new RegExp(`^content-length: ${body.length}$`, "im"));
  const { rgba, width, height } = await pixelsOf(body);
  assert.deepEqual({ width, height }, { width: WIDTH, height: HEIGHT });
  assert.ok(readCard(rgba, width, height) !== undefined);
});

function assertRising(numbers: readonly (number | undefined)[]): void {
  const text = numbers.join(" ");
  assert.ok(!numbers.includes(undefined), `a picture without a number: ${text}`);
  const rises = numbers.every((number, at) => at === 0 || (number ?? -1) > (numbers[at - 1] ?? Infinity));
  assert.ok(rises, `not one after the other: ${text}`);
}
