import assert from "node:assert/strict";
import { test } from "node:test";
import v8 from "node:v8";
import vm from "node:vm";
import { frameParser } from "../src/wire/frames.ts";
import { frames, parts, type FramesOptions } from "../src/wire/index.ts";
import type { MultipartParser } from "../src/wire/multipart-parser.ts";
import { partParser } from "../src/wire/parts.ts";
import { join, SAMPLES, toBytes } from "./support/jpeg-samples.ts";
import { HOSTILE, hostile, jumpers, MOST_JUMPERS } from "./support/wire-hostile.ts";
import { cutUp, delimited, jpegPart, part, readFrames, readParts } from "./support/wire-streams.ts";

const TYPE = "multipart/x-mixed-replace;boundary=b0";
const MIB = 1_048_576;
const CHUNK_BYTES = 65_536;
/** So patient that no limit on what is of no use ends the reading. */
const PATIENT: FramesOptions = { maxIdleBytes: 1_000_000_000_000, maxIdleParts: 1_000_000_000 };

v8.setFlagsFromString("--expose-gc");
const collectGarbage = vm.runInNewContext("gc") as () => void;

function heldBytes(): number {
  // What the first collection finds is let go of in the background, and counted as gone by the second.
  collectGarbage();
  collectGarbage();
  const { arrayBuffers, heapUsed } = process.memoryUsage();
  return arrayBuffers + heapUsed;
}

/** Pushes `begin`, then `again` for 24 MiB, and returns the most bytes that were held on the way. */
function mostHeld(parser: MultipartParser, begin: string, again: string): number {
  parser.push(toBytes(begin));
  const chunk = toBytes(again.repeat(Math.ceil(CHUNK_BYTES / again.length)));
  const before = heldBytes();
  let most = 0;
  for (let index = 1; index <= 384; index++) {
    parser.push(chunk.slice());
    if (index % 96 === 0) most = Math.max(most, heldBytes() - before);
  }
  return most;
}

const LIMITS: FramesOptions = { ...PATIENT, maxPartBytes: MIB };

for (const [title, begin, again] of [
  ["an endless preamble", "", "x".repeat(77)],
  ["an endless preamble of line breaks", "", "\r\n"],
  ["an endless header line", "--b0\r\n", "x"],
  ["endless header lines", "--b0\r\n", "Header: value\r\n"],
  ["an endless part", "--b0\r\n\r\n", "not a picture"],
  ["an endless part with a length of 4 GB", "--b0\r\nContent-Length: 4294967296\r\n\r\n", "not a picture"],
  ["an endless picture", `--b0\r\n\r\n\xff\xd8\xff\xda\0\x02`, "data"],
  [
    "an endless picture with a length",
    `--b0\r\nContent-Length: 1000000\r\n\r\n\xff\xd8\xff\xda\0\x02`,
    "data",
  ],
  ["endless segments of a picture", "--b0\r\n\r\n\xff\xd8", "\xff\xfe\0\x06data"],
  ["an endless text part", "--b0\r\nContent-Type: text/plain\r\n\r\n", "text\r\n"],
] as const) {
  test(`${title} is not kept in memory`, () => {
    const options = { ...LIMITS };
    const most = Math.max(
      mostHeld(
        frameParser(TYPE, options, () => {}),
        begin,
        again,
      ),
      mostHeld(
        partParser(TYPE, options, () => {}),
        begin,
        again,
      ),
    );

    assert.ok(most < 3 * MIB, `${(most / MIB).toFixed(1)} MiB held`);
  });
}

test("an endless picture of a bare concatenation is not kept in memory", () => {
  const parser = frameParser("image/jpeg", LIMITS, () => {});

  assert.ok(mostHeld(parser, "\xff\xd8\xff\xda\0\x02", "data") < 3 * MIB);
});

test("input in single bytes costs about its size to keep", () => {
  const parser = frameParser(TYPE, PATIENT, () => {});
  parser.push(toBytes("--b0\r\n\r\n\xff\xd8\xff\xda\0\x02"));
  const before = heldBytes();

  for (let index = 0; index < MIB; index++) parser.push(new Uint8Array(1));

  assert.ok(heldBytes() - before < 3 * MIB);
  parser.end();
});

test("a part that is too long is passed over, and the next one is read", async () => {
  const long = join(SAMPLES.baseline.subarray(0, -2), "x".repeat(5_000), "\xff\xd9");
  const body = delimited(
    "--b0",
    jpegPart(SAMPLES.grey),
    jpegPart(long),
    part([], long),
    jpegPart(SAMPLES.grey),
  );

  const options = { maxPartBytes: 2_000 };
  const read = await readFrames({ contentType: TYPE, body }, [700], options);
  const readAsParts = await readParts({ contentType: TYPE, body }, [700], options);

  assert.deepEqual(read.frames, [SAMPLES.grey, SAMPLES.grey]);
  assert.deepEqual(read.bad, ["part-too-long", "part-too-long"]);
  assert.deepEqual(
    readAsParts.parts.map((one) => one.body),
    [SAMPLES.grey, SAMPLES.grey],
  );
  assert.deepEqual(readAsParts.bad, ["part-too-long", "part-too-long"]);
});

