// How old pictures are at a viewer whose line is slower than the stream, or loses packets:
//   node bench/slow-link.bench.ts [--quick] [--write]     (after npm run build; as root, with iproute2)
// --write puts the table into docs/performance.md. Debian's ustreamer takes part where it is installed.
import assert from "node:assert/strict";
import os from "node:os";
import { fakeCamera, noFakeCamera } from "../test/support/fakecam.ts";
import { benchPictures } from "./support/bench-pictures.ts";
import { congestionControls, makeNetwork, noLine, type Line } from "./support/link-network.ts";
import { watchOver, type LinkServer, type Span, type StampedCamera } from "./support/link-run.ts";
import { kinoraServer, ustreamerServer } from "./support/link-servers.ts";
import { writeIntoDocument } from "./support/document.ts";
import { linkTable, type LinkRun } from "./support/link-table.ts";
import { kernelVersion, QUICK, reportMachine } from "./support/report.ts";

const WRITE = process.argv.includes("--write");
const SPAN: Span = QUICK ? { measured: 1.2, warmUp: 0.8 } : { measured: 20, warmUp: 3 };

const NARROW = { name: "5 Mbit/s, queue of 50 ms", rateMbit: 5, queueMs: 50 } as const;
const LOSSY = { name: "20 Mbit/s, 1 % loss", rateMbit: 20, queueMs: 50, lossPercent: 1 } as const;
const LINES: readonly Line[] = [
  NARROW,
  { ...NARROW, name: `${NARROW.name}, bbr`, congestion: "bbr" },
  { name: "1 Mbit/s, 100 ms delay", rateMbit: 1, queueMs: 100, delayMs: 100 },
  LOSSY,
];

const reason = noLine || noFakeCamera;
if (reason === false) await measure();
else console.log(`Not measured: ${reason}.`);

async function measure(): Promise<void> {
  reportMachine();
  const pictures = (await benchPictures()).folder;
  const camera = await fakeCamera({ stamp: true, pictures: 1 });
  // Its own pictures are not shown: those of the benchmarks are.
  const stamped: StampedCamera = { env: { ...camera.env, FAKECAM_DIR: pictures }, pictures };
  const lines = QUICK ? [NARROW, LOSSY] : LINES;
  const runs: LinkRun[] = [];
  for (const line of lines.filter(isPossible)) {
    for (const server of servers()) runs.push(await measureOne(line, server, stamped));
  }
  await camera.close();
  const table = linkTable(runs);
  console.log(`\n${table}`);
  if (WRITE && QUICK) console.log("Not written: --quick measures too little.");
  else if (WRITE) await writeIntoDocument("slow-link", `${conditions()}\n\n${table}`);
}

function isPossible({ congestion = "cubic" }: Line): boolean {
  return congestionControls.includes(congestion);
}

function servers(): readonly LinkServer[] {
  const peer = QUICK ? undefined : ustreamerServer();
  return [kinoraServer("dist/cli/main.js"), ...(peer === undefined ? [] : [peer])];
}

async function measureOne(line: Line, server: LinkServer, camera: StampedCamera): Promise<LinkRun> {
  const network = await makeNetwork(line);
  try {
    const outcome = await watchOver(network, server, camera, SPAN);
    // A fast wrong answer is worthless.
    assert.equal(outcome.wrong, 0, `${server.name} sent pictures that are not the camera's`);
    assert.ok(outcome.fps > 0, `${server.name} sent no picture`);
    console.log(`${line.name}, ${server.name}: ${outcome.medianMs.toFixed(0)} ms`);
    return { line: line.name, server: server.name, outcome };
  } finally {
    await network.close();
  }
}

function conditions(): string {
  const cpu = os.cpus()[0]?.model.trim() ?? "unknown processor";
  return (
    `\`npm run bench -- slow-link --write\` on ${cpu}, ${os.cpus().length} cores, Linux ${kernelVersion()}, ` +
    `Node ${process.version}, ${SPAN.measured} s each:`
  );
}
