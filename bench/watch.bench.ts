// How much watch: adds, from the moment a picture's file is closed or renamed to the moment the picture is yielded:
//   node bench/watch.bench.ts [--quick]
// A process of its own writes 100 KB twenty times a second. Both read the same clock, the system's monotonic one.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { closeSync, openSync, renameSync, writeFileSync, writeSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readJpegInfo } from "../src/core/jpeg-markers.ts";
import { parseAddress } from "../src/sources/address.ts";
import { INEXACT, openWatch } from "../src/sources/watch-source.ts";
import { SAMPLES } from "../test/support/jpeg-samples.ts";
import { QUICK, reportMachine } from "./support/report.ts";

const FPS = 20;
const PICTURES = QUICK ? 20 : 300;
const WARM_UP = 5;
const BYTES = 100_000;
/** Most milliseconds that watch: may add at the median where the file is closed or renamed. */
const MOST_MS = 20;

const HOW = ["overwritten", "renamed", "kept open"] as const;
type How = (typeof HOW)[number];

const [, , how, file] = process.argv;
if (how !== undefined && file !== undefined) await write(HOW.find((each) => each === how) ?? "renamed", file);
else await measureAll();

async function measureAll(): Promise<void> {
  reportMachine();
  for (const each of HOW) {
    const median = await measure(each, each);
    assert.ok(each === "kept open" || median <= MOST_MS, `${each}: ${median} ms`);
  }
  await measure("overwritten", "overwritten, without koffi", true);
}

async function measure(how: How, name: string, isInexact = false): Promise<number> {
  const folder = await mkdtemp(path.join(tmpdir(), "kinora-watch-"));
  const target = path.join(folder, "frame.jpg");
  const abort = new AbortController();
  const source = openWatch(
    parseAddress(`watch:${target}`),
    async (bytes) => bytes,
    ...(isInexact ? [INEXACT] : []),
  );
  const writer = spawn(process.execPath, [import.meta.filename, how, target, ...process.argv.slice(2)], {
    stdio: ["ignore", "pipe", "inherit"],
    timeout: 60_000,
  });
  let written = "";
  writer.stdout.setEncoding("utf8").on("data", (text: string) => (written += text));
  const seen = new Map<number, number>();
  const fail = (what: number | string) => assert.fail(`not a picture: ${what}`);
  const report = { dropped: fail, note: fail, waiting: () => undefined };
  for await (const { jpeg } of source.capture(abort.signal, report)) {
    const now = process.hrtime.bigint();
    assert.equal(jpeg.length, BYTES);
    seen.set(numberOf(jpeg), Number(now) / 1e6);
    if (numberOf(jpeg) === PICTURES - 1) abort.abort();
  }
  await sleep(100);
  writer.kill();
  await rm(folder, { recursive: true, force: true });
  const added = Array.from(written.matchAll(/^(\d+) (\d+)$/gm), ([, number, at]) => {
    const shownAt = seen.get(Number(number));
    // Where the writer itself is held up before it closes the file, the picture was left alone for long enough before.
    return shownAt === undefined ? NaN : Math.max(0, shownAt - Number(at) / 1e6);
  });
  // The first ones may be over before the source has started. On a busy machine one may be overtaken by the next.
  const expected = added.slice(WARM_UP);
  const times = expected.filter((ms) => !Number.isNaN(ms)).sort((x, y) => x - y);
  assert.equal(expected.length, PICTURES - WARM_UP);
  assert.ok(times.length >= 0.9 * expected.length, `${times.length} of ${expected.length} pictures came`);
  const at = (share: number) => times[Math.floor((times.length - 1) * share)] ?? NaN;
  const [median, p95, worst] = [0.5, 0.95, 1].map((share) => at(share).toFixed(2));
  console.log(
    `${name}: median ${median} ms, p95 ${p95} ms, worst ${worst} ms (${times.length} of ${expected.length} pictures)`,
  );
  return at(0.5);
}

/** Writes pictures, and to stdout when each was about to be closed or renamed; of a file that is kept open, to be written. */
async function write(how: How, file: string): Promise<void> {
  const kept = how === "kept open" ? openSync(file, "w") : undefined;
  for (let number = 0; number < PICTURES; number++) {
    const bytes = picture(number);
    let at: bigint;
    if (kept !== undefined) {
      at = process.hrtime.bigint();
      writeSync(kept, bytes, 0, bytes.length, 0);
    } else if (how === "renamed") {
      writeFileSync(`${file}.new`, bytes);
      at = process.hrtime.bigint();
      renameSync(`${file}.new`, file);
    } else {
      const fd = openSync(file, "w");
      writeSync(fd, bytes);
      at = process.hrtime.bigint();
      closeSync(fd);
    }
    process.stdout.write(`${number} ${at}\n`);
    await sleep(1000 / FPS);
  }
  // Whoever reads the last picture has a moment to do so.
  await sleep(30_000);
}

/** A picture of 100 KB, whose comments hold its number, and bytes that are those of no other. */
function picture(number: number): Buffer {
  const { baseline } = SAMPLES;
  const comments: Buffer[] = [];
  for (let left = BYTES - baseline.length; left > 0;) {
    const length = left > 60_000 ? 50_000 : left;
    const comment = Buffer.alloc(length, number % 200);
    comment.writeUInt16BE(0xfffe, 0);
    comment.writeUInt16BE(length - 2, 2);
    comment.writeUInt32BE(number, 4);
    comments.push(comment);
    left -= length;
  }
  return Buffer.concat([baseline.subarray(0, 2), ...comments, baseline.subarray(2)]);
}

function numberOf(jpeg: Uint8Array): number {
  const [comment] = readJpegInfo(jpeg)?.comments ?? [];
  return comment === undefined ? -1 : Buffer.from(comment).readUInt32BE(0);
}