test("a part of exactly the most bytes is read", async () => {
  const { baseline } = SAMPLES;
  for (const made of [jpegPart(baseline), part([], baseline)]) {
    const recording = { contentType: TYPE, body: delimited("--b0", made) };

    const exact = { maxPartBytes: baseline.length };
    const short = { maxPartBytes: baseline.length - 1 };
    assert.equal((await readFrames(recording, [], exact)).frames.length, 1);
    assert.equal((await readParts(recording, [], exact)).parts.length, 1);
    assert.equal((await readFrames(recording, [], short)).frames.length, 0);
    assert.equal((await readParts(recording, [], short)).parts.length, 0);
  }
});

test("a header block that is too long is passed over, and the next part is read", async () => {
  const headers = Array.from({ length: 5_000 }, (_, index) => `X-Header-${index}: value`);
  const body = delimited("--b0", part(headers, SAMPLES.grey), jpegPart(SAMPLES.grey));

  const read = await readFrames({ contentType: TYPE, body }, [700]);

  assert.deepEqual(read.frames, [SAMPLES.grey]);
  assert.deepEqual(read.bad, ["header-too-long"]);
});

test("a boundary of more than 256 characters counts as none and is learnt from the body", async () => {
  const boundary = "b".repeat(257);
  const read = (first: string): ReturnType<typeof readFrames> =>
    readFrames({
      contentType: `multipart/x-mixed-replace;boundary=${boundary}`,
      body: join(first, delimited("--short", jpegPart(SAMPLES.grey))),
    });

  assert.deepEqual((await read("")).frames, [SAMPLES.grey]);
  assert.deepEqual((await read("preamble\r\n")).frames, [SAMPLES.grey]);
});

test("a body without any picture is given up after so many bytes", async () => {
  const reading = frames(cutUp(new Uint8Array(200_000).fill(0x78), 1_000), TYPE, { maxIdleBytes: 100_000 });

  await assert.rejects(reading.next(), {
    code: "ERR_PART_MALFORMED",
    message: /no picture in 100000 bytes; is it Motion JPEG\?$/,
  });
});

test("parts without a picture are given up after so many, each counted since the last picture", async () => {
  const text = part(["Content-Type: text/plain"], "text");
  const body = delimited(
    "--b0",
    text,
    text,
    jpegPart(SAMPLES.grey),
    text,
    text,
    text,
    jpegPart(SAMPLES.grey),
  );
  const read = frames(cutUp(body, 50), TYPE, { maxIdleParts: 2 });

  assert.deepEqual((await read.next()).value, SAMPLES.grey);
  await assert.rejects(read.next(), { code: "ERR_PART_MALFORMED", message: /no picture in 2 parts/ });
});

test("a body without any part is given up after so many bytes", async () => {
  const reading = parts(cutUp(new Uint8Array(200_000).fill(0x78), 1_000), TYPE, { maxIdleBytes: 100_000 });

  await assert.rejects(reading.next(), { code: "ERR_PART_MALFORMED", message: /no part in 100000 bytes/ });
});

test("a limit out of range is named", () => {
  assert.throws(() => frames(cutUp(new Uint8Array(0)), TYPE, { maxPartBytes: 0 }), {
    code: "ERR_OPTION_INVALID",
    message: "maxPartBytes must be an integer from 64 to 1073741824 (bytes), got 0",
  });
});

/** Milliseconds of processor time that reading takes. */
function costMs(bytes: Uint8Array, chunkBytes: number, contentType: string): number {
  const before = process.cpuUsage();
  for (const parser of [
    frameParser(contentType, PATIENT, () => {}),
    partParser(contentType, PATIENT, () => {}),
  ]) {
    for (let at = 0; at < bytes.length; at += chunkBytes) parser.push(bytes.subarray(at, at + chunkBytes));
    parser.end();
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/** How many times the cost grows when the input grows eight times. Below 20 ms nothing can be told. */
function growth(name: string, bytes: number, chunkBytes: number, contentType: string): number {
  const little = costMs(hostile(name, bytes), chunkBytes, contentType);
  const much = costMs(hostile(name, bytes * 8), chunkBytes, contentType);
  return much < 20 ? 1 : much / little;
}

for (const name of Object.keys(HOSTILE)) {
  test(`eight times as much input costs about eight times as much: ${name}`, () => {
    for (const [chunkBytes, bytes] of [
      [CHUNK_BYTES, 65_536],
      [1, 4_096],
    ] as const) {
      for (const contentType of [TYPE, "image/jpeg"]) {
        // Reading every byte again for every part would be 64 times as much. A busy machine gets three chances.
        const grows = (): boolean => growth(name, bytes, chunkBytes, contentType) > 24;

        assert.ok(!(grows() && grows() && grows()), `in chunks of ${chunkBytes}, ${contentType}`);
      }
    }
  });
}

for (const end of ["\xff\xd9", "x"]) {
  test(`a thousand parts that lead to the same bytes do not have them read a thousand times: ${JSON.stringify(end)}`, () => {
    const few = costMs(jumpers(10, 2 * MIB, end), CHUNK_BYTES, TYPE);
    const many = costMs(jumpers(MOST_JUMPERS, 2 * MIB, end), CHUNK_BYTES, TYPE);

    assert.ok(many < 10 * few + 100, `${few.toFixed(1)} ms, then ${many.toFixed(1)} ms`);
  });
}
