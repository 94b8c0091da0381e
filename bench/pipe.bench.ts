// What a picture of 100 KB costs Node that a program writes into a pipe, while nobody watches:
//   node bench/pipe.bench.ts [--quick]
// From the program's output to the newest picture (newestPictures), as exec:, stdin:, pi: and all that ffmpeg reads do it; beside it
// the floor, Node reading the same pipe and throwing the bytes away. CPU time of the whole process: all threads, collection included.
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { newestPictures, pictureReader } from "../src/sources/newest-pictures.ts";
import { startProgram, type Program } from "../src/system/program.ts";
import { NOISY_JPEG_BYTES, noisyPart } from "./support/noisy-jpeg.ts";
import { QUICK, reportMachine } from "./support/report.ts";

const WRITER = fileURLToPath(new URL("support/pipe-writer.ts", import.meta.url));
const PART_BYTES = noisyPart().length;
const BAR_MS = 0.3;
/** One run of each kind, then again: what else the machine does moves all of them. */
const ROUNDS = QUICK ? 1 : 3;
const FULL_SPEED = QUICK ? 300 : 4_000;
const AT_30_FPS = QUICK ? 30 : 180;
/** Not counted: until the program writes, and the code is compiled. */
const WARM_UP = QUICK ? 10 : 40;

/** How many pictures have come by now, to be called with each new number. */
type Count = (pictures: number) => void;
type Reader = (program: Program, count: Count) => Promise<void>;

/** The bytes are thrown away. */
async function floor(program: Program, count: Count): Promise<void> {
  let bytes = 0;
  program.output.on("data", (chunk: Uint8Array) => count((bytes += chunk.length) / PART_BYTES));
  await new Promise((resolve) => program.output.once("close", resolve));
}

/** Every picture is cut out, as fast as the program writes. */
async function everyPicture(program: Program, count: Count): Promise<void> {
  let pictures = 0;
  const reader = pictureReader(null, { dropped: () => assert.fail("a picture is lost") }, (jpeg) => {
    assert.equal(jpeg.length, NOISY_JPEG_BYTES);
    count(++pictures);
  });
  program.output.on("data", (chunk: Uint8Array) => reader.push(chunk));
  await new Promise((resolve) => program.output.once("close", resolve));
}

/** The newest of the pictures, at most 120 a second. */
async function newest(program: Program, count: Count): Promise<void> {
  let pictures = 0;
  const report = { dropped: (lost: number) => count((pictures += lost)) };
  const images = newestPictures(program.output, report, (onPicture) =>
    pictureReader(null, report, onPicture),
  );
  for await (const { jpeg } of images) {
    assert.equal(jpeg.length, NOISY_JPEG_BYTES);
    count(++pictures);
  }
}

/** CPU time of one picture in milliseconds. */
async function measure(read: Reader, pictures: number, fps: number): Promise<number> {
  const program = startProgram({ command: process.execPath, args: [WRITER, String(pictures), String(fps)] });
  let begun: NodeJS.CpuUsage | undefined;
  let from = 0;
  let to = 0;
  await read(program, (now) => {
    to = now;
    if (begun !== undefined || now < WARM_UP) return;
    begun = process.cpuUsage();
    from = now;
  });
  const { user, system } = process.cpuUsage(begun);
  await program.stop();
  // A fast wrong answer is worthless: all pictures must have come.
  assert.equal(Math.floor(to), pictures);
  return (user + system) / 1_000 / (to - from);
}

const kinds: readonly [name: string, read: Reader, pictures: number, fps: number][] = [
  ["full speed, thrown away (floor)", floor, FULL_SPEED, 0],
  ["full speed, every picture cut out", everyPicture, FULL_SPEED, 0],
  ["full speed, the newest 120 a second", newest, QUICK ? 100 : 600, 0],
  ["30 a second, thrown away (floor)", floor, AT_30_FPS, 30],
  ["30 a second, Kinora", newest, AT_30_FPS, 30],
];
const results = new Map<string, number[]>(kinds.map(([name]) => [name, []]));
reportMachine();
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, read, pictures, fps] of kinds)
    results.get(name)?.push(await measure(read, pictures, fps));
}
const median = (name = ""): number =>
  results.get(name)?.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? NaN;
for (const [name, all] of results) {
  const each = all.map((ms) => ms.toFixed(3)).join(", ");
  console.log(`${name.padEnd(36)} ${median(name).toFixed(3)} ms a picture   (${each})`);
}
const every = median(kinds[1]?.[0]);
const slow = median(kinds[4]?.[0]) - median(kinds[3]?.[0]);
console.log(
  `at full speed ${every.toFixed(3)} ms; at 30 a second ${slow.toFixed(3)} ms more than throwing away; bar ${BAR_MS} ms`,
);
if (!QUICK) assert.ok(every <= BAR_MS && slow <= BAR_MS, "a picture costs more than the bar");
