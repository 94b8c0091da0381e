import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isWholeJpeg } from "../src/core/jpeg-markers.ts";
import type { FramesOptions } from "../src/wire/index.ts";
import { frameParser } from "../src/wire/frames.ts";
import { partParser } from "../src/wire/parts.ts";
import {
  cut,
  join,
  SAMPLES,
  withComment,
  withExif,
  withoutEnd,
  withoutTables,
} from "./support/jpeg-samples.ts";
import { delimited, jpegPart, part } from "./support/wire-streams.ts";

const TYPE = "multipart/x-mixed-replace;boundary=b0";
const JPEGS = Object.values(SAMPLES);

/** What a parser did, in order, as text: so that two runs can be compared. */
type Log = readonly string[];

function show(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}

/** Pushes a body in chunks of these sizes, in turn. Limits that end the reading are part of the log. */
function push(
  parser: ReturnType<typeof frameParser>,
  log: string[],
  body: Uint8Array,
  sizes: readonly number[],
): Log {
  try {
    for (let at = 0, index = 0; at < body.length; index++) {
      const size = sizes[index % sizes.length] ?? body.length;
      parser.push(body.slice(at, at + size));
      at += size;
    }
    parser.end();
  } catch (error) {
    log.push(`thrown: ${String(error)}`);
  }
  return log;
}

function logFrames(
  contentType: string | null,
  body: Uint8Array,
  sizes: readonly number[],
  options: FramesOptions,
): Log {
  const log: string[] = [];
  const parser = frameParser(
    contentType,
    {
      ...options,
      onOtherPart: ({ headers, body: bytes }) =>
        log.push(`other ${JSON.stringify([...headers])} ${show(bytes)}`),
      onBadPart: (reason) => log.push(`bad ${reason}`),
    },
    (jpeg) => log.push(`frame ${show(jpeg)}`),
  );
  return push(parser, log, body, sizes);
}

function logParts(
  contentType: string | null,
  body: Uint8Array,
  sizes: readonly number[],
  options: FramesOptions,
): Log {
  const log: string[] = [];
  const onBadPart = (reason: string): void => void log.push(`bad ${reason}`);
  const parser = partParser(contentType, { ...options, onBadPart }, ({ headers, body: bytes }) =>
    log.push(`part ${JSON.stringify([...headers])} ${show(bytes)}`),
  );
  return push(parser, log, body, sizes);
}

const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 2_000 })), {
  minLength: 1,
  maxLength: 12,
});

/** The pieces that streams are made of, whole and broken, so that any order of them is dirt of a plausible kind. */
const pieces = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      "\r\n--b0\r\n",
      "--b0\r\n",
      "--b0\n",
      "b0\r\n",
      "\r\n----b0\r\n",
      "--b0--\r\n",
      "\r\n--b0\r\nContent-Type: image/jpeg\r\n\r\n",
      "\r\n--b0\r\nContent-Type: image/jpeg\r\nContent-Length: 669\r\n\r\n",
      "\r\n--b0\r\nContent-Type: image/jpeg\r\nContent-Length: 700\r\n\r\n",
      "\r\n--b0\r\nContent-Length: 437\r\n\r\n",
      "\r\n--b0\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\n",
      "\r\n--b0\r\nContent-Type: text/plain\r\n\r\n",
      "--b0Content-Type: image/jpeg\n\n",
    ),
  },
  { weight: 4, arbitrary: fc.constantFrom(...JPEGS, withExif(SAMPLES.grey, 6, SAMPLES.thumbnail)) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom(...JPEGS), fc.double({ min: 0, max: 1, noNaN: true }))
      .map(([jpeg, share]) => cut(jpeg, share)),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      withoutEnd(SAMPLES.baseline),
      withoutTables(SAMPLES.baseline),
      withComment(SAMPLES.grey, "\r\n--b0\r\n\r\n"),
    ),
  },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      "-",
      "--",
      "--b",
      "\r",
      "\n",
      "\r\n",
      "\r\n\r\n",
      "\xff",
      "\xff\xd8",
      "\xff\xd8\xff",
      "\xff\xd9",
      "\0",
      " ",
      "hello",
      "Content-Length: 9\r\n",
    ),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }) },
);

/** Nothing, or a row of pictures that makes a reader trust its sender. */
const row = fc.constantFrom(
  "",
  "",
  join(...Array.from({ length: 21 }, () => join("--b0\r\n", jpegPart(SAMPLES.thumbnail)))),
  join(...Array.from({ length: 21 }, () => join("--b0\r\n", part([], SAMPLES.thumbnail)))),
);
const dirt = fc.tuple(row, fc.array(pieces, { maxLength: 14 })).map(([begin, all]) => join(begin, ...all));
const types = fc.constantFrom(
  TYPE,
  TYPE,
  null,
  "multipart/x-mixed-replace;boundary=--b0",
  "application/octet-stream",
  "multipart/mixed;boundary=other",
);
const limits = fc.constantFrom<FramesOptions>(
  {},
  { maxPartBytes: 500 },
  { maxPartBytes: 64, maxHeaderBytes: 64 },
  { maxIdleBytes: 1_024, maxIdleParts: 2 },
);

