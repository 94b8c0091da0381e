import assert from "node:assert/strict";
import net from "node:net";
import test from "node:test";
import type { ErrorCode } from "../src/core/errors.ts";
import {
  assertFails,
  chunks,
  hostileCamera,
  jpeg,
  MULTIPART_HEAD,
  open,
  part,
  sendStill,
  take,
} from "./support/hostile-camera.ts";

const BODY = Buffer.concat([part(1), part(2), part(3), Buffer.from("--b\r\n")]);
const BARE_JPEGS = Buffer.concat([jpeg(1), jpeg(2), jpeg(3)]);
const TYPE = "Content-Type: multipart/x-mixed-replace;boundary=b";

/** Streams of three pictures, each with an oddity of wire.md's kind that real cameras have. */
const SHAPES: readonly [name: string, head: string, body: Buffer][] = [
  ["HTTP/1.1", `HTTP/1.1 200 OK\r\n${TYPE}\r\n\r\n`, BODY],
  ["ICY", `ICY 200 OK\r\n${TYPE}\r\n\r\n`, BODY],
  ["a status line without a reason", `HTTP/1.0 200\r\n${TYPE}\r\n\r\n`, BODY],
  ["a status line with two blanks, in lower case", `http/1.1  200  ok\r\n${TYPE}\r\n\r\n`, BODY],
  ["blank lines before the status", `\r\n\r\nHTTP/1.0 200 OK\r\n${TYPE}\r\n\r\n`, BODY],
  ["no head at all before multipart", "", BODY],
  ["no head at all before a JPEG", "", BARE_JPEGS],
  ["LF alone", `HTTP/1.1 200 OK\n${TYPE}\n\n`, BODY],
  [
    "a folded header",
    "HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace;\r\n\tboundary=b\r\n\r\n",
    BODY,
  ],
  [
    "a bare date line",
    `HTTP/1.0 200 OK\r\nSat Jan  3 03:14:07 1970\r\nServer GoAhead\r\n${TYPE}\r\n\r\n`,
    BODY,
  ],
  [
    "a blank before the colon",
    "HTTP/1.1 200 OK\r\nContent-Type : multipart/x-mixed-replace;boundary=b\r\n\r\n",
    BODY,
  ],
  ["control characters", `HTTP/1.1 200 OK\r\nServer: a\x01b\x00\r\n\x07: \x1b[2J\r\n${TYPE}\r\n\r\n`, BODY],
  ["no Content-Type", "HTTP/1.1 200 OK\r\n\r\n", BODY],
  [
    "two different lengths",
    `HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 7\r\n${TYPE}\r\n\r\n`,
    BODY,
  ],
  ["a negative length", `HTTP/1.1 200 OK\r\nContent-Length: -1\r\n${TYPE}\r\n\r\n`, BODY],
  ["a length of 0", `HTTP/1.1 200 OK\r\nContent-Length: 0\r\n${TYPE}\r\n\r\n`, BODY],
  ["a length of 4 GB", `HTTP/1.1 200 OK\r\nContent-Length: 4294967296\r\n${TYPE}\r\n\r\n`, BODY],
  ["a length that is none", `HTTP/1.1 200 OK\r\nContent-Length: many\r\n${TYPE}\r\n\r\n`, BODY],
  ["chunks", `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n${TYPE}\r\n\r\n`, chunks(BODY, 100, "")],
  [
    "chunks with HTTP/1.0",
    `HTTP/1.0 200 OK\r\nTransfer-Encoding: Chunked\r\n${TYPE}\r\n\r\n`,
    chunks(BODY, 7, ""),
  ],
  [
    "chunks with extensions",
    `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n${TYPE}\r\n\r\n`,
    chunks(BODY, 33, " ;a=b"),
  ],
  ["chunks declared, not used", `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n${TYPE}\r\n\r\n`, BODY],
  [
    "a length and chunks",
    `HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n${TYPE}\r\n\r\n`,
    chunks(BODY, 64, ""),
  ],
  [
    "interim answers",
    `HTTP/1.1 100 Continue\r\n${TYPE}x\r\n\r\nHTTP/1.1 102 \r\n\r\nHTTP/1.1 200 OK\r\n${TYPE}\r\n\r\n`,
    BODY,
  ],
  ["bare JPEGs as bytes", "HTTP/1.0 200 OK\r\nContent-Type: application/octet-stream\r\n\r\n", BARE_JPEGS],
  ["bare JPEGs as image/jpeg", "HTTP/1.0 200 OK\r\nContent-Type: image/jpeg\r\n\r\n", BARE_JPEGS],
  [
    "bare JPEGs of 4 GB",
    "HTTP/1.0 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: 4294967296\r\n\r\n",
    BARE_JPEGS,
  ],
];

