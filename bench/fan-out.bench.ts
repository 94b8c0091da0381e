// What viewers cost, and how old their pictures are: the floor, Kinora and the peers that are installed, in turn.
//   node bench/fan-out.bench.ts [--quick] [--write]     (after npm run build)
// --write puts the table into docs/performance.md. Peers: ustreamer on the PATH; mjpg_streamer there or in MJPG_STREAMER.
import { readdirSync, readlinkSync } from "node:fs";
import os from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { noFakeCamera } from "../test/support/fakecam.ts";
import { benchPictures } from "./support/bench-pictures.ts";
import { checkDelivery } from "./support/check-delivery.ts";
import { contestants, PEERS, type Contestant } from "./support/contestants.ts";
import { writeIntoDocument } from "./support/document.ts";
import { fanOutTable, type FanOutRun } from "./support/fan-out-table.ts";
import { putLoadOn, type Delivered } from "./support/load.ts";
import { QUICK, reportMachine } from "./support/report.ts";

const WRITE = process.argv.includes("--write");
const COUNTS = QUICK ? [1, 200] : [1, 50, 200, 500, 1000];
const ROUNDS = QUICK ? 1 : 3;
/** Until compilers and caches have settled, and all viewers have joined. */
const WARM_SECONDS = QUICK ? 0.3 : 2;
const SECONDS = QUICK ? 0.7 : 6;
/** Kinora keeps a camera for 5 s after the last viewer has left. */
const LINGER_MS = 7_000;

reportMachine();
if (noFakeCamera !== false) throw new Error(`the fan-out benchmark cannot run here: ${noFakeCamera}`);
const pictures = await benchPictures();
const { all, close } = await contestants(pictures);
try {
  for (const contestant of all) await check(contestant);
  const absent = PEERS.filter((peer) => !all.some(({ name }) => name === peer));
  if (absent.length > 0) console.log(`not installed, so not measured: ${absent.join(", ")}`);
  const runs = await measureAll();
  const idle = QUICK ? [] : await Promise.all(all.map((contestant) => measureIdle(contestant)));
  const report = [fanOutTable(runs), ...(idle.length === 0 ? [] : ["", idleSentence(idle)])].join("\n");
  console.log(`\n${report}`);
  if (WRITE && QUICK) console.log("Not written: --quick measures too little.");
  else if (WRITE) await writeIntoDocument("fan-out", `${conditions()}\n\n${report}`);
} finally {
  await close();
}

/** A fast wrong answer is worthless: what comes must be the source's pictures. */
async function check(contestant: Contestant): Promise<void> {
  const server = await contestant.start();
  try {
    await checkDelivery(server, pictures);
    console.log(`${contestant.name} ${contestant.version}: delivers the right pictures`);
  } catch (error) {
    throw new Error(`${contestant.name} does not deliver what it should`, { cause: error });
  } finally {
    await server.stop();
  }
}

/** Round by round and in turn, so that what else the machine does meets all alike. */
async function measureAll(): Promise<readonly FanOutRun[]> {
  const runs: FanOutRun[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    for (const viewers of COUNTS) {
      let floor: Delivered | undefined;
      for (const contestant of all) {
        const delivered = await measure(contestant, viewers);
        floor ??= delivered;
        runs.push({ viewers, server: contestant.name, delivered, floor });
      }
      console.log(`round ${round} of ${ROUNDS}, ${viewers} viewers: ${costs(runs.slice(-all.length))}`);
    }
  }
  return runs;
}

/** In a new process each time, so that memory is that of this many viewers. */
async function measure(contestant: Contestant, viewers: number): Promise<Delivered> {
  const server = await contestant.start();
  try {
    // One viewer makes little to measure, so it takes longer.
    const seconds = viewers === 1 && !QUICK ? SECONDS * 2 : SECONDS;
    return await putLoadOn(server, { viewers, warmSeconds: WARM_SECONDS, seconds });
  } finally {
    await server.stop();
  }
}

function costs(runs: readonly FanOutRun[]): string {
  return runs
    .map(({ server, delivered }) => `${server} ${delivered.cpuSecondsPerGb.toFixed(3)} s/GB`)
    .join(", ");
}

interface Idle {
  readonly contestant: Contestant;
  readonly cpuPercent: number;
  readonly isCameraOpen: boolean;
}

/** What a server costs after its viewers have left. */
async function measureIdle(contestant: Contestant): Promise<Idle> {
  const server = await contestant.start();
  try {
    const watched = putLoadOn(server, { viewers: 1, warmSeconds: 0, seconds: 2 });
    await sleep(1_500);
    const during = openPipes(server.pid);
    await watched;
    await sleep(LINGER_MS);
    const after = openPipes(server.pid);
    const { cpuPercent } = await putLoadOn(server, { viewers: 0, warmSeconds: 0, seconds: 5 });
    return { contestant, cpuPercent, isCameraOpen: after >= during };
  } finally {
    await server.stop();
  }
}

/** The fake camera's device is a pipe: closing it makes them fewer. */
function openPipes(pid: number): number {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).filter((fd) => readlinkSync(`${folder}/${fd}`).startsWith("pipe:")).length;
}

function idleSentence(idle: readonly Idle[]): string {
  const each = idle.map(({ contestant, cpuPercent, isCameraOpen }) => {
    const camera = contestant.hasCamera ? `, camera ${isCameraOpen ? "open" : "closed"}` : "";
    return `${contestant.name} ${cpuPercent.toFixed(2)} % of a core${camera}`;
  });
  return `With 0 viewers, some seconds after the last one left: ${each.join("; ")}.`;
}

function conditions(): string {
  const cpu = os.cpus()[0]?.model.trim() ?? "unknown processor";
  const versions = all.map(({ name, version }) => `${name} ${version}`).join("; ");
  return [
    `\`npm run bench -- fan-out --write\` on ${cpu}, ${os.cpus().length} cores, Node ${process.version}:`,
    `${versions}; medians of ${ROUNDS} rounds of ${SECONDS} s.`,
  ].join("\n");
}
