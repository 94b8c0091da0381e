// What a variant costs, beside sharp alone doing the same to the same pictures once:
//   node bench/variants.bench.ts [--quick]
// A stream of 1920x1080 is watched as ?width=640 by 1 and by 100 viewers. From the CPU time of that server the time is taken
// that the same server needs for a stream of pictures that are 640 wide already, shown as they are to as many viewers: what
// is left is reading the large pictures instead of the small ones, and changing them.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import sharp from "sharp";
import { putLoadOn } from "./support/load.ts";
import { QUICK, reportMachine } from "./support/report.ts";
import { ServerProcess } from "./support/server-process.ts";

const WIDTH = 640;
const FPS = 8;
const PICTURES = 8;
const VIEWERS = [1, 100];
const ROUNDS = QUICK ? 1 : 5;
const SECONDS = QUICK ? 2 : 6;
const MOST_RATIO = 1.3;

interface Folders {
  readonly large: string;
  readonly small: string;
}

/** CPU milliseconds for each picture. */
interface Round {
  readonly hurried: number;
  readonly paced: number;
  /** For each number of {@link VIEWERS}. */
  readonly variants: readonly number[];
}

reportMachine();
const root = await mkdtemp(path.join(os.tmpdir(), "kinora-variants-"));
try {
  const folders = await draw(root);
  const rounds: Round[] = [];
  for (let index = 0; index < ROUNDS; index++) rounds.push(await measure(folders));
  tell(rounds);
} finally {
  await rm(root, { recursive: true, force: true });
}

async function measure(folders: Folders): Promise<Round> {
  const hurried = await alone(folders.large, 0);
  const paced = await alone(folders.large, FPS);
  const variants: number[] = [];
  for (const viewers of VIEWERS) {
    const floor = await served(folders, folders.small, "", viewers);
    variants.push((await served(folders, folders.large, `?width=${WIDTH}`, viewers)) - floor);
  }
  return { hurried, paced, variants };
}

/** Sharp alone, in a process of its own: one picture after the other, or as many a second as the stream has. */
async function alone(folder: string, fps: number): Promise<number> {
  const script = fileURLToPath(new URL("support/scale-alone.ts", import.meta.url));
  const count = FPS * SECONDS;
  const args = [script, folder, WIDTH, fps, count].map(String);
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 60_000 });
  return (Number(stdout) / count) * 1000;
}

async function served(folders: Folders, folder: string, query: string, viewers: number): Promise<number> {
  const args = ["src/cli/main.ts", `bench=folder:${folder}?fps=${FPS}`, "--port", "0"];
  const server = new ServerProcess(process.execPath, args);
  try {
    const port = await server.portTold(/http:\/\/127\.0\.0\.1:(\d+)\//);
    await check(port, query, folders);
    const target = { pid: server.pid, port, path: `/streams/bench/live.mjpeg${query}` };
    const load = { viewers, warmSeconds: 2, seconds: SECONDS };
    const { cpuSeconds, leastFps } = await putLoadOn(target, load);
    assert.ok(
      leastFps > FPS * 0.6,
      `${viewers} viewers of "${query}" had ${leastFps.toFixed(1)} pictures a second`,
    );
    return (cpuSeconds / (leastFps * SECONDS)) * 1000;
  } finally {
    await server.stop();
  }
}

/** What is shown are the small pictures, byte for byte as sharp alone makes them. */
async function check(port: number, query: string, { small }: Folders): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/streams/bench/snapshot.jpg${query}`);
  const shown = Buffer.from(await answer.arrayBuffer());
  const all = await Promise.all(numbers().map((number) => readFile(fileOf(small, number))));
  assert.ok(
    all.some((each) => each.equals(shown)),
    `one of the small pictures, ${answer.status}`,
  );
}

function tell(rounds: readonly Round[]): void {
  const median = (pick: (round: Round) => number) =>
    rounds.map(pick).toSorted((a, b) => a - b)[Math.floor(rounds.length / 2)] ?? NaN;
  const ms = (value: number) => `${value.toFixed(2)} ms CPU a picture`;
  console.log(`sharp alone, one after the other: ${ms(median(({ hurried }) => hurried))}`);
  console.log(`sharp alone, ${FPS} a second: ${ms(median(({ paced }) => paced))}`);
  VIEWERS.forEach((viewers, index) => {
    const cost = median(({ variants }) => variants[index] ?? NaN);
    const ratio = (pick: (round: Round) => number) =>
      median((round) => (round.variants[index] ?? NaN) / pick(round)).toFixed(2);
    console.log(
      `${viewers} viewers of ?width=${WIDTH}: ${ms(cost)}, ${ratio(({ paced }) => paced)} × sharp alone as often ` +
        `(at most ${MOST_RATIO} wanted), ${ratio(({ hurried }) => hurried)} × one after the other`,
    );
  });
}

/** Pictures as of a camera: soft shapes, and noise; and the same as sharp alone scales them. */
async function draw(root: string): Promise<Folders> {
  const folders = { large: path.join(root, "large"), small: path.join(root, "small") };
  await Promise.all(Object.values(folders).map((folder) => mkdir(folder)));
  for (const number of numbers()) {
    const large = await drawOne(number);
    const small = await sharp(large)
      .resize({ width: WIDTH })
      .jpeg({ quality: 80, optimiseCoding: false })
      .toBuffer();
    await writeFile(fileOf(folders.large, number), large);
    await writeFile(fileOf(folders.small, number), small);
  }
  return folders;
}

function drawOne(number: number): Promise<Buffer> {
  const [width, height] = [1920, 1080];
  const pixels = Buffer.alloc(width * height * 3);
  let random = number + 1;
  for (let at = 0; at < pixels.length; at++) {
    if (at % 3 === 0) random = (Math.imul(random, 1_664_525) + 1_013_904_223) | 0;
    const shape = Math.sin((at % (width * 3)) / 700 + number) + Math.cos(at / (width * 3) / 90);
    pixels[at] = 110 + 45 * shape + ((random >>> 24) % 20);
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 80 })
    .toBuffer();
}

function numbers(): readonly number[] {
  return Array.from({ length: PICTURES }, (_, number) => number);
}

function fileOf(folder: string, number: number): string {
  return path.join(folder, `${String(number).padStart(4, "0")}.jpg`);
}