for (const [name, head, body] of SHAPES) {
  test(`a stream with ${name} is read, and its end is a failure that is tried again`, async (t) => {
    const camera = await hostileCamera(
      t,
      (socket) => void socket.end(Buffer.concat([Buffer.from(head, "latin1"), body])),
    );

    const { ids, error } = await take(open(`http://127.0.0.1:${camera.port}/stream`), 4);

    assert.deepEqual(ids, [1, 2, 3]);
    assertFails(
      error,
      "ERR_SOURCE_FAILED",
      true,
      /127\.0\.0\.1:\d+\/stream: the camera closed the stream after 3 pictures/,
    );
    await camera.left();
  });
}

test("a stream that comes byte by byte gives the same pictures", async (t) => {
  const bytes = Buffer.concat([
    Buffer.from(MULTIPART_HEAD),
    part(1, 20),
    part(2, 20),
    Buffer.from("--b\r\n"),
  ]);
  const camera = await hostileCamera(t, async (socket) => {
    socket.setNoDelay(true);
    for (const byte of bytes) {
      socket.write(Buffer.of(byte));
      await new Promise(setImmediate);
    }
    socket.end();
  });

  const { ids } = await take(open(`http://127.0.0.1:${camera.port}/`), 3);

  assert.deepEqual(ids, [1, 2]);
});

test("the request is one that old cameras understand", async (t) => {
  const camera = await hostileCamera(
    t,
    (socket) => void socket.write(Buffer.concat([Buffer.from(MULTIPART_HEAD), BODY])),
  );

  await take(open(`http://127.0.0.1:${camera.port}/cgi-bin/v.cgi?a=%41&user=x#poll=10ms`), 1);

  const [request] = camera.requests;
  assert.equal(request?.line, "GET /cgi-bin/v.cgi?a=%41&user=x HTTP/1.1");
  assert.deepEqual(Object.fromEntries(request.headers), {
    host: `127.0.0.1:${camera.port}`,
    "user-agent": "kinora",
    accept: "*/*",
    "accept-encoding": "identity",
    connection: "close",
  });
});

test("a still is asked for again, at its pace, on a connection of its own each time", async (t) => {
  const camera = await hostileCamera(t, (socket, _, { length }) => sendStill(socket, jpeg(length)));

  const startedAt = performance.now();

  const { ids, notes } = await take(open(`http://127.0.0.1:${camera.port}/shot.jpg#poll=40ms`), 4);

  assert.deepEqual(ids, [1, 2, 3, 4]);
  assert.deepEqual(notes, []);
  assert.equal(camera.connections, 4);
  const tookMs = (camera.requests[3]?.at ?? 0) - startedAt;
  assert.ok(tookMs > 110, `the fourth request came after ${tookMs} ms`);
  await camera.left();
});

test("a still without a length is one by its end, and without a pace it is asked for once a second", async (t) => {
  const head = "HTTP/1.0 200 OK\r\nContent-Type: image/jpeg\r\n";
  const camera = await hostileCamera(t, (socket, _, { length }) =>
    length === 1
      ? socket.end(Buffer.concat([Buffer.from(`${head}\r\n`), jpeg(1)]))
      : // In chunks the end needs no close.
        socket.write(
          Buffer.concat([
            Buffer.from(`${head}Transfer-Encoding: chunked\r\n\r\n`),
            chunks(jpeg(length), 99, ""),
          ]),
        ),
  );

  const startedAt = performance.now();

  const { ids, notes } = await take(open(`http://127.0.0.1:${camera.port}/shot.jpg`), 3);

  assert.deepEqual(ids, [1, 2, 3]);
  assert.deepEqual(notes, ["the camera sends stills; one a second is taken (#poll=500ms for two)"]);
  assert.ok((camera.requests[2]?.at ?? 0) - startedAt > 1_950);
});

