import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import type { BenchPictures } from "./bench-pictures.ts";
import type { Target } from "./load.ts";

const PARTS = 20;
const LIMIT_MS = 10_000;
/** Pictures that may be missing between two: the machine may be busy, and a stream is no archive. */
const MOST_MISSED = 5;
/** What the fake camera and the floor put behind the start marker: a comment with the time. */
const STAMP_BYTES = 40;

/**
 * Watches a stream for a moment: each part has its length and then the delimiter, each picture is one of the source's,
 * byte for byte, and they come in the source's order, none of them twice. Shares no code with what it checks.
 * @throws AssertionError
 */
export async function checkDelivery(target: Target, pictures: BenchPictures): Promise<void> {
  const sources = await Promise.all(pictures.files.map((file) => readFile(file)));
  const all = (await firstPictures(target)).map((jpeg) => {
    const plain = withoutStamp(jpeg);
    return sources.findIndex((source) => source.equals(plain));
  });

  // ustreamer begins with a picture of its own, which says that the camera does not deliver yet.
  const numbers = all.slice(all.findIndex((number) => number !== -1));
  assert.ok(
    numbers.length >= PARTS / 2 && !numbers.includes(-1),
    `all pictures are the source's: ${numbers.join(" ")}`,
  );
  const steps = numbers.slice(1).map((to, at) => (to - (numbers[at] ?? 0) + sources.length) % sources.length);
  assert.ok(
    steps.every((step) => step > 0 && step <= MOST_MISSED + 1),
    `the pictures are in order: ${numbers.join(" ")}`,
  );
}

async function firstPictures({ port, path }: Target): Promise<readonly Buffer[]> {
  const socket = connect(port, "127.0.0.1");
  const timeout = AbortSignal.timeout(LIMIT_MS);
  timeout.addEventListener("abort", () =>
    socket.destroy(new Error(`no ${PARTS} pictures in ${LIMIT_MS} ms`)),
  );
  socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
  let received = Buffer.alloc(0);
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    received = Buffer.concat([received, chunk]);
    const pictures = picturesIn(received);
    if (pictures.length >= PARTS) return pictures;
  }
  throw new Error(`the stream ended after ${picturesIn(received).length} pictures`);
}

/** All whole parts so far, read strictly. */
function picturesIn(received: Buffer): readonly Buffer[] {
  const found: Buffer[] = [];
  const head = blockAt(received, 0);
  if (head === undefined) return found;
  assert.match(head.text, /^HTTP\/1\.[01] 200 /);
  const [, boundary = ""] =
    /^content-type: *multipart\/x-mixed-replace; *boundary=(\S+)$/im.exec(head.text) ?? [];
  assert.notEqual(boundary, "", `a stream with a boundary: ${head.text}`);
  const delimiter = Buffer.from(`--${boundary}\r\n`);
  for (let at = head.end; ;) {
    if (received.length < at + delimiter.length) return found;
    assert.ok(received.subarray(at, at + delimiter.length).equals(delimiter), "the delimiter before a part");
    const part = blockAt(received, at + delimiter.length);
    if (part === undefined) return found;
    assert.match(part.text, /^content-type: *image\/jpeg$/im);
    const length = Number(/^content-length: *(\d+)$/im.exec(part.text)?.[1]);
    assert.ok(length > 0, `a part with its length: ${part.text}`);
    const end = part.end + length;
    if (received.length < end + 2) return found;
    assert.equal(received.toString("latin1", end, end + 2), "\r\n", "a line break behind a picture");
    found.push(received.subarray(part.end, end));
    at = end + 2;
  }
}

/** The lines up to the next empty one. */
function blockAt(bytes: Buffer, at: number): { readonly text: string; readonly end: number } | undefined {
  const end = bytes.indexOf("\r\n\r\n", at, "latin1");
  return end === -1
    ? undefined
    : { text: bytes.toString("latin1", at, end).replaceAll("\r", ""), end: end + 4 };
}

function withoutStamp(jpeg: Buffer): Buffer {
  const isStamped = jpeg.toString("latin1", 6, 9) === "TS:";
  return isStamped ? Buffer.concat([jpeg.subarray(0, 2), jpeg.subarray(2 + STAMP_BYTES)]) : jpeg;
}
