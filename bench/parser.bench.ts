// How fast multipart streams are read: 100 KB JPEGs in 64 KiB chunks, one core. Bars: 3 GB/s with Content-Length,
// 1.5 GB/s without, at the level of parts and of frames, through the push parser and through the async iteration.
import assert from "node:assert/strict";
import { frameParser } from "../src/wire/frames.ts";
import { frames, parts } from "../src/wire/index.ts";
import type { MultipartParser } from "../src/wire/multipart-parser.ts";
import { partParser } from "../src/wire/parts.ts";
import { join, largeJpeg } from "../test/support/jpeg-samples.ts";
import { QUICK, report, reportMachine } from "./support/report.ts";

const PARTS = QUICK ? 40 : 2_000;
const JPEG_BYTES = 100_000;
const CHUNK_BYTES = 65_536;
/** As many different pictures, so that the input does not fit in the processor's cache of branches. */
const JPEGS = Array.from({ length: 20 }, (_, seed) => largeJpeg(JPEG_BYTES, seed + 1));
const BOUNDARIES = ["boundarydonotcross", "frame", "b"];

/** A stream in chunks, as a socket hands them over. */
function record(boundary: string, hasLengths: boolean): readonly Uint8Array[] {
  const body = join(
    ...JPEGS.flatMap((jpeg) => [
      `--${boundary}\r\nContent-Type: image/jpeg\r\n${hasLengths ? `Content-Length: ${jpeg.length}\r\n` : ""}\r\n`,
      jpeg,
      "\r\n",
    ]),
  );
  const count = Math.ceil(body.length / CHUNK_BYTES);
  return Array.from({ length: count }, (_, index) =>
    body.slice(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES),
  );
}

const ROUNDS = PARTS / JPEGS.length;

/** The chunks again and again, as one stream that ends as it should. */
function* repeated(chunks: readonly Uint8Array[], boundary: string): Generator<Uint8Array, void, undefined> {
  for (let round = 0; round < ROUNDS; round++) yield* chunks;
  yield join(`--${boundary}--\r\n`);
}

async function* asInput(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  yield* chunks;
}

let taken = 0;
let takenBytes = 0;
let lastByte = 0;

function take(bytes: Uint8Array): void {
  taken++;
  takenBytes += bytes.length;
  lastByte = bytes[bytes.length - 1] ?? 0;
}

function push(parser: MultipartParser, chunks: Iterable<Uint8Array>): void {
  for (const chunk of chunks) parser.push(chunk);
  parser.end();
}

reportMachine();
const missed: string[] = [];
for (const hasLengths of [true, false]) {
  for (const boundary of BOUNDARIES) {
    const recorded = record(boundary, hasLengths);
    const chunks = (): Iterable<Uint8Array> => repeated(recorded, boundary);
    const type = `multipart/x-mixed-replace;boundary=${boundary}`;
    const kinds: Readonly<Record<string, () => void | Promise<void>>> = {
      "frames, pushed": () => push(frameParser(type, {}, take), chunks()),
      "frames, iterated": async () => {
        for await (const jpeg of frames(asInput(chunks()), type)) take(jpeg);
      },
      "parts, pushed": () =>
        push(
          partParser(type, {}, (part) => take(part.body)),
          chunks(),
        ),
      "parts, iterated": async () => {
        for await (const part of parts(asInput(chunks()), type)) take(part.body);
      },
    };
    for (const [kind, run] of Object.entries(kinds)) {
      [taken, takenBytes] = [0, 0];
      const name = `${hasLengths ? "with" : "without"} lengths, boundary ${boundary}, ${kind}`;
      const count = recorded.reduce((sum, chunk) => sum + chunk.length, 0) * ROUNDS;
      const { runs, best } = await report(name, { unit: "byte", count }, run);

      // A fast wrong answer is worthless: every picture must have come, whole.
      assert.equal(taken, PARTS * runs);
      assert.equal(takenBytes, PARTS * JPEG_BYTES * runs);
      assert.equal(lastByte, 0xd9);
      if (best < (hasLengths ? 3 : 1.5)) missed.push(name);
    }
  }
}
if (!QUICK && missed.length > 0) {
  console.error(`below the bar: ${missed.join("; ")}`);
  process.exitCode = 1;
}