test("with a pace, one picture is taken of a stream and the camera asked again", async (t) => {
  const camera = await hostileCamera(t, (socket, _, { length }) => {
    socket.write(Buffer.concat([Buffer.from(MULTIPART_HEAD), part(length * 10), part(length * 10 + 1)]));
  });

  const { ids } = await take(open(`http://127.0.0.1:${camera.port}/stream#poll=10ms`), 3);

  assert.deepEqual(ids, [10, 20, 30]);
  await camera.left();
});

test("stills that are no pictures are counted, named once, and in the end a failure", async (t) => {
  const camera = await hostileCamera(t, (socket, _, { length }) =>
    sendStill(socket, length === 2 ? jpeg(2) : Buffer.from("GIF89a, not a JPEG")),
  );

  const { ids, notes, dropped, error } = await take(open(`http://127.0.0.1:${camera.port}/#poll=10ms`), 9);

  assert.deepEqual(ids, [2]);
  assert.equal(dropped, 6);
  assert.equal(notes.length, 1);
  assertFails(error, "ERR_IMAGE_INVALID", true, /the last 5 pictures of the camera were no whole JPEGs/);
});

test("a still that is cut short is passed over", async (t) => {
  const whole = jpeg(1);
  const camera = await hostileCamera(t, (socket, _, { length }) =>
    length === 1 ? sendStill(socket, whole.subarray(0, 300), whole.length) : sendStill(socket, jpeg(length)),
  );

  const { ids, dropped } = await take(open(`http://127.0.0.1:${camera.port}/#poll=10ms`), 1);

  assert.deepEqual(ids, [2]);
  assert.equal(dropped, 1);
});

test("a camera that is cut in the middle of a part gives the whole pictures only", async (t) => {
  const camera = await hostileCamera(
    t,
    (socket) =>
      void socket.end(Buffer.concat([Buffer.from(MULTIPART_HEAD), part(1), part(2).subarray(0, 250)])),
  );

  const { ids, error } = await take(open(`http://127.0.0.1:${camera.port}/`), 3);

  assert.deepEqual(ids, [1]);
  assertFails(error, "ERR_SOURCE_FAILED", true, /closed the stream after 1 picture$/);
});

test("a connection that is reset is a failure with its cause", async (t) => {
  const camera = await hostileCamera(t, (socket) => {
    socket.write(Buffer.concat([Buffer.from(MULTIPART_HEAD), part(1)]));
    socket.once("data", () => {});
    setTimeout(() => socket.resetAndDestroy(), 50);
  });

  const { error } = await take(open(`http://127.0.0.1:${camera.port}/`), 3);

  assertFails(error, "ERR_SOURCE_FAILED", true, /the connection to the camera broke: the camera reset it/);
  assert.ok(error instanceof Error && error.cause instanceof Error);
});

for (const answer of ["HTTP/1.1 400 Bad Request\r\n\r\n", "HTTP/1.1 505 \r\n\r\n", ""]) {
  test(`a camera that answers ${JSON.stringify(answer)} to HTTP/1.1 is asked by HTTP/1.0, also the next time`, async (t) => {
    const camera = await hostileCamera(t, (socket, { line }, { length }) =>
      line.endsWith("HTTP/1.0") ? sendStill(socket, jpeg(length)) : void socket.end(answer),
    );

    const { ids } = await take(open(`http://127.0.0.1:${camera.port}/#poll=10ms`), 2);

    assert.deepEqual(ids, [2, 3]);
  });
}

