// Whether one tab of Chromium shows 25 cameras, 640x360 passed through at 15 fps, and whether its memory stays flat.
//   node bench/view.bench.ts [--quick | --minutes=30] [--scaled] [--cameras=25]
// With --scaled 12 cameras that the server scales down to the size on the screen.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { ImageServer } from "../src/index.ts";
import { pathOf } from "../test/support/programs.ts";
import { QUICK, reportMachine } from "./support/report.ts";

const FPS = 15;
/** Each camera shows at least so many a second. */
const LEAST_FPS = 10;
/** The last third of the time may take so much more than the first, which is noise of collectors and allocators. */
const FLAT_MIB = 15;
const PICTURES = 30;
const WARM_MS = 10_000;
const SAMPLE_MS = 5_000;

/**
 * The figures of all views, and the heap of the page with its worker's. The page tells them itself: a debugger that asks is
 * also sent every message of the WebSocket, which takes more than half of what the pictures take.
 */
const READ = `await (async () => {
  const views = [...document.querySelectorAll("kinora-view")];
  return JSON.stringify({
    fps: views.map(({ figures }) => figures?.fps ?? 0),
    ageMs: views.map(({ figures }) => figures?.ageMs ?? 1e9),
    heap: performance.memory.usedJSHeapSize,
  });
})()`;

const isScaled = process.argv.includes("--scaled");
const count = numberFor("cameras", isScaled ? 12 : 25);
const minutes = QUICK ? 0.1 : numberFor("minutes", 1);

/** What the tab was like at one time. */
interface Sample {
  /** Pictures drawn a second, of each view. */
  readonly fps: readonly number[];
  readonly ageMs: readonly number[];
  readonly heapMib: number;
  /** Of all processes of the browser together, what they share counted once. */
  readonly residentMib: number;
}

/** What the page told of itself. */
interface Report {
  readonly fps: number[];
  readonly ageMs: number[];
  readonly heap: number;
}

class Reports {
  #next = Promise.withResolvers<Report>();

  tell(told: string): void {
    this.#next.resolve(JSON.parse(told) as Report);
    this.#next = Promise.withResolvers();
  }

