import assert from "node:assert/strict";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { SourceError } from "../src/core/errors.ts";
import type { CapturedImage } from "../src/core/frame.ts";
import type { Source } from "../src/sources/source.ts";
import { supervise, type SupervisorEvents } from "../src/sources/supervisor.ts";

const IMAGE: CapturedImage = { jpeg: new Uint8Array([0xff, 0xd8]), capturedAt: 0 };
const PAUSES = { firstMs: 1, longestMs: 8 };

type Attempt = () => AsyncGenerator<CapturedImage, void, undefined>;

/** A source whose attempts are played one after another; after the last one it stays open. */
function scripted(attempts: Attempt[]): Source & { opened: number } {
  return {
    label: "script",
    opened: 0,
    async *capture(signal) {
      const attempt = attempts[this.opened++];
      if (attempt !== undefined) yield* attempt();
      else await new Promise((resolve) => signal.addEventListener("abort", resolve));
    },
  };
}

function failing(retryable: boolean): Attempt {
  return async function* () {
    yield* [];
    throw new SourceError("ERR_SOURCE_UNREACHABLE", "no route to the camera", { retryable });
  };
}

function onePicture(then: Attempt): Attempt {
  return async function* () {
    yield IMAGE;
    yield* then();
  };
}

function events(): SupervisorEvents & { pictures: number; pauses: number[]; onPause?: () => void } {
  return {
    pictures: 0,
    pauses: [],
    picture() {
      this.pictures++;
    },
    down(_error, retryMs) {
      this.pauses.push(retryMs);
      this.onPause?.();
    },
    dropped: () => undefined,
    note: () => undefined,
    waiting: () => undefined,
  };
}

/** Gives pictures for longer than the longest pause. */
function forAWhile(then: Attempt): Attempt {
  return async function* () {
    yield IMAGE;
    await sleep(3 * PAUSES.longestMs);
    yield* then();
  };
}

test("pauses double up to the longest, and begin anew after a while with pictures", async () => {
  const stop = new AbortController();
  const seen = events();
  const down = failing(true);
  const source = scripted([down, down, down, down, down, forAWhile(down), down]);
  seen.onPause = () => {
    if (seen.pauses.length === 7) stop.abort();
  };

  await supervise(source, stop.signal, seen, PAUSES);

  assert.deepEqual(seen.pauses, [1, 2, 4, 8, 8, 1, 2]);
  assert.equal(seen.pictures, 1);
});

test("pauses go on growing for a source that gives a picture each time and fails at once", async () => {
  const stop = new AbortController();
  const seen = events();
  const brief = onePicture(failing(true));
  seen.onPause = () => {
    if (seen.pauses.length === 4) stop.abort();
  };

  await supervise(scripted([brief, brief, brief, brief]), stop.signal, seen, { firstMs: 50, longestMs: 200 });

  assert.deepEqual(seen.pauses, [50, 100, 200, 200]);
  assert.equal(seen.pictures, 4);
});

test("what cannot come back is not tried again", async () => {
  const source = scripted([failing(false)]);

  await assert.rejects(supervise(source, new AbortController().signal, events(), PAUSES), {
    code: "ERR_SOURCE_UNREACHABLE",
  });

  assert.equal(source.opened, 1);
});

test("a mistake in somebody's code is told with its cause, not retried", async () => {
  const mistake = new TypeError("x is not a function");
  const source = scripted([
    async function* () {
      yield* [];
      throw mistake;
    },
  ]);

  await assert.rejects(supervise(source, new AbortController().signal, events(), PAUSES), {
    code: "ERR_SOURCE_FAILED",
    message: "script failed: x is not a function",
    cause: mistake,
  });
});

test("a source that ends is over", async () => {
  const seen = events();
  const source = scripted([
    async function* () {
      yield IMAGE;
    },
  ]);

  await supervise(source, new AbortController().signal, seen, PAUSES);

  assert.equal(seen.pictures, 1);
  assert.equal(source.opened, 1);
});

test("an abort ends a pause at once and lets nothing through afterwards", async () => {
  const stop = new AbortController();
  const seen = events();
  seen.onPause = () => stop.abort();

  await supervise(scripted([failing(true)]), stop.signal, seen, { firstMs: 60_000, longestMs: 60_000 });

  assert.deepEqual(seen.pauses, [60_000]);
});