test("a camera that hangs up on everything is named as such", async (t) => {
  const camera = await hostileCamera(t, (socket) => void socket.resetAndDestroy());

  const { error } = await take(open(`http://127.0.0.1:${camera.port}/`), 1);

  assertFails(error, "ERR_SOURCE_FAILED", true, /closed the connection without an answer/);
  assert.equal(camera.connections, 2);
});

const ANSWERS: readonly [answer: string, code: ErrorCode, retryable: boolean, message: RegExp][] = [
  [
    "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=x\r\n\r\n",
    "ERR_SOURCE_REFUSED",
    false,
    /http:\/\/USER:PASSWORD@/,
  ],
  ["HTTP/1.1 403 Forbidden\r\n\r\n", "ERR_SOURCE_REFUSED", false, /403/],
  [
    "HTTP/1.1 404 Not Found\r\n\r\nno\0such\r\n\x1b[2Jpage",
    "ERR_SOURCE_FAILED",
    true,
    /404 Not Found; is the path right\?; it said: no such \[2Jpage$/,
  ],
  ["HTTP/1.1 410 Gone\r\n\r\n", "ERR_SOURCE_FAILED", true, /answered 410 Gone$/],
  ["HTTP/1.1 500 Oops\r\n\r\n", "ERR_SOURCE_FAILED", true, /answered 500 Oops$/],
  [
    "HTTP/1.1 503 Busy\r\nContent-Length: 3\r\n\r\n",
    "ERR_SOURCE_FAILED",
    true,
    /503 Busy; perhaps it has too many viewers/,
  ],
  [
    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<h1>Log in</h1>",
    "ERR_SOURCE_FAILED",
    true,
    /sent text\/html, not JPEG.*<h1>Log in/,
  ],
  [
    "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n\x89PNG",
    "ERR_IMAGE_INVALID",
    true,
    /sent image\/png, not JPEG pictures; choose/,
  ],
  ["HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n\r\n", "ERR_IMAGE_INVALID", true, /sent video\/mp4/],
  [
    "HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n\r\n",
    "ERR_SOURCE_FAILED",
    true,
    /before the first picture/,
  ],
  ["SSH-2.0-OpenSSH_9.2\r\n", "ERR_SOURCE_FAILED", true, /not HTTP; it said: SSH-2\.0/],
  ["HTTP/1.1 200 OK\r\nServer: x", "ERR_SOURCE_FAILED", true, /before the first picture|is not/],
  ["HTT", "ERR_SOURCE_FAILED", true, /within the head/],
  ["HTTP/1.1 302 Found\r\n\r\n", "ERR_SOURCE_REFUSED", false, /redirected \(302\) to nothing/],
  ["HTTP/1.1 302 Found\r\nLocation: rtsp://x/\r\n\r\n", "ERR_SOURCE_REFUSED", false, /it said: rtsp:\/\/x/],
  [
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: image/jpeg\r\n\r\n4\r\nabcd\r\nnonsense\r\n",
    "ERR_SOURCE_FAILED",
    true,
    /chunked coding: no size of a chunk; it said: nonsense/,
  ],
];

for (const [answer, code, retryable, message] of ANSWERS) {
  test(`the answer ${JSON.stringify(answer.slice(0, 70))} is ${code}, ${retryable ? "tried again" : "final"}`, async (t) => {
    const camera = await hostileCamera(t, (socket) => void socket.end(Buffer.from(answer, "latin1")));

    const { error } = await take(open(`http://127.0.0.1:${camera.port}/a`), 1);

    assertFails(error, code, retryable, message);
    await camera.left();
  });
}

test("a port where nothing listens is unreachable, with the cause", async () => {
  const port = await freePort();

  const { error } = await take(open(`http://127.0.0.1:${port}/`), 1);

  assertFails(error, "ERR_SOURCE_UNREACHABLE", true, /cannot connect to 127\.0\.0\.1:\d+: nothing listens/);
  assert.ok(error instanceof Error && error.cause instanceof Error);
});

async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  assert.ok(typeof address === "object" && address !== null);
  return address.port;
}
