import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { once } from "node:events";
import test from "node:test";
import { TextTail } from "../src/system/text-tail.ts";

test("of a line without measure its end is told, be it complete or not yet", async () => {
  const lines: string[] = [];
  const text = new PassThrough();
  const tail = new TextTail(text, (line) => lines.push(line));

  text.write(`${"x".repeat(9_000)}whole\nshort\n${"y".repeat(9_000)}`);
  text.end("late\n");
  await once(text, "end");

  assert.deepEqual(
    lines.map((line) => [line.length, line.slice(-5)]),
    [
      [1_024, "whole"],
      [5, "short"],
      [1_024, "ylate"],
    ],
  );
  assert.ok(tail.lines().join("").length <= 4_096);
});
