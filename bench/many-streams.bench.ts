// What 25 streams over one WebSocket cost the server, beside the same 25 as one connection each:
//   node bench/many-streams.bench.ts [--quick]
// The pictures are those of a folder, passed through; the server is a process of its own.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ImageServer } from "../src/index.ts";
import { decodeLiveHead } from "../src/wire/live-message.ts";
import { QUICK, reportMachine } from "./support/report.ts";
import { ServerProcess } from "./support/server-process.ts";

const STREAMS = 25;
const FPS = 15;
const WARM_UP_MS = QUICK ? 1_500 : 3_000;
const MEASURED_MS = QUICK ? 1_500 : 10_000;
/** What the page must reach. */
const LEAST_FPS = 10;
/** Linux tells processor time in these. */
const TICKS_A_SECOND = 100;

/** What a client has received. */
interface Received {
  readonly counts: number[];
  ages: number[];
}

reportMachine();
const folder = await mkdtemp(path.join(os.tmpdir(), "kinora-bench-"));
try {
  const bytes = await fillFolder();
  console.log(
    `${STREAMS} streams of 640x360, about ${(bytes / 1000).toFixed(0)} KB a picture, ${FPS} a second`,
  );
  await measure("one WebSocket", watchTogether);
  await measure("one WebSocket each", watchApart);
} finally {
  await rm(folder, { recursive: true });
}

async function fillFolder(): Promise<number> {
  const server = new ImageServer({ source: "test:?size=640x360" });
  await server.start(0);
  let bytes = 0;
  for (let number = 0; number < 5; number++) {
    const answer = await fetch(`${server.url ?? ""}static.jpg`);
    const jpeg = Buffer.from(await answer.arrayBuffer());
    bytes += jpeg.length / 5;
    await writeFile(path.join(folder, `${number}.jpg`), jpeg);
    await sleep(200);
  }
  await server.stop();
  return bytes;
}

async function measure(name: string, watch: (port: number, received: Received) => Promise<WebSocket[]>) {
  const streams = Array.from({ length: STREAMS }, (_, id) => `s${id}=folder:${folder}?fps=${FPS}`);
  const server = new ServerProcess(process.execPath, ["src/cli/main.ts", ...streams, "--port", "0"]);
  const received: Received = { counts: Array<number>(STREAMS).fill(0), ages: [] };
  const sockets = await watch(await server.portTold(/:(\d+)\//), received);
  await sleep(WARM_UP_MS);

  received.counts.fill(0);
  received.ages = [];
  const [cpuBefore, from] = [await cpuSeconds(server.pid), performance.now()];
  await sleep(MEASURED_MS);
  const seconds = (performance.now() - from) / 1_000;
  const share = ((await cpuSeconds(server.pid)) - cpuBefore) / seconds;

  const rates = received.counts.map((count) => count / seconds);
  assert.ok(QUICK || Math.min(...rates) >= LEAST_FPS, `a stream has ${Math.min(...rates)} a second`);
  const range = `${Math.min(...rates).toFixed(1)} to ${Math.max(...rates).toFixed(1)} a second each`;
  const ages = received.ages.toSorted((one, other) => one - other);
  const age = ages.length === 0 ? "" : `, age ${ages[ages.length >> 1] ?? NaN} ms at the median`;
  console.log(`${name}: ${range}, ${(share * 100).toFixed(1)} % of a core${age}`);
  for (const socket of sockets) socket.close();
  await server.stop();
}

async function watchTogether(port: number, received: Received): Promise<WebSocket[]> {
  const socket = await opened(`ws://127.0.0.1:${port}/api/live`);
  socket.onmessage = ({ data }: { data: unknown }) => {
    if (!(data instanceof ArrayBuffer)) return;
    const { id, capturedAt } = decodeLiveHead(data) ?? assert.fail("that is no picture");
    assertJpeg(data, 24);
    received.counts[id] = (received.counts[id] ?? 0) + 1;
    received.ages.push(Math.round(Date.now() - capturedAt));
    socket.send(data.slice(2, 8));
  };
  for (let id = 0; id < STREAMS; id++) socket.send(JSON.stringify({ type: "watch", id, stream: `s${id}` }));
  return [socket];
}

async function watchApart(port: number, { counts }: Received): Promise<WebSocket[]> {
  return Promise.all(
    counts.map(async (_, id) => {
      const socket = await opened(`ws://127.0.0.1:${port}/streams/s${id}/live.mjpeg`);
      socket.onmessage = ({ data }: { data: unknown }) => {
        if (data instanceof ArrayBuffer) assertJpeg(data, 0);
        counts[id] = (counts[id] ?? 0) + 1;
      };
      return socket;
    }),
  );
}

async function opened(address: string): Promise<WebSocket> {
  const socket = new WebSocket(address);
  socket.binaryType = "arraybuffer";
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  socket.onopen = () => resolve(undefined);
  socket.onerror = () => reject(new Error(`${address} cannot be opened`));
  await promise;
  return socket;
}

function assertJpeg(data: ArrayBuffer, at: number): void {
  const bytes = new DataView(data);
  assert.deepEqual([bytes.getUint16(at), bytes.getUint16(data.byteLength - 2)], [0xffd8, 0xffd9]);
}

async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  // Behind the name, which may hold anything: user and system time are the 12th and the 13th.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}
