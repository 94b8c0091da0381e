// Reads a camera in a process of its own, as run-capture.ts asks, and tells what happens as one JSON object a line.
import { readdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { SourceError } from "../../../src/core/errors.ts";
import type { CapturedImage } from "../../../src/core/frame.ts";
import { readJpegInfo } from "../../../src/core/jpeg-markers.ts";
import { parseAddress } from "../../../src/sources/address.ts";
import { openCamera } from "../../../src/sources/v4l2/v4l2-source.ts";
import type { CaptureEvent, CaptureTask, Resources } from "./run-capture.ts";

const task = JSON.parse(process.argv[2] ?? "") as CaptureTask;
const source = openCamera(parseAddress(task.address));
const start = resources();
let abort = new AbortController();
let abortedAt = 0;

createInterface(process.stdin).on("line", (line) => {
  if (line === "stop") stop();
  // What a busy main thread does to the camera.
  if (line.startsWith("block "))
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(line.slice(6)));
});

for (let round = 0; round < (task.rounds ?? 1); round++) {
  if (task.stopStepMs !== undefined) setTimeout(stop, round * task.stopStepMs);
  await capture();
  abort = new AbortController();
  if (task.retryMs !== undefined) await sleep(task.retryMs);
}
tell({ event: "end", start, now: resources() });
process.stdin.destroy();

async function capture(): Promise<void> {
  let taken = 0;
  try {
    const report = {
      note: (text: string) => tell({ event: "note", text }),
      dropped: (count: number) => tell({ event: "dropped", count }),
      waiting: () => undefined,
    };
    for await (const image of source.capture(abort.signal, report)) {
      tell(picture(image));
      if (++taken === task.pictures) stop();
    }
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    tell({ event: "error", code: error.code, message: error.message, retryable: error.retryable });
  }
  tell({ event: "closed", afterMs: performance.now() - abortedAt, now: resources() });
}

function stop(): void {
  abortedAt = performance.now();
  abort.abort();
}

function picture({ jpeg, capturedAt }: CapturedImage): CaptureEvent {
  const info = readJpegInfo(jpeg);
  const comments = info?.comments.map((bytes) => Buffer.from(bytes).toString("latin1")) ?? [];
  const stamped = comments.find((text) => text.startsWith("TS:"));
  return {
    event: "picture",
    number: Number(comments.find((text) => text.startsWith("N:"))?.slice(2)),
    size: `${info?.width ?? 0}x${info?.height ?? 0}`,
    hasTables: info?.hasHuffmanTables ?? false,
    bytes: jpeg.length,
    capturedAt,
    seenAt: performance.timeOrigin + performance.now(),
    stampedAt: stamped === undefined ? undefined : Number.parseFloat(stamped.slice(3)) * 1000,
  };
}

/** What a closed camera must leave as it was. */
function resources(): Resources {
  return {
    fds: readdirSync("/proc/self/fd").length,
    threads: readdirSync("/proc/self/task").length,
    mapped: readFileSync("/proc/self/maps", "latin1").split("\n").length,
    residentMb: process.memoryUsage.rss() / 1e6,
  };
}

function tell(event: CaptureEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}
