// What sharp alone needs to scale pictures: node bench/support/scale-alone.ts FOLDER WIDTH FPS COUNT
// Reads each file and scales it, FPS times a second (0: one after the other), and prints the CPU seconds of the process.
import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import sharp from "sharp";

const WARM_UP = 10;

const [folder = "", width, fps, count] = process.argv.slice(2);
const files = readdirSync(folder).sort();
sharp.concurrency(1);
sharp.cache(false);
let before = process.cpuUsage();
const from = performance.now();
for (let number = 0; number < Number(count) + WARM_UP; number++) {
  if (number === WARM_UP) before = process.cpuUsage();
  const dueAt = Number(fps) === 0 ? 0 : from + (number * 1000) / Number(fps);
  await sleep(Math.max(0, dueAt - performance.now()));
  const jpeg = await readFile(path.join(folder, files[number % files.length] ?? ""));
  await sharp(jpeg)
    .resize({ width: Number(width) })
    .jpeg({ quality: 80, optimiseCoding: false })
    .toBuffer();
}
const { user, system } = process.cpuUsage(before);
console.log(`${(user + system) / 1e6}`);
