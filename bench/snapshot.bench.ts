// How long a snapshot of a running stream takes, on a connection that stays open:
//   node bench/snapshot.bench.ts [--quick]
// From the request being written to the last byte being here; the server in a process of its own.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import sharp from "sharp";
import { readJpegInfo } from "../src/core/jpeg-markers.ts";
import { benchPictures } from "./support/bench-pictures.ts";
import { QUICK, reportMachine } from "./support/report.ts";
import { ServerProcess } from "./support/server-process.ts";

const FPS = 30;
const WARM_UP = QUICK ? 10 : 100;
const MEASURED = QUICK ? 30 : 500;
const MOST_MEDIAN_MS = 2;
/** Longer than the time between two pictures, and no multiple of it, so that requests come at any point of it. */
const PAUSE_MS = 36;

interface Asked {
  readonly name: string;
  readonly address: string;
  /** Checks what came. */
  readonly check: (jpeg: Buffer) => void;
  /** The most that is wanted of the median. */
  readonly mostMs?: number;
}

reportMachine();
const large = await Promise.all((await benchPictures()).files.map((file) => readFile(file)));
const small = await Promise.all(
  large.map((jpeg) => sharp(jpeg).resize(640, 360).jpeg({ quality: 97 }).toBuffer()),
);
const folder = await mkdtemp(path.join(os.tmpdir(), "kinora-bench-"));
await saved("small", small);
await saved("large", large);
const server = new ServerProcess(process.execPath, [
  "src/cli/main.ts",
  ...["small", "large"].map((name) => `${name}=folder:${folder}/${name}?fps=${FPS}`),
  ...["--port", "0"],
]);
const socket = connect(await server.portTold(/:(\d+)\//), "127.0.0.1");
socket.setNoDelay(true);

const untouched = { mostMs: MOST_MEDIAN_MS };
await measure({ name: "640x360", address: "small/snapshot.jpg", check: isOneOf(small), ...untouched });
await measure({ name: "1280x720", address: "large/snapshot.jpg", check: isOneOf(large), ...untouched });
await measure({
  name: "1280x720, width=640",
  address: "large/snapshot.jpg?width=640",
  check: isOfSize(640, 360),
});
await measure({
  name: "1280x720, width=320",
  address: "large/snapshot.jpg?width=320",
  check: isOfSize(320, 180),
});

socket.destroy();
await server.stop();
await rm(folder, { recursive: true });

async function saved(name: string, pictures: readonly Buffer[]): Promise<void> {
  await mkdir(path.join(folder, name));
  for (const [number, jpeg] of pictures.entries()) {
    await writeFile(path.join(folder, name, `${String(number).padStart(4, "0")}.jpg`), jpeg);
  }
}

async function measure({ name, address, check, mostMs }: Asked): Promise<void> {
  const request = `GET /streams/${address} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;
  const tookMs: number[] = [];
  let bytes = 0;
  for (let count = 0; count < WARM_UP + MEASURED; count++) {
    await sleep(PAUSE_MS);
    const from = performance.now();
    const jpeg = await answered(socket, request);
    if (count >= WARM_UP) tookMs.push(performance.now() - from);
    check(jpeg);
    bytes += jpeg.length;
  }
  tookMs.sort((a, b) => a - b);
  const at = (share: number) => tookMs[Math.floor((tookMs.length - 1) * share)] ?? NaN;
  const size = (bytes / (WARM_UP + MEASURED) / 1000).toFixed(0);
  const wanted = mostMs === undefined ? "" : ` (at most ${mostMs} wanted)`;
  console.log(
    `${name}, ${size} KB: ${at(0.5).toFixed(2)} ms median${wanted}, ${at(0.95).toFixed(2)} ms 95 %, ${at(0.99).toFixed(2)} ms 99 %`,
  );
}

/** The body of the answer to that request. */
async function answered(connection: Socket, request: string): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  let received = 0;
  let expected: number | undefined;
  const onData = (chunk: Buffer) => {
    chunks.push(chunk);
    received += chunk.length;
    expected ??= wholeLength(Buffer.concat(chunks));
    if (received === expected) resolve(Buffer.concat(chunks));
  };
  connection.on("data", onData);
  connection.once("error", reject);
  connection.write(request);
  const answer = await promise;
  connection.off("data", onData);
  connection.off("error", reject);
  assert.match(answer.toString("latin1", 0, 15), /^HTTP\/1\.1 200 OK/);
  return answer.subarray(answer.indexOf("\r\n\r\n") + 4);
}

/** Undefined before the head is whole. */
function wholeLength(start: Buffer): number | undefined {
  const end = start.indexOf("\r\n\r\n");
  if (end === -1) return undefined;
  const length = /\r\ncontent-length: (\d+)/i.exec(start.toString("latin1", 0, end))?.[1];
  return end + 4 + Number(length);
}

function isOneOf(pictures: readonly Buffer[]): (jpeg: Buffer) => void {
  return (jpeg) => assert.ok(pictures.some((each) => each.equals(jpeg)));
}

function isOfSize(width: number, height: number): (jpeg: Buffer) => void {
  return (jpeg) => {
    const info = readJpegInfo(jpeg);
    assert.deepEqual([info?.width, info?.height], [width, height]);
  };
}