  async next(): Promise<Report> {
    const late = sleep(30_000, undefined, { ref: false }).then(() => {
      throw new Error("the page has told nothing for 30 s");
    });
    return Promise.race([this.#next.promise, late]);
  }
}

reportMachine();
const pictures = await takePictures();
const server = new ImageServer({ source: camera() });
for (let at = 2; at <= count; at++) server.addStream(`camera-${at}`, camera());
await server.start(0);
const profile = await mkdtemp(path.join(os.tmpdir(), "kinora-view-"));
const reports = new Reports();
const front = http.createServer((req, res) => answer(req, res));
front.listen(0, "127.0.0.1");
await once(front, "listening");
const browser = spawn(
  pathOf("chromium"),
  [
    ...["--headless=new", "--no-sandbox", "--no-first-run", "--disable-gpu", "--enable-precise-memory-info"],
    ...["--window-size=1600,900", `--user-data-dir=${profile}`, `${address()}bench.html`],
  ],
  { stdio: "ignore" },
);
try {
  const samples = await watch();
  tell(samples);
} finally {
  browser.kill();
  await once(browser, "close");
  front.closeAllConnections();
  front.close();
  await server.stop();
  await rm(profile, { recursive: true, force: true, maxRetries: 5 });
}

function numberFor(option: string, otherwise: number): number {
  const wished = process.argv.find((arg) => arg.startsWith(`--${option}=`))?.split("=")[1];
  const value = Number(wished ?? otherwise);
  if (value > 0) return value;
  throw new Error(`--${option} must be a number above 0, got ${wished ?? ""}`);
}

/** Pictures that a camera might make: those of a test card. */
async function takePictures(): Promise<Uint8Array[]> {
  const cards = new ImageServer({ source: `test:?size=640x360&fps=${FPS}` });
  await cards.start(0);
  const taken: Uint8Array[] = [];
  for (let at = 0; at < PICTURES; at++) {
    const answer = await fetch(`${cards.url ?? ""}streams/main/snapshot.jpg?after=now`);
    taken.push(new Uint8Array(await answer.arrayBuffer()));
  }
  await cards.stop();
  return taken;
}

async function* camera(): AsyncGenerator<Uint8Array> {
  const start = performance.now();
  for (let at = Math.floor(Math.random() * PICTURES), shown = 1; ; at++, shown++) {
    const picture = pictures[at % PICTURES];
    if (picture !== undefined) yield picture;
    await sleep(Math.max(0, start + (shown * 1_000) / FPS - performance.now()));
  }
}

async function watch(): Promise<Sample[]> {
  await reports.next();
  await sleep(QUICK ? 3_000 : WARM_MS);
  const samples: Sample[] = [];
  const end = performance.now() + minutes * 60_000;
  while (performance.now() < end) {
    await sleep(SAMPLE_MS);
    const { fps, ageMs, heap } = await reports.next();
    const residentMib = residentOf(browser.pid ?? 0);
    samples.push({ fps, ageMs, heapMib: heap / 1_048_576, residentMib });
  }
  return samples;
}

/** The page's own script is served beside the page, so that it is of one origin. */
function answer(req: IncomingMessage, res: ServerResponse): void {
  if (req.url === "/bench.html") res.setHeader("Content-Type", "text/html").end(document());
  else if (req.url === "/report") void text(req).then((told) => (reports.tell(told), res.end()));
  else server.handler(req, res);
}

function address(): string {
  return `http://127.0.0.1:${(front.address() as AddressInfo).port}/`;
}

function document(): string {
  const names = server.streams.map(({ name }) => name);
  const views = names.map(
    (name) => `<kinora-view src="${name}" ${isScaled ? 'scale="auto"' : ""}></kinora-view>`,
  );
  return `<!doctype html><script type="module" src="ui/kinora-view.js"></script>
    <style>body { margin: 0; display: grid; grid-template-columns: repeat(${isScaled ? 4 : 5}, 1fr); gap: 4px }</style>
    ${views.join("")}
    <script>setInterval(async () => fetch("report", { method: "POST", body: ${READ} }), 1_000)</script>`;
}

function residentOf(pid: number): number {
  const own = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1];
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").trim().split(" ").filter(Boolean),
  );
  return Number(own) / 1_024 + children.reduce((sum, child) => sum + residentOf(Number(child)), 0);
}

function tell(samples: readonly Sample[]): void {
  const each = Array.from({ length: count }, (_, at) => mean(samples.map(({ fps }) => fps[at] ?? 0)));
  const ages = samples.flatMap(({ ageMs }) => ageMs);
  const kind = isScaled ? "scaled by the server" : "640x360 passed through";
  console.log(
    `${count} cameras, ${kind}, at ${FPS} fps, for ${minutes} minutes: ` +
      `fps of a view at least ${Math.min(...each).toFixed(1)}, median ${median(each).toFixed(1)}; median age ${median(ages).toFixed(0)} ms`,
  );
  const heap = samples.map(({ heapMib }) => heapMib);
  const resident = samples.map(({ residentMib }) => residentMib);
  const growth = [heap, resident].map((series) => thirds(series));
  console.log(`JS heap, MiB: ${some(heap)}; browser in all, MiB: ${some(resident)}`);
  console.log(
    `first and last third, MiB: ${growth.map((pair) => pair.map((mib) => mib.toFixed(1)).join(" → ")).join("; ")}`,
  );
  if (QUICK) return;
  if (Math.min(...each) < LEAST_FPS)
    throw new Error(`a view shows fewer than ${LEAST_FPS} pictures a second`);
  for (const [first = 0, last = 0] of growth) {
    if (minutes >= 10 && last > first + FLAT_MIB) throw new Error("memory grew");
  }
}

function thirds(series: readonly number[]): number[] {
  const third = Math.ceil(series.length / 3);
  return [mean(series.slice(0, third)), mean(series.slice(-third))];
}

function some(series: readonly number[]): string {
  return series
    .filter((_, at) => at % Math.ceil(series.length / 12) === 0)
    .map((value) => value.toFixed(0))
    .join(" ");
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;
}
