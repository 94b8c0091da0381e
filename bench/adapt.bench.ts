// What an adaptive viewer sees over a line that is too slow for the stream, and how soon it has the whole picture again:
//   node bench/adapt.bench.ts [--quick] [--write]     (after npm run build; as root, with iproute2)
// --write puts the table into docs/performance.md.
import assert from "node:assert/strict";
import os from "node:os";
import { fakeCamera, noFakeCamera } from "../test/support/fakecam.ts";
import { watchAdapting, type Adapting, type Returning, type Times } from "./support/adapt-run.ts";
import { markdownTable, writeIntoDocument } from "./support/document.ts";
import { noLine } from "./support/link-network.ts";
import type { StampedCamera } from "./support/link-run.ts";
import { kinoraServer } from "./support/link-servers.ts";
import { scenePictures } from "./support/scene-pictures.ts";
import { kernelVersion, QUICK, reportMachine } from "./support/report.ts";

const WRITE = process.argv.includes("--write");
const TIMES: Times = QUICK ? { slow: 8, warmUp: 3, fast: 8 } : { slow: 30, warmUp: 3, fast: 15 };

const TWO = { name: "2 Mbit/s, queue of 50 ms", rateMbit: 2, queueMs: 50, returnsMbit: 50 } as const;
const FIVE = { ...TWO, name: "5 Mbit/s, queue of 50 ms", rateMbit: 5 } as const;
const FAR = { ...TWO, name: "2 Mbit/s, 20 ms delay", delayMs: 20 } as const;

const LEAST_FPS = 10;
const MOST_MEDIAN_MS = 150;
const LONGEST_BACK = 10;

const reason = noLine || noFakeCamera;
if (reason === false) await measure();
else console.log(`Not measured: ${reason}.`);

async function measure(): Promise<void> {
  reportMachine();
  const camera = await fakeCamera({ stamp: true, pictures: 1 });
  const pictures = await scenePictures();
  const stamped: StampedCamera = { env: { ...camera.env, FAKECAM_DIR: pictures }, pictures };
  const rows: (readonly string[])[] = [];
  for (const line of QUICK ? [TWO] : [TWO, FIVE, FAR]) {
    for (const manner of ["smooth", "sharp"]) rows.push(await measureOne(line, manner, stamped));
  }
  await camera.close();
  const headings = ["line", "adapt", "age: median", "95 %", "fps", "pixels across", "whole again after"];
  const table = markdownTable([headings, ...rows]);
  console.log(`\n${table}`);
  if (WRITE && QUICK) console.log("Not written: --quick measures too little.");
  else if (WRITE) await writeIntoDocument("adapt", `${conditions()}\n\n${table}`);
}

async function measureOne(
  line: Returning,
  manner: string,
  camera: StampedCamera,
): Promise<readonly string[]> {
  const server = kinoraServer("src/cli/main.ts");
  const stream = `/streams/video0/live.mjpeg?layout=machine&adapt=${manner}`;
  const seen = await watchAdapting(line, { ...server, stream }, camera, TIMES);
  console.log(`${line.name}, ${manner}: ${seen.sizes.join(", ")}`);
  // A fast wrong answer is worthless.
  assert.equal(seen.wrong, 0, "pictures that cannot be decoded");
  for (const [what, isMet] of bars(seen)) if (!isMet) console.log(`NOT MET: ${what}`);
  return [
    line.name,
    manner,
    `${seen.medianMs.toFixed(0)} ms`,
    `${seen.p95Ms.toFixed(0)} ms`,
    seen.fps.toFixed(1),
    String(seen.width),
    `${seen.backAfter.toFixed(1)} s`,
  ];
}

function bars(seen: Adapting): readonly (readonly [string, boolean])[] {
  return [
    [`${LEAST_FPS} fps`, seen.fps >= LEAST_FPS],
    [`${MOST_MEDIAN_MS} ms`, seen.medianMs <= MOST_MEDIAN_MS],
    [`full size within ${LONGEST_BACK} s`, seen.backAfter <= LONGEST_BACK],
  ];
}

function conditions(): string {
  const cpu = os.cpus()[0]?.model.trim() ?? "unknown processor";
  return (
    `\`npm run bench -- adapt --write\` on ${cpu}, ${os.cpus().length} cores, Linux ${kernelVersion()}, ` +
    `Node ${process.version}, ${TIMES.slow} s slow and ${TIMES.fast} s after the return to ${TWO.returnsMbit} Mbit/s each:`
  );
}
