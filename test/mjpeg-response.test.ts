import assert from "node:assert/strict";
import test from "node:test";
import { mjpegResponse } from "../src/index.ts";
import { frames } from "../src/wire/index.ts";
import { numberedPicture, pictureNumbers } from "./support/numbered-picture.ts";
import { GREEN, RED } from "./support/two-pictures.ts";
import { until } from "./support/until.ts";

const IMG = { Accept: "image/avif,image/webp,image/*,*/*;q=0.8" };

async function textOf(response: Response): Promise<string> {
  return Buffer.from(await response.arrayBuffer()).toString("latin1");
}

test("a response of pictures is a stream as Kinora's own, and ends properly with them", async () => {
  const response = mjpegResponse([RED, GREEN, RED], { interval: 20, headers: { "X-Own": "1" } });

  const { headers } = response;
  const text = await textOf(response);
  assert.equal(response.status, 200);
  assert.equal(headers.get("content-type"), "multipart/x-mixed-replace;boundary=boundarydonotcross");
  assert.match(headers.get("cache-control") ?? "", /no-store.*no-transform/);
  assert.equal(headers.get("x-accel-buffering"), "no");
  assert.equal(headers.get("x-own"), "1");
  assert.ok(text.startsWith("--boundarydonotcross\r\nContent-Type: image/jpeg\r\nContent-Length: "));
  assert.ok(text.endsWith("\r\n--boundarydonotcross--\r\n"));
  const shown: Uint8Array[] = [];
  for await (const jpeg of frames(bodyOf(mjpegResponse([RED, GREEN, RED], { interval: 20 })), null))
    shown.push(jpeg);
  // The last one comes twice, as WebKit needs it.
  assert.deepEqual(
    shown.map(({ length }) => length),
    [RED, GREEN, RED, RED].map(({ length }) => length),
  );
});

test("the request's Accept chooses the layout, and HEAD has no body and closes the pictures unread", async () => {
  let closed = 0;
  const pictures = {
    [Symbol.asyncIterator]: () => ({
      next: never,
      return: async () => (closed++, { done: true as const, value: undefined }),
    }),
  };
  const forBrowser = mjpegResponse([RED], { request: new Request("http://a/", { headers: IMG }) });

  const head = mjpegResponse(pictures, { request: new Request("http://a/", { method: "HEAD" }) });

  assert.equal(head.body, null);
  assert.match(head.headers.get("content-type") ?? "", /^multipart/);
  assert.ok(
    (await textOf(forBrowser)).startsWith("--boundarydonotcross\r\nContent-Type: image/jpeg\r\n\r\n\xff\xd8"),
  );
  await until(() => closed === 1, "the pictures are closed");
});

test("a reader that stops gets the newest picture when it goes on, and nothing is kept for it", async (t) => {
  let made = 0;
  async function* numbered(): AsyncGenerator<Uint8Array> {
    for (;;) yield numberedPicture(made++, 500_000);
  }
  const reader = bodyOf(mjpegResponse(numbered(), { interval: 5 })).getReader();
  t.after(() => reader.cancel());
  const next = async (): Promise<number | undefined> => {
    const { value = new Uint8Array() } = await reader.read();
    return pictureNumbers(Buffer.from(value).toString("latin1"))[0];
  };
  await next();
  const first = await next();

  await until(() => made > 60, "many more pictures", 20_000);
  const newest = made;
  const second = await next();

  assert.equal(first, 0);
  assert.ok(second !== undefined && second >= newest - 2, `picture ${second} of ${newest}`);
});

test("the pictures are not opened before the body is read, and closed when its reader leaves or the request is aborted", async (t) => {
  let opened = 0;
  let closed = 0;
  let isOver = false;
  t.after(() => (isOver = true));
  async function* pictures(): AsyncGenerator<Uint8Array> {
    opened++;
    try {
      while (!isOver) yield RED;
    } finally {
      closed++;
    }
  }
  const leave = new AbortController();
  const request = new Request("http://a/", { signal: leave.signal });
  const response = mjpegResponse(pictures(), { interval: 5 });
  const aborted = mjpegResponse(pictures(), { interval: 5, request });
  assert.equal(opened, 0);

  const reader = bodyOf(response).getReader();
  for (let chunk = 0; chunk < 3; chunk++) await reader.read();
  await reader.cancel();
  await until(() => closed === 1, "the pictures are closed");
  const text = textOf(aborted);
  await until(() => opened === 2, "the other pictures are opened");
  leave.abort();

  assert.ok((await text).endsWith("--boundarydonotcross--\r\n"));
  await until(() => closed === 2, "the other pictures are closed");
});

test("pictures that throw end the body properly and are told, and what is no picture is left out", async () => {
  const lines: string[] = [];
  function* broken(): Generator<Uint8Array> {
    yield RED;
    yield Buffer.from("no picture");
    yield RED.subarray(0, 20);
    throw new Error("the lens cap is on");
  }

  const text = await textOf(mjpegResponse(broken(), { interval: 5, log: (line) => lines.push(line) }));

  assert.ok(text.endsWith("--boundarydonotcross--\r\n"));
  assert.equal(text.split("Content-Type: image/jpeg").length - 1, 2, "the picture, and the same to end with");
  assert.equal(lines.length, 3, lines.join("\n"));
  assert.match(lines[0] ?? "", /not a picture/);
  assert.match(lines[1] ?? "", /no whole JPEG/);
  assert.match(lines[2] ?? "", /the lens cap is on/);
});

test("a log that throws, and what cannot even be told, end nothing but the body", async () => {
  const throwing = () => {
    throw new Error("the disk is full");
  };
  // As strange as what may be thrown can be.
  const strange: unknown = Object.create(null);
  for (const reason of [new Error("the lens cap is on"), strange, Symbol("strange"), undefined]) {
    function* broken(): Generator<Uint8Array> {
      yield RED;
      yield Buffer.from("no picture");
      yield RED.subarray(0, 20);
      yield GREEN;
      throw reason;
    }

    const text = await textOf(mjpegResponse(broken(), { interval: 5, log: throwing }));

    assert.ok(text.endsWith("--boundarydonotcross--\r\n"));
    assert.ok(text.split("Content-Type: image/jpeg").length - 1 >= 2, "the pictures were shown");
  }
});

test("a browser is sent the last picture again after a silence", async (t) => {
  async function* still(): AsyncGenerator<Uint8Array> {
    yield RED;
    await never();
  }
  const reader = bodyOf(mjpegResponse(still(), { layout: "browser" })).getReader();
  t.after(() => reader.cancel());
  await reader.read();
  const first = await reader.read();

  const again = await reader.read();

  assert.deepEqual(again, first);
});

test("a wrong interval is refused with its range", () => {
  assert.throws(() => mjpegResponse([RED], { interval: -1 }), {
    code: "ERR_OPTION_INVALID",
    message: /interval must be a number from 0 to 3600000/,
  });
});

function bodyOf({ body }: Response): ReadableStream<Uint8Array> {
  assert.ok(body);
  return body;
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}
