import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ByteQueue } from "../src/wire/byte-queue.ts";
import { PatternCursor } from "../src/wire/pattern-cursor.ts";
import { PatternSearch } from "../src/wire/pattern-search.ts";
import { join, toBytes } from "./support/jpeg-samples.ts";

/** Dashed and not, shorter and longer than the length at which the way of searching changes; one with itself inside. */
const PATTERNS = [
  "--b",
  "--",
  "----",
  "--b--b",
  "--a-longer-boundary",
  "--------------------x",
  "b",
  "frame",
  "abababab",
];

/** Text of few letters, so that almost-matches are the rule, behind a run of bytes without any. */
const text = fc
  .tuple(fc.nat(200), fc.array(fc.constantFrom("-", "-", "b", "a", "x", "\r"), { maxLength: 300 }))
  .map(([quiet, letters]) => "\xff".repeat(quiet) + letters.join(""));

test("a pattern is found where the plainest search finds it, at any place in memory", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...PATTERNS),
      text,
      fc.nat(7),
      fc.nat(60),
      fc.nat(60),
      fc.option(fc.nat(400)),
      (pattern, before, shift, skip, less, at) => {
        const whole = at === null ? before : before.slice(0, at) + pattern + before.slice(at);
        const bytes = join("?".repeat(shift), whole).subarray(shift);
        const from = Math.min(skip, bytes.length);
        const to = Math.max(from, bytes.length - less);
        const expected = whole.slice(0, to).indexOf(pattern, from);

        const found = new PatternSearch(toBytes(pattern)).find(bytes, from, to);

        assert.equal(found, expected < 0 ? undefined : expected);
      },
    ),
    { numRuns: 5_000 },
  );
});

test("every occurrence is found across chunks of any size", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...PATTERNS),
      fc.array(fc.tuple(fc.string({ maxLength: 700 }), fc.boolean())),
      (pattern, chunks) => {
        const whole = chunks.map(([noise, has]) => noise + (has ? pattern : "")).join("");
        const cuts = chunks.map(([noise]) => noise.length + 1);
        const queue = new ByteQueue();
        const cursor = new PatternCursor(queue, new PatternSearch(toBytes(pattern)));
        const found: number[] = [];

        for (let at = 0, index = 0; at < whole.length; index++) {
          const size = cuts[index % cuts.length] ?? 1;
          queue.push(toBytes(whole.slice(at, at + size)));
          at += size;
          for (let next = cursor.seek(); next !== undefined; next = cursor.seek()) {
            found.push(next);
            cursor.next = next + 1;
          }
        }

        const latin1 = Buffer.from(whole, "latin1").toString("latin1");
        const expected: number[] = [];
        for (let at = latin1.indexOf(pattern); at >= 0; at = latin1.indexOf(pattern, at + 1))
          expected.push(at);
        assert.deepEqual(found, expected);
      },
    ),
    { numRuns: 1_000 },
  );
});

test("bytes are found, copied and let go by their position in the whole input", () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 1_500 })),
      fc.nat(5_000),
      fc.nat(5_000),
      fc.nat(5_000),
      (chunks, a, b, gone) => {
        const whole = join(...chunks);
        const [from, to] = [Math.min(a, b, whole.length), Math.min(Math.max(a, b), whole.length)];
        const queue = new ByteQueue();
        for (const chunk of chunks) queue.push(chunk);
        queue.discard(Math.min(gone, from));

        assert.equal(queue.end, whole.length);
        assert.deepEqual(queue.copy(from, to), whole.slice(from, to));
        assert.equal(queue.at(from), whole[from] ?? 0);
        const first = whole.indexOf(7, from);
        assert.equal(queue.indexOf(7, from), first < 0 ? undefined : first);
      },
    ),
    { numRuns: 1_000 },
  );
});