test("frames are the same however the input is cut, whatever the dirt", () => {
  fc.assert(
    fc.property(types, dirt, sizes, limits, (type, body, cuts, options) => {
      const whole = logFrames(type, body, [], options);

      assert.deepEqual(logFrames(type, body, cuts, options), whole);
      assert.deepEqual(logFrames(type, body, [1], options), whole);
    }),
    { numRuns: 300 },
  );
});

test("parts are the same however the input is cut, whatever the dirt", () => {
  fc.assert(
    fc.property(types, dirt, sizes, limits, (type, body, cuts, options) => {
      const whole = logParts(type, body, [], options);

      assert.deepEqual(logParts(type, body, cuts, options), whole);
      assert.deepEqual(logParts(type, body, [1], options), whole);
    }),
    { numRuns: 300 },
  );
});

test("what comes out of dirt is always a whole JPEG with nothing around it", () => {
  fc.assert(
    fc.property(types, dirt, sizes, (type, body, cuts) => {
      for (const entry of logFrames(type, body, cuts, {})) {
        if (!entry.startsWith("frame ")) continue;
        const jpeg = new Uint8Array(Buffer.from(entry.slice(6), "latin1"));

        assert.equal(isWholeJpeg(jpeg), true);
        assert.deepEqual([...jpeg.subarray(-2)], [0xff, 0xd9]);
      }
    }),
    { numRuns: 300 },
  );
});

/** A body for a text part: anything that holds no dash. */
const text = fc
  .uint8Array({ maxLength: 300 })
  .map((bytes) => bytes.map((byte) => (byte === 0x2d ? 0x2b : byte)));
const entry = fc.oneof(
  fc.constantFrom(...JPEGS).map((body) => ({ type: "image/jpeg", body })),
  text.map((body) => ({ type: "audio/basic", body })),
);
const clean = fc.array(fc.tuple(entry, fc.boolean()), { minLength: 1, maxLength: 8 });

function record(
  entries: readonly (readonly [{ readonly type: string; readonly body: Uint8Array }, boolean])[],
): Uint8Array {
  const made = entries.map(([{ type, body }, hasLength]) =>
    part([`Content-Type: ${type}`, ...(hasLength ? [`Content-Length: ${body.length}`] : [])], body),
  );
  return delimited("--b0", ...made);
}

test("every part of a clean stream is read, wherever it is cut", () => {
  fc.assert(
    fc.property(clean, sizes, (entries, cuts) => {
      const body = record(entries);

      const read = logParts(TYPE, body, cuts, {}).map((line) => line.slice(line.indexOf("]] ") + 3));
      const framesRead = logFrames(TYPE, body, cuts, {}).filter((line) => line.startsWith("frame "));

      assert.deepEqual(
        read,
        entries.map(([{ body: bytes }]) => show(bytes)),
      );
      assert.equal(framesRead.length, entries.filter(([{ type }]) => type === "image/jpeg").length);
    }),
    { numRuns: 500 },
  );
});

test("a clean stream that breaks off anywhere gives what was whole and nothing torn", () => {
  fc.assert(
    fc.property(clean, fc.double({ min: 0, max: 1, noNaN: true }), sizes, (entries, share, cuts) => {
      const body = record(entries);
      const torn = cut(body, share);
      const isPart = (line: string): boolean => line.startsWith("part ");
      const isFrame = (line: string): boolean => line.startsWith("frame ");

      const wholeParts = logParts(TYPE, body, [], {}).filter(isPart);
      const parts = logParts(TYPE, torn, cuts, {}).filter(isPart);
      const wholeFrames = logFrames(TYPE, body, [], {}).filter(isFrame);
      const frames = logFrames(TYPE, torn, cuts, {}).filter(isFrame);

      assert.deepEqual(parts, wholeParts.slice(0, parts.length));
      assert.deepEqual(frames, wholeFrames.slice(0, frames.length));
    }),
    { numRuns: 300 },
  );
});

test("no bytes make the parsers throw", () => {
  fc.assert(
    fc.property(types, fc.uint8Array({ maxLength: 600 }), sizes, (type, body, cuts) => {
      for (const log of [logFrames(type, body, cuts, {}), logParts(type, body, cuts, {})]) {
        assert.ok(!log.some((line) => line.startsWith("thrown")));
      }
    }),
    { numRuns: 300 },
  );
});
