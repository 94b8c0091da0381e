// Writes pictures to its standard output as ffmpeg does, in parts and 32 KiB at a time:
//   node pipe-writer.ts PICTURES FRAMES_A_SECOND (0: as fast as they are taken)
import { writeSync } from "node:fs";
import { noisyPart } from "./noisy-jpeg.ts";

const WRITTEN_AT_ONCE = 32_768;
const [count = 0, fps = 0] = process.argv.slice(2).map(Number);
const part = noisyPart();
const pause = new Int32Array(new SharedArrayBuffer(4));
const startedAt = performance.now();
for (let index = 0; index < count; index++) {
  const waitMs = fps === 0 ? 0 : startedAt + (index * 1_000) / fps - performance.now();
  if (waitMs > 0) Atomics.wait(pause, 0, 0, waitMs);
  write(part);
}

function write(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(1, bytes, at, Math.min(WRITTEN_AT_ONCE, bytes.length - at));
    } catch (error) {
      // The pipe is full.
      if (!(error instanceof Error && "code" in error && error.code === "EAGAIN")) throw error;
      Atomics.wait(pause, 0, 0, 1);
    }
  }
}
