// What a screen of 1920x1080 at 30 fps costs beside ffmpeg alone, and how soon its first picture comes:
//   node bench/screen.bench.ts [--quick]
// ffmpeg alone is the same program with the same arguments as Kinora starts it with, its output thrown away (/dev/null): the
// least that anyone could do with it. Kinora's share is the command, all that it starts, and one viewer being served.
// The two take turns, as a busy machine is busier at one time than at another.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { openSync, readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { readJpegInfo } from "../src/core/jpeg-markers.ts";
import { frameParser } from "../src/wire/frames.ts";
import { freePort } from "../test/support/free-port.ts";
import { startXServer, WindowMaker } from "../test/support/x-server.ts";
import { QUICK, reportMachine } from "./support/report.ts";

const MAIN = fileURLToPath(new URL("../src/cli/main.ts", import.meta.url));
const SCREEN = { width: 1920, height: 1080 };
const FPS = 30;
const SECONDS = QUICK ? 3 : 12;
const ROUNDS = QUICK ? 1 : 4;
const STARTS = QUICK ? 2 : 7;
/** Start-up is not part of what a screen costs. */
const WARM_UP_MS = 2_000;
/** Clock ticks a second, in which Linux counts processor time for everybody. */
const TICKS = 100;

const endings: (() => unknown)[] = [];
const t = { after: (end: () => unknown) => endings.push(end) };

reportMachine();
try {
  await measure();
} finally {
  for (const end of endings.reverse()) await end();
}

async function measure(): Promise<void> {
  const { display } = await startXServer(t, SCREEN);
  const stop = await moveThings(display);
  t.after(stop);
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const kinora = await costOfKinora(display);
    const ffmpeg = await costOfFfmpeg(kinora.args);
    assert.ok(ffmpeg.bytes > kinora.bytes / 3, `ffmpeg alone made only ${ffmpeg.bytes} bytes`);
    // A byte each, as where the machine is busy neither may come to all pictures.
    ratios.push(kinora.cpuMs / kinora.bytes / (ffmpeg.cpuMs / ffmpeg.bytes));
    console.log(
      `Kinora ${percent(kinora.cpuMs)} (of it ffmpeg ${percent(kinora.ffmpegMs)}), ffmpeg alone ${percent(ffmpeg.cpuMs)} ` +
        `of a core; ${(kinora.pictures / SECONDS).toFixed(1)} fps of ${Math.round(kinora.bytes / kinora.pictures / 1000)} KB`,
    );
  }
  console.log(
    `CPU time of Kinora / ffmpeg alone, for the same bytes: ${spread(ratios, 3)} (median of ${ROUNDS})`,
  );
  const times: number[] = [];
  for (let start = 0; start < STARTS; start++) times.push(await firstPictureMs(display));
  console.log(`first picture: ${spread(times, 0)} ms after the first viewer's request (median of ${STARTS})`);
}

interface Cost {
  /** Processor time, of all that was started. */
  readonly cpuMs: number;
  /** Bytes of pictures that ffmpeg wrote. */
  readonly bytes: number;
}

async function costOfKinora(
  display: string,
): Promise<
  Cost & { readonly ffmpegMs: number; readonly pictures: number; readonly args: readonly string[] }
> {
  const { port, child, end } = await startKinora(display);
  try {
    const viewer = watch(port);
    await viewer.first;
    await sleep(WARM_UP_MS);
    const pid = child.pid ?? 0;
    const ffmpeg = familyOf(pid).find((each) => commandOf(each)[0]?.endsWith("ffmpeg") === true) ?? 0;
    const args = commandOf(ffmpeg);
    const before = { pictures: viewer.pictures(), cpuMs: cpuMs(familyOf(pid)), ffmpegMs: cpuMs([ffmpeg]) };
    const bytesBefore = bytesOf(ffmpeg);
    await sleep(SECONDS * 1000);
    const cost = {
      args,
      cpuMs: cpuMs(familyOf(pid)) - before.cpuMs,
      ffmpegMs: cpuMs([ffmpeg]) - before.ffmpegMs,
      bytes: bytesOf(ffmpeg) - bytesBefore,
      pictures: viewer.pictures() - before.pictures,
    };
    viewer.close();
    // Fewer come where the machine is busy, which the rate that is printed shows.
    assert.ok(cost.pictures > (FPS * SECONDS) / 3, `only ${cost.pictures} pictures in ${SECONDS} s`);
    return cost;
  } finally {
    await end();
  }
}

async function costOfFfmpeg([command = "", ...args]: readonly string[]): Promise<Cost> {
  const child = spawn(command, args, { stdio: ["ignore", openSync("/dev/null", "w"), "ignore"] });
  const ended = once(child, "exit");
  try {
    const pid = child.pid ?? 0;
    await sleep(WARM_UP_MS);
    const before = { cpuMs: cpuMs([pid]), bytes: bytesOf(pid) };
    await sleep(SECONDS * 1000);
    return { cpuMs: cpuMs([pid]) - before.cpuMs, bytes: bytesOf(pid) - before.bytes };
  } finally {
    child.kill("SIGTERM");
    await ended;
  }
}

