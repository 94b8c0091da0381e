import { parentPort } from "node:worker_threads";
import { SourceError } from "../../core/errors.ts";
import type { CapturedImage } from "../../core/frame.ts";
import { cameraLost, cameraStalled } from "./camera-error.ts";
import { STOP, WAITING, type CaptureMessage, type CaptureOrder } from "./capture-messages.ts";
import { CaptureStream } from "./capture-stream.ts";
import { configure } from "./configure.ts";
import type { Libc } from "../../system/libc.ts";
import { loadCameraLibc } from "./camera-libc.ts";
import { openDevice } from "./open-device.ts";
import type { V4l2Device } from "./v4l2-device.ts";

/** The longest this thread is deaf: an order to stop, or the end of the process, waits for it. */
const LONGEST_WAIT_MS = 50;
/** No picture for this long, or for five intervals, is a camera that hangs. */
const SILENT_MS = 2_000;
/** Some cameras need seconds before their first picture. */
const FIRST_SILENT_MS = 6_000;
/** While the main thread is busy, so many pictures wait for it and the rest are skipped. */
const MOST_WAITING = 2;

const TORN = "some pictures are cut short; they are left out";

parentPort?.on("message", (order: CaptureOrder) => void run(order));

/** A mistake in this code ends the thread, by an unhandled rejection, and CameraCapture tells. */
async function run(order: CaptureOrder): Promise<void> {
  try {
    capture(loadCameraLibc(), order);
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    const { code, message, retryable } = error;
    tell({ kind: "failed", code, message, retryable });
  }
  tell({ kind: "ended" });
}

function capture(libc: Libc, order: CaptureOrder): void {
  const device = openDevice(libc, order.path);
  try {
    const { text, intervalMs } = configure(device, order.wish);
    tell({ kind: "note", text });
    const stream = new CaptureStream(device, libc);
    try {
      deliver(device, stream, order.shared, Math.max(SILENT_MS, 5 * (intervalMs ?? 0)));
    } finally {
      stream.close();
    }
  } finally {
    device.close();
  }
}

function deliver(device: V4l2Device, stream: CaptureStream, shared: Int32Array, silentMs: number): void {
  let limitMs = Math.max(FIRST_SILENT_MS, silentMs);
  let silentSince = performance.now();
  let torn = 0;
  while (Atomics.load(shared, STOP) === 0) {
    const leftMs = silentSince + limitMs - performance.now();
    if (leftMs <= 0) throw cameraStalled(device.path, limitMs, torn);
    const state = device.wait(Math.ceil(Math.min(LONGEST_WAIT_MS, leftMs)));
    if (state === "timeout") continue;
    const wanted = Atomics.load(shared, WAITING) < MOST_WAITING;
    const taken = stream.takeNewest(wanted);
    if (!taken.any) {
      if (state === "trouble") throw cameraLost(device.path, "it hung up");
      continue;
    }
    if (taken.missed > 0) tell({ kind: "missed", count: taken.missed });
    if (taken.torn > 0) {
      if (torn === 0) tell({ kind: "note", text: `camera ${device.path}: ${TORN}` });
      torn += taken.torn;
      continue;
    }
    if (taken.image !== undefined) tellPicture(taken.image, shared);
    limitMs = silentMs;
    silentSince = performance.now();
    torn = 0;
  }
}

function tellPicture(image: CapturedImage, shared: Int32Array): void {
  Atomics.add(shared, WAITING, 1);
  // The bytes are alone in their memory, which changes hands instead of being copied.
  const { buffer } = image.jpeg;
  tell({ kind: "picture", image }, buffer instanceof ArrayBuffer ? [buffer] : []);
}

function tell(message: CaptureMessage, transfer: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer);
}
