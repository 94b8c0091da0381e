// What one frame of the test card costs, in CPU time of all threads, and how much of it blocks the main one.
//   node bench/test-card.bench.ts [--quick]
import assert from "node:assert/strict";
import { readJpegInfo } from "../src/core/jpeg-markers.ts";
import { makeTestCard } from "../src/images/test-card.ts";
import { QUICK, reportMachine } from "./support/report.ts";

const FRAMES = QUICK ? 60 : 300;

reportMachine();
for (const [width, height] of [
  [640, 360],
  [1280, 720],
  [1920, 1080],
] as const) {
  const card = await makeTestCard({ width, height, fps: 30, title: "bench" });
  for (let frame = 0; frame < 20; frame++) await card.paint(frame, frame * 33);
  const before = process.cpuUsage();
  const threadBefore = process.threadCpuUsage();
  let jpeg: Uint8Array = new Uint8Array();
  for (let frame = 0; frame < FRAMES; frame++) jpeg = await card.paint(frame, frame * 33);
  const all = process.cpuUsage(before);
  const main = process.threadCpuUsage(threadBefore);

  assert.equal(readJpegInfo(jpeg)?.width, width);
  const perFrame = ({ user, system }: NodeJS.CpuUsage) => ((user + system) / 1000 / FRAMES).toFixed(2);
  console.log(
    `${width}x${height}: ${perFrame(all)} ms CPU a frame, ${perFrame(main)} ms of it on the main thread, ${jpeg.length} bytes`,
  );
}