async function firstPictureMs(display: string): Promise<number> {
  const { port, end } = await startKinora(display);
  try {
    const startedAt = performance.now();
    const viewer = watch(port);
    await viewer.first;
    const tookMs = performance.now() - startedAt;
    viewer.close();
    return tookMs;
  } finally {
    await end();
  }
}

async function startKinora(display: string) {
  const port = await freePort();
  const address = `screen:?fps=${FPS}&display=${display}`;
  const child = spawn(process.execPath, [MAIN, "--port", String(port), `s=${address}`], { stdio: "ignore" });
  const end = async (): Promise<void> => {
    const ended = once(child, "exit");
    child.kill("SIGINT");
    await ended;
  };
  const isUp = () =>
    fetch(`http://127.0.0.1:${port}/api/streams`).then(
      (answer) => answer.ok,
      () => false,
    );
  for (let tries = 0; !(await isUp()); tries++) {
    assert.ok(tries < 1_000 && child.exitCode === null, "the command did not start");
    await sleep(10);
  }
  return { port, child, end };
}

/** A viewer that counts pictures of the screen; `first` resolves with the first one. Placeholders are smaller. */
function watch(port: number) {
  let pictures = 0;
  const abort = new AbortController();
  const { promise: first, resolve, reject } = Promise.withResolvers<undefined>();
  const parser = frameParser("multipart/x-mixed-replace;boundary=boundarydonotcross", {}, (jpeg) => {
    const info = readJpegInfo(jpeg);
    if (info?.width !== SCREEN.width || info.height !== SCREEN.height) return;
    pictures++;
    resolve(undefined);
  });
  const read = async (): Promise<void> => {
    const { body } = await fetch(`http://127.0.0.1:${port}/streams/s/live.mjpeg`, { signal: abort.signal });
    assert.ok(body !== null);
    for await (const bytes of body as AsyncIterable<Uint8Array>) parser.push(bytes);
  };
  read().catch(reject);
  return { first, pictures: () => pictures, close: () => abort.abort() };
}

/** Fills a screen with small things, as text does, and moves a window over it 30 times a second. */
async function moveThings(display: string): Promise<() => void> {
  const maker = await WindowMaker.open(t, display);
  for (let index = 0; index < 3_000; index++) {
    const [x, y] = [(index % 100) * 19, Math.floor(index / 100) * 36];
    const colour = (index * 2_654_435) & 0xff_ff_ff;
    await maker.make({ title: String(index), x, y, width: 5 + (index % 9), height: 11, colour });
  }
  const window = await maker.make({ title: "moves", x: 0, y: 0, width: 400, height: 300, colour: 0xffffff });
  const startedAt = performance.now();
  const timer = setInterval(() => {
    const seconds = (performance.now() - startedAt) / 1000;
    const [x, y] = [
      Math.round(760 + 700 * Math.sin(seconds)),
      Math.round(390 + 350 * Math.cos(seconds * 1.3)),
    ];
    void maker.place(window, { x, y, width: 400, height: 300 });
  }, 1000 / FPS);
  return () => clearInterval(timer);
}

/** A process and all that it has started. */
function familyOf(pid: number): readonly number[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const parents = new Map(pids.map((each) => [Number(each), Number(statOf(Number(each))[1] ?? 0)]));
  const family = [pid];
  for (const member of family) {
    for (const [child, parent] of parents) if (parent === member) family.push(child);
  }
  return family;
}

/** Processor time of processes so far, in user mode and in the kernel, with that of their children which have ended. */
function cpuMs(pids: readonly number[]): number {
  const ticks = pids.flatMap((pid) => statOf(pid).slice(11, 15).map(Number));
  return (ticks.reduce((sum, each) => sum + each, 0) * 1000) / TICKS;
}

/** The fields of /proc/PID/stat behind the name, which may hold anything. */
function statOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, "latin1")
      .replace(/^.*\) /s, "")
      .split(" ");
  } catch {
    return []; // it has just ended
  }
}

function commandOf(pid: number): readonly string[] {
  return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1);
}

function bytesOf(pid: number): number {
  return Number(/^wchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, "latin1"))?.[1]);
}

function percent(ms: number): string {
  return `${(ms / SECONDS / 10).toFixed(1)} %`;
}

function spread(values: readonly number[], digits: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  const [low = NaN, high = NaN] = [sorted[0], sorted.at(-1)];
  const middle =
    (sorted[Math.floor((sorted.length - 1) / 2)] ?? NaN) / 2 +
    (sorted[Math.floor(sorted.length / 2)] ?? NaN) / 2;
  return `${middle.toFixed(digits)} (${low.toFixed(digits)}–${high.toFixed(digits)})`;
}
