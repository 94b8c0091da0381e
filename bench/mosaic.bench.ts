// What a mosaic of cameras costs, and whether those who watch a camera as it is notice it:
//   node bench/mosaic.bench.ts [--quick]
// The cameras' pictures (640x360) are drawn before; the server, its cameras and its viewers run in this process.
import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { layoutMosaic } from "../src/images/mosaic-layout.ts";
import { CHANNELS } from "../src/images/raw-picture.ts";
import { loadSharp } from "../src/images/sharp.ts";
import { makeTestCard } from "../src/images/test-card.ts";
import { ImageServer, type Source } from "../src/index.ts";
import { QUICK, reportMachine } from "./support/report.ts";

const SIZE = { width: 640, height: 360 };
const FPS = 10;
const DRAWN = 20;
const SECONDS = QUICK ? 2 : 10;

/** Written in front of every picture by Kinora's machine layout. */
const MARK = "X-Timestamp";

reportMachine();
const pictures = await draw();
console.log(`cameras of ${SIZE.width}x${SIZE.height}, ${FPS} pictures a second, ${SECONDS} s each`);
for (const cameras of [4, 9]) {
  const server = new ImageServer();
  for (let number = 1; number <= cameras; number++) server.addStream(`camera-${number}`, camera(number));
  await server.start(0);
  const port = server.port ?? 0;
  const plain = Array.from({ length: cameras }, (_, index) => `/streams/camera-${index + 1}/live.mjpeg`);
  await measure(`${cameras} cameras, each watched as it is`, port, plain);
  for (const viewers of [1, 20]) {
    const mosaics = Array.from({ length: viewers }, () => "/mosaic.mjpeg");
    await measure(`the same and a mosaic with ${viewers} viewer(s)`, port, [...plain, ...mosaics]);
  }
  await server.stop();
  await measureSharp(cameras);
}

async function draw(): Promise<Uint8Array[]> {
  const card = await makeTestCard({ ...SIZE, fps: FPS, title: "camera" });
  const drawn = [];
  for (let number = 0; number < DRAWN; number++) drawn.push(await card.paint(number, (number * 1000) / FPS));
  return drawn;
}

/** Gives the pictures that are drawn; each camera at times of its own. */
function camera(number: number): Source {
  return {
    label: "drawn pictures",
    async *capture(signal) {
      await sleep(number * 7);
      for (let at = performance.now(), count = 0; !signal.aborted; at += 1000 / FPS, count++) {
        await sleep(Math.max(0, at - performance.now()));
        yield { jpeg: Uint8Array.from(pictures[count % DRAWN] ?? []), capturedAt: Date.now() };
      }
    },
  };
}

async function measure(name: string, port: number, paths: readonly string[]): Promise<void> {
  const viewers = paths.map((path) => countingViewer(port, path));
  await sleep(1_000);
  for (const viewer of viewers) viewer.pictures = 0;
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const [from, cpu] = [performance.now(), process.cpuUsage()];
  await sleep(SECONDS * 1000);
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (performance.now() - from) / 1000;
  delay.disable();
  const rates = viewers.map(({ pictures: count }) => count / seconds);
  for (const viewer of viewers) viewer.socket.destroy();

  assert.ok(Math.min(...rates) > FPS * 0.5, `a viewer was given ${Math.min(...rates)} pictures a second`);
  const share = (100 * (user + system)) / 1e6 / seconds;
  console.log(
    `${name}: ${share.toFixed(1)} % of a core, ${Math.min(...rates).toFixed(1)} pictures a second at the least, ` +
      `event loop ${(delay.percentile(99) / 1e6).toFixed(1)} ms late at 99 %`,
  );
}

/** The floor: the same decoding, scaling and encoding, of as many pictures one after the other, and nothing else. */
async function measureSharp(cameras: number): Promise<void> {
  const sharp = await loadSharp();
  const { width, height, cells } = layoutMosaic(cameras, undefined, 1_280);
  const raw = { width, height, channels: CHANNELS } as const;
  const pixels = new Uint8Array(width * height * CHANNELS);
  const jpeg = pictures[0] ?? new Uint8Array();
  const rounds = SECONDS * FPS;
  const cpu = process.cpuUsage();
  for (let round = 0; round < rounds; round++) {
    await Promise.all(cells.map((cell) => sharp(jpeg).resize(cell.width, cell.height).raw().toBuffer()));
    await sharp(pixels, { raw }).jpeg({ quality: 80, optimiseCoding: false }).toBuffer();
  }
  const { user, system } = process.cpuUsage(cpu);
  const share = (100 * FPS * (user + system)) / 1e6 / rounds;
  console.log(`sharp alone, for ${FPS} such mosaics a second: ${share.toFixed(1)} % of a core`);
}

interface CountingViewer {
  readonly socket: Socket;
  pictures: number;
}

function countingViewer(port: number, path: string): CountingViewer {
  const viewer = { socket: connect(port, "127.0.0.1"), pictures: 0 };
  viewer.socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n\r\n`);
  viewer.socket.on("data", (chunk: Buffer) => {
    for (let at = chunk.indexOf(MARK); at !== -1; at = chunk.indexOf(MARK, at + 1)) viewer.pictures++;
  });
  return viewer;
}
