import assert from "node:assert/strict";
import { test } from "node:test";
import {
  boundaryOf,
  BOUNDARY,
  frames,
  multipartBody,
  MULTIPART_TYPE,
  parts,
  type Layout,
} from "../src/wire/index.ts";
import { join, SAMPLES, withExif, withoutEnd } from "./support/jpeg-samples.ts";
import { cutUp } from "./support/wire-streams.ts";

const JPEGS = [SAMPLES.baseline, SAMPLES.progressive, SAMPLES.grey];
/** The last picture is sent twice at the end. */
const SENT = [...JPEGS, SAMPLES.grey];

async function all<T>(iterable: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of iterable) items.push(item);
  return items;
}

for (const layout of ["machine", "browser"] satisfies Layout[]) {
  test(`what is written in the ${layout} layout is read again`, async () => {
    const body = join(...(await all(multipartBody(JPEGS, { layout }))));

    assert.deepEqual(await all(frames(cutUp(body, 100), MULTIPART_TYPE)), SENT);
    assert.deepEqual(
      (await all(parts(cutUp(body, 100), MULTIPART_TYPE))).map((part) => part.body),
      SENT,
    );
  });

  test(`in the ${layout} layout every picture is one chunk that a reader sees at once`, async () => {
    const [opening, first] = await all(multipartBody(JPEGS, { layout }));
    async function* untilFirst(): AsyncGenerator<Uint8Array, void, undefined> {
      yield opening ?? new Uint8Array(0);
      yield first ?? new Uint8Array(0);
      await new Promise(() => {});
    }

    assert.deepEqual((await frames(untilFirst(), MULTIPART_TYPE).next()).value, JPEGS[0]);
  });
}

test("the type declares the boundary that is used, as the first parameter and without a blank", () => {
  assert.equal(MULTIPART_TYPE, `multipart/x-mixed-replace;boundary=${BOUNDARY}`);
  assert.equal(boundaryOf(MULTIPART_TYPE), BOUNDARY);
});

test("pictures are repaired on their way out", async () => {
  const dirty = [withoutEnd(SAMPLES.baseline), withExif(SAMPLES.grey, 1, SAMPLES.thumbnail)];

  const body = join(...(await all(multipartBody(dirty))));

  assert.deepEqual(await all(frames(cutUp(body), MULTIPART_TYPE)), [
    SAMPLES.baseline,
    SAMPLES.grey,
    SAMPLES.grey,
  ]);
});

test("what is no JPEG is refused, for a browser would not recover from it", async () => {
  const writing = all(multipartBody([SAMPLES.grey, new Uint8Array(12)]));

  await assert.rejects(writing, {
    code: "ERR_IMAGE_INVALID",
    message: "writing picture 1 (counted from 0): its 12 bytes are no whole JPEG; convert it first",
  });
});

test("no pictures are a body without parts", async () => {
  const body = join(...(await all(multipartBody([]))));

  assert.deepEqual(await all(frames(cutUp(body), MULTIPART_TYPE)), []);
});

test("who stops reading closes the pictures", async () => {
  let closed = false;
  async function* endless(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (;;) yield SAMPLES.grey;
    } finally {
      closed = true;
    }
  }

  for await (const chunk of multipartBody(endless())) if (chunk.length > 300) break;

  assert.equal(closed, true);
});
