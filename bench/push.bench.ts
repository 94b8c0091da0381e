// What the way through Kinora adds to pictures that are pushed in by POST, beside the same bytes through a bare TCP pipe:
//   node bench/push.bench.ts [--quick]
// From a picture's bytes being written to the picture being whole at a viewer; servers in processes of their own.
import assert from "node:assert/strict";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { numbered, numberedPicture, NumberedViewer } from "./support/numbered-pictures.ts";
import { QUICK, reportMachine } from "./support/report.ts";
import { ServerProcess } from "./support/server-process.ts";

const FPS = 30;
const PICTURE_BYTES = 100_000;
const WARM_UP = QUICK ? 15 : 90;
const MEASURED = QUICK ? 30 : 450;
const MOST_ADDED_MS = 2;

interface Way {
  readonly name: string;
  readonly server: ServerProcess;
  /** Tells its port in its output. */
  readonly listens: RegExp;
  /** What the publisher says before its pictures. */
  readonly publish: string;
  /** What the viewer says. */
  readonly watch: string;
}

interface Times {
  readonly median: number;
  readonly p99: number;
}

reportMachine();
const picture = await numberedPicture(PICTURE_BYTES);
console.log(`${MEASURED} pictures of ${(picture.length / 1000).toFixed(0)} KB, ${FPS} a second`);
const floor = await measure(pipe());
const kinora = await measure(throughKinora());
const added = kinora.median - floor.median;
console.log(`Kinora adds ${added.toFixed(2)} ms at the median (at most ${MOST_ADDED_MS} wanted)`);

function pipe(): Way {
  const script = fileURLToPath(new URL("support/tcp-pipe.ts", import.meta.url));
  const server = new ServerProcess(process.execPath, [script]);
  return { name: "TCP pipe", server, listens: /listens on (\d+)/, publish: "", watch: "" };
}

function throughKinora(): Way {
  const server = new ServerProcess(process.execPath, ["src/cli/main.ts", "door=push:", "--port", "0"]);
  const host = "HTTP/1.1\r\nHost: 127.0.0.1\r\n";
  return {
    name: "Kinora",
    server,
    listens: /:(\d+)\//,
    publish:
      `POST /streams/door/live.mjpeg ${host}Content-Length: 999999999999\r\n` +
      "Content-Type: multipart/x-mixed-replace; boundary=frame\r\n\r\n",
    watch: `GET /streams/door/live.mjpeg ${host}Accept: */*\r\n\r\n`,
  };
}

async function measure({ name, server, listens, publish, watch }: Way): Promise<Times> {
  const port = await server.portTold(listens);
  // The pipe's first connection is its publisher.
  const publisher = connect({ port, host: "127.0.0.1", noDelay: true });
  publisher.write(publish);
  await sleep(100);
  const viewer = new NumberedViewer(port, picture, watch);
  await sleep(200);

  const written: number[] = [];
  const from = performance.now();
  for (let number = 0; number < WARM_UP + MEASURED; number++) {
    const bytes = part(number);
    await sleep(Math.max(0, from + (number * 1000) / FPS - performance.now()));
    publisher.write(bytes);
    // The system has taken all of it by now, as far as its buffers go.
    written.push(performance.now());
  }
  await sleep(500);
  publisher.destroy();
  viewer.socket.destroy();
  await server.stop();
  return told(name, written.slice(WARM_UP), viewer.arrivals);
}

function part(number: number): Buffer {
  const head = `--frame\r\nContent-Type: image/jpeg\r\nContent-Length: ${picture.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), numbered(picture, number), Buffer.from("\r\n")]);
}

function told(name: string, written: readonly number[], arrivals: ReadonlyMap<number, number>): Times {
  const tookMs = written.flatMap((at, index) => {
    const arrivedAt = arrivals.get(index + WARM_UP);
    return arrivedAt === undefined ? [] : [arrivedAt - at];
  });
  // Newest wins: on a machine that is busy elsewhere a few may be skipped, but the stream must have come.
  assert.ok(tookMs.length >= written.length * 0.95, `${tookMs.length} of ${written.length} pictures came`);
  tookMs.sort((a, b) => a - b);
  const at = (share: number) => tookMs[Math.floor((tookMs.length - 1) * share)] ?? NaN;
  const times = { median: at(0.5), p99: at(0.99) };
  console.log(
    `${name}: ${times.median.toFixed(2)} ms median, ${times.p99.toFixed(2)} ms p99, ${tookMs.length} of ${written.length} came`,
  );
  return times;
}
