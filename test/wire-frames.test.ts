import assert from "node:assert/strict";
import { test } from "node:test";
import { frames, MULTIPART_TYPE } from "../src/wire/index.ts";
import { cut, join, SAMPLES, withoutEnd } from "./support/jpeg-samples.ts";
import { delimited, Feed, jpegPart, nextAtOnce, part, readFrames } from "./support/wire-streams.ts";

const TYPE = "multipart/x-mixed-replace;boundary=b0";
const A = SAMPLES.baseline;
const B = SAMPLES.restarts;
const HEAD = "--b0\r\nContent-Type: image/jpeg\r\n";

for (const [title, length] of [
  ["without a length", ""],
  ["with the right length", `Content-Length: ${A.length}\r\n`],
  ["with a length that is too long", `Content-Length: ${A.length + 5_000}\r\n`],
  ["with a length that is too short", `Content-Length: 100\r\n`],
] as const) {
  test(`a frame ${title} comes with its last byte, not with the delimiter behind it`, async () => {
    const feed = new Feed();
    const read = frames(feed, TYPE);

    feed.push(HEAD, length, "\r\n", A.subarray(0, -1));
    const pending = read.next();
    assert.equal(await nextAtOnce({ next: () => pending }), "nothing yet");
    feed.push(A.subarray(-1));

    assert.deepEqual((await pending).value, A);
    feed.end();
  });
}

test("a JPEG of a bare concatenation comes with its last byte", async () => {
  const feed = new Feed();
  const read = frames(feed, "image/jpeg");

  feed.push(A);

  assert.deepEqual(await nextAtOnce(read), A);
  feed.end();
});

test("pictures without end marker come with the delimiter, once a second one shows that the camera sends none", async () => {
  const feed = new Feed();
  const read = frames(feed, TYPE);

  feed.push(HEAD, "\r\n", withoutEnd(A), "\r\n--b0\r\n");
  const pending = read.next();
  assert.equal(await nextAtOnce({ next: () => pending }), "nothing yet");
  feed.push("\r\n", withoutEnd(B), "\r\n--b0\r\n");
  assert.deepEqual((await pending).value, A);
  assert.deepEqual(await nextAtOnce(read), B);
  feed.push(`Content-Length: ${A.length - 2}\r\n\r\n`, withoutEnd(A), "\r\n--b0\r\n");
  assert.deepEqual(await nextAtOnce(read), A);
  feed.end();
});

test("half a picture at the beginning is dropped when the next one has an end marker", async () => {
  const body = delimited("--b0", jpegPart(cut(B)), jpegPart(A), part([], cut(B)), jpegPart(B));

  const read = await readFrames({ contentType: TYPE, body });

  assert.deepEqual(read.frames, [A, B]);
  assert.deepEqual(read.bad, ["cut", "cut"]);
});

test("the torn last frame is not yielded, wherever the input ends", async () => {
  const head = join(HEAD, "\r\n", A, "\r\n", HEAD, "\r\n");
  for (let length = 0; length < B.length; length++) {
    const read = await readFrames({ contentType: TYPE, body: join(head, B.subarray(0, length)) });

    assert.deepEqual(read.frames, [A]);
  }
});

test("at a clean end a picture without end marker counts when all bytes of its length are there", async () => {
  const body = join(HEAD, `Content-Length: ${A.length - 2}\r\n\r\n`, withoutEnd(A));

  assert.deepEqual((await readFrames({ contentType: TYPE, body })).frames, [A]);
  assert.deepEqual((await readFrames({ contentType: TYPE, body: body.subarray(0, -1) })).frames, []);
});

test("an error of the input is passed on behind what was whole", async () => {
  const feed = new Feed();
  const failure = new Error("the cable was pulled");
  const read = frames(feed, TYPE);

  feed.push(delimited("--b0", jpegPart(A), jpegPart(B)).subarray(0, -4));
  feed.fail(failure);

  assert.deepEqual((await read.next()).value, A);
  assert.deepEqual((await read.next()).value, B);
  await assert.rejects(read.next(), failure);
  assert.equal(feed.closed, true);
});

test("leaving the loop closes the input", async () => {
  const feed = new Feed();
  feed.push(delimited("--b0", jpegPart(A), jpegPart(B)).subarray(0, -4));

  for await (const jpeg of frames(feed, TYPE)) {
    assert.deepEqual(jpeg, A);
    break;
  }

  assert.equal(feed.closed, true);
});

test("the closing delimiter ends the frames though the input stays open", async () => {
  const feed = new Feed();
  const read = frames(feed, TYPE);

  feed.push(delimited("--b0", jpegPart(A)));

  assert.deepEqual((await read.next()).value, A);
  assert.equal((await read.next()).done, true);
  assert.equal(feed.closed, true);
});

test("a frame has memory of its own, so that it can be handed to another thread", async () => {
  const body = delimited("--b0", jpegPart(A), jpegPart(B));
  const { frames: read } = await readFrames({ contentType: TYPE, body });

  for (const jpeg of read) assert.equal(jpeg.buffer.byteLength, jpeg.length);
});

test("chunks that are Node Buffers give plain arrays", async () => {
  const feed = new Feed();
  feed.push(Buffer.from(delimited("--b0", jpegPart(A))));

  for await (const jpeg of frames(feed, TYPE)) assert.equal(jpeg.constructor, Uint8Array);
});

test("a stream whose pictures have end markers drops those that have none", async () => {
  const body = delimited("--b0", jpegPart(A), jpegPart(cut(A)), part([], cut(B)), jpegPart(B));

  const read = await readFrames({ contentType: TYPE, body });

  assert.deepEqual(read.frames, [A, B]);
  assert.deepEqual(read.bad, ["cut", "cut"]);
});

test("an error that a callback throws ends the reading behind what came before", async () => {
  const body = delimited("--b0", jpegPart(A), part(["Content-Type: text/plain"], "x"), jpegPart(B));
  const feed = new Feed();
  feed.push(body);
  const failure = new Error("mine");
  const read = frames(feed, TYPE, {
    onOtherPart: () => {
      throw failure;
    },
  });

  assert.deepEqual((await read.next()).value, A);
  await assert.rejects(read.next(), failure);
  assert.equal(feed.closed, true);
});

test("Kinora's own type is read", async () => {
  const body = delimited("--boundarydonotcross", jpegPart(A));

  assert.deepEqual((await readFrames({ contentType: MULTIPART_TYPE, body })).frames, [A]);
});
