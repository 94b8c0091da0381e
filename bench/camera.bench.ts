// What one camera costs and how old its pictures are when the main thread has them:
//   node bench/camera.bench.ts [--quick]
// The parent starts itself again with a camera; the child measures.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import os from "node:os";
import { readJpegInfo } from "../src/core/jpeg-markers.ts";
import { parseAddress } from "../src/sources/address.ts";
import { openCamera } from "../src/sources/v4l2/v4l2-source.ts";
import { fakeCamera } from "../test/support/fakecam.ts";
import { QUICK } from "./support/report.ts";

const SECONDS = QUICK ? 2 : 20;
const FPS = 30;
/** Start-up is not part of what a camera costs. */
const WARM_UP = FPS * (QUICK ? 1 : 3);

if (process.env["LD_PRELOAD"] === undefined) await startChild();
else await measure();

async function startChild(): Promise<void> {
  const camera = await fakeCamera({ fps: FPS, stamp: true });
  const args = [import.meta.filename, ...process.argv.slice(2)];
  const { status } = spawnSync(process.execPath, args, { env: camera.env, stdio: "inherit" });
  process.exitCode = status ?? 1;
  await camera.close();
}

async function measure(): Promise<void> {
  const abort = new AbortController();
  const delays: number[] = [];
  let [seen, bytes, dropped] = [0, 0, 0];
  let before = new Map<string, number>();
  let after = new Map<string, number>();
  let startedAt = 0;
  let tookMs = 0;
  const report = { note: console.log, dropped: (count: number) => (dropped += count), waiting: console.log };
  for await (const { jpeg, capturedAt } of openCamera(parseAddress("camera:")).capture(
    abort.signal,
    report,
  )) {
    if (++seen === WARM_UP) {
      before = cpuMs();
      startedAt = performance.now();
    } else if (seen > WARM_UP) {
      delays.push(now() - stampOf(jpeg));
      bytes += jpeg.length;
      assert.ok(Math.abs(stampOf(jpeg) - capturedAt) < 5, "the driver's time is the time of capture");
    }
    if (seen < WARM_UP + FPS * SECONDS) continue;
    tookMs = performance.now() - startedAt;
    after = cpuMs();
    abort.abort();
  }
  // A fast wrong answer is worthless: every picture must have come.
  assert.equal(delays.length, FPS * SECONDS);
  delays.sort((a, b) => a - b);
  const at = (share: number) => delays[Math.floor((delays.length - 1) * share)]?.toFixed(2);
  console.log(
    `${delays.length} pictures, ${Math.round(bytes / delays.length / 1000)} KB each, ${dropped} dropped`,
  );
  console.log(`age at the main thread: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms`);
  for (const [thread, ms] of after) {
    const used = ms - (before.get(thread) ?? 0);
    if (used > 1) console.log(`${thread}: ${((used / tookMs) * 100).toFixed(2)} % of a core`);
  }
  console.log(`(${os.cpus()[0]?.model ?? "?"}, ${os.cpus().length} cores, Node ${process.version})`);
}

/** Processor time of each thread so far, in milliseconds; the kernel counts in nanoseconds. */
function cpuMs(): Map<string, number> {
  const threads = readdirSync("/proc/self/task").map((id): [string, number] => {
    const name = readFileSync(`/proc/self/task/${id}/comm`, "latin1").trim();
    const [ns] = readFileSync(`/proc/self/task/${id}/schedstat`, "latin1").split(" ");
    return [`${id === String(process.pid) ? "main thread" : name} ${id}`, Number(ns) / 1e6];
  });
  return new Map(threads);
}

/** The fake camera's own clock, from the comment that it wrote into the picture. */
function stampOf(jpeg: Uint8Array): number {
  const texts = readJpegInfo(jpeg)?.comments.map((comment) => Buffer.from(comment).toString("latin1")) ?? [];
  const stamp = texts.find((text) => text.startsWith("TS:"));
  assert.ok(stamp !== undefined);
  return Number.parseFloat(stamp.slice(3)) * 1000;
}

function now(): number {
  return performance.timeOrigin + performance.now();
}
