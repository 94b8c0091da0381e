import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import test from "node:test";
import { MjpegError, SourceError } from "../src/core/errors.ts";
import { pacedFrames } from "../src/sources/http/paced-frames.ts";
import {
  assertFails,
  drip,
  hostileCamera,
  jpeg,
  MULTIPART_HEAD,
  open,
  part,
  pour,
  sendStill,
  take,
} from "./support/hostile-camera.ts";

const HAS_IPV6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === "::1"),
);
const MIB = 1024 * 1024;

test("a TLS handshake that nobody answers ends with the time for connecting", async (t) => {
  const camera = await hostileCamera(t, () => {});

  const { error } = await take(open(`https://127.0.0.1:${camera.port}/`, { connectMs: 200 }), 1);

  assertFails(error, "ERR_SOURCE_UNREACHABLE", true, /nobody answered within 0\.2 s/);
  await camera.left();
});

test("https to a camera that speaks plain http is unreachable, with a hint", async (t) => {
  const camera = await hostileCamera(t, () => {}, {
    onConnection: (socket) => socket.write("HTTP/1.0 400 Bad Request\r\n\r\n"),
  });

  const { error } = await take(open(`https://127.0.0.1:${camera.port}/`), 1);

  assertFails(error, "ERR_SOURCE_UNREACHABLE", true, /does the camera speak https on this port\?/);
});

test("a camera that takes the request and says nothing is silent", async (t) => {
  const camera = await hostileCamera(t, () => {});

  const { error } = await take(open(`http://127.0.0.1:${camera.port}/`, { headMs: 100 }), 1);

  assertFails(error, "ERR_SOURCE_SILENT", true, /did not answer within 0\.1 s/);
  await camera.left();
});

test("a head that drips is silent too: the time is for all of it", async (t) => {
  const camera = await hostileCamera(t, (socket) => drip(socket, "HTTP/1.1 200 OK\r\nX: "));

  const { error } = await take(open(`http://127.0.0.1:${camera.port}/`, { headMs: 150 }), 1);

  assertFails(error, "ERR_SOURCE_SILENT", true, /did not answer/);
  await camera.left();
});

test("a stream that stands still is silent", async (t) => {
  const camera = await hostileCamera(t, (socket) =>
    socket.write(Buffer.concat([Buffer.from(MULTIPART_HEAD), part(1)])),
  );

  const { ids, error } = await take(open(`http://127.0.0.1:${camera.port}/`, { idleMs: 100 }), 2);

  assert.deepEqual(ids, [1]);
  assertFails(error, "ERR_SOURCE_SILENT", true, /not a byte came from the camera for 0\.1 s/);
  await camera.left();
});

test("a body that drips and never makes a picture is given up", async (t) => {
  const camera = await hostileCamera(t, (socket) => drip(socket, MULTIPART_HEAD));

  const { error } = await take(open(`http://127.0.0.1:${camera.port}/`, { pictureMs: 200 }), 1);

  assertFails(error, "ERR_SOURCE_SILENT", true, /no whole picture for 0\.2 s/);
  await camera.left();
});

test("a still that drips is given up as well", async (t) => {
  const camera = await hostileCamera(t, (socket) =>
    drip(socket, "HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: 16000000\r\n\r\n"),
  );

  const { error } = await take(open(`http://127.0.0.1:${camera.port}/`, { pictureMs: 200 }), 1);

  assertFails(error, "ERR_SOURCE_SILENT", true, /no whole picture/);
});

const ENDLESS: readonly [name: string, head: string, bytes: string, message: RegExp][] = [
  ["headers", "HTTP/1.1 200 OK\r\n", "X-More: and more\r\n", /no end within 65536 bytes/],
  ["one header line", "HTTP/1.1 200 OK\r\nX: ", "x", /no end within 65536 bytes/],
  ["interim answers", "", "HTTP/1.1 100 Continue\r\n\r\n", /no end within 65536 bytes/],
  ["blank lines", "", "\r\n", /no end within 65536 bytes/],
  ["something without a line", "", "x", /no end within 65536 bytes/],
  [
    "one chunk size",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: image/jpeg\r\n\r\n3\r\nabc\r\n",
    "0",
    /no size of a chunk/,
  ],
  ["part without end", `${MULTIPART_HEAD}--b\r\nContent-Type: image/jpeg\r\n\r\n\xff\xd8`, "x", /./],
  ["headers of a part", `${MULTIPART_HEAD}--b\r\n`, "X-More: and more\r\n", /./],
  ["body without a delimiter", MULTIPART_HEAD, "x", /./],
  ["parts that are no pictures", MULTIPART_HEAD, "--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n", /./],
  ["bad pictures", MULTIPART_HEAD, "--b\r\nContent-Type: image/jpeg\r\n\r\nhello\r\n", /./],
  ["bytes that are no JPEG", "HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n\r\n", "x", /./],
  [
    "chunks of one byte",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: image/jpeg\r\nContent-Length: 16000000\r\n\r\n",
    "1\r\nx\r\n",
    /./,
  ],
  ["4 GB", "HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: 4294967296\r\n\r\n", "x", /./],
  ["a 404 page", "HTTP/1.1 404 Not Found\r\n\r\n", "no such page", /answered 404 Not Found.*no such page/],
];

for (const [name, head, bytes, message] of ENDLESS) {
  test(`a camera that sends endless ${name} is left, and memory stays bounded`, async (t) => {
    const camera = await hostileCamera(t, (socket) =>
      pour(socket, head, Buffer.from(bytes.repeat(Math.ceil(65536 / bytes.length)), "latin1")),
    );
    const memory = watchMemory();

    const { error } = await take(open(`http://127.0.0.1:${camera.port}/`, { pictureMs: 300 }), 1);

    assert.ok(error instanceof SourceError && error.retryable, `thrown: ${String(error)}`);
    assert.match(error.message, message);
    assert.ok(memory.grownBytes() < 96 * MIB, `grew by ${memory.grownBytes() / MIB} MiB`);
    await camera.left();
  });
}

test("a camera that is faster than its reader is held back", async (t) => {
  const camera = await hostileCamera(t, (socket) => pour(socket, MULTIPART_HEAD, part(1, 60_000)));
  const memory = watchMemory();
  const report = { dropped: () => {}, note: () => {}, waiting: () => {} };
  const capture = open(`http://127.0.0.1:${camera.port}/`).capture(new AbortController().signal, report);
  const images = capture[Symbol.asyncIterator]();

  await images.next();
  // Nothing is asked for now, so the camera must come to a stop.
  await untilSteady(() => camera.sentBytes);

  assert.ok(camera.sentBytes < 128 * MIB, `the camera got rid of ${camera.sentBytes / MIB} MiB`);
  assert.ok(memory.grownBytes() < 48 * MIB);
  await images.return?.();
  await camera.left();
});

test("of a camera that is as fast as it can be, 120 pictures a second are taken, and 120 at once", async (t) => {
  const camera = await hostileCamera(t, (socket) => pour(socket, MULTIPART_HEAD, part(1, 60_000)));
  const memory = watchMemory();
  const startedAt = performance.now();

  const { ids } = await take(open(`http://127.0.0.1:${camera.port}/`), 360);

  const tookMs = performance.now() - startedAt;
  assert.equal(ids.length, 360);
  assert.ok(tookMs > 1_900, `360 pictures in ${tookMs} ms`);
  assert.ok(memory.grownBytes() < 400 * MIB);
});

test("of pictures that come all at once the first are passed on, then the newest; the others are counted", async (t) => {
  const all = Array.from({ length: 400 }, (_, index) => part(index + 1));
  const camera = await hostileCamera(
    t,
    (socket) => void socket.end(Buffer.concat([Buffer.from(MULTIPART_HEAD), ...all])),
  );

  const { ids, dropped, notes, error } = await take(open(`http://127.0.0.1:${camera.port}/`), 999);

  assert.deepEqual(
    ids.slice(0, 120),
    Array.from({ length: 120 }, (_, index) => index + 1),
  );
  assert.equal(ids.at(-1), 400);
  assert.deepEqual(
    ids,
    ids.toSorted((a, b) => a - b),
  );
  assert.ok(ids.length < 200, `${ids.length} pictures`);
  assert.equal(dropped, 400 - ids.length);
  assert.deepEqual(notes, []);
  assertFails(error, "ERR_SOURCE_FAILED", true, /closed the stream after/);
});

test("the newest picture is passed on before what breaks the stream, and before the closing delimiter ends it", async () => {
  const many = Buffer.concat(Array.from({ length: 300 }, (_, index) => part(index + 1)));
  const bad = Buffer.from("--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n".repeat(100_000));
  const events = { onBad: () => undefined, onLeftOut: () => undefined };
  const read = async (...rest: readonly Buffer[]): Promise<{ last: Uint8Array; error: unknown }> => {
    async function* body(): AsyncGenerator<Uint8Array> {
      yield Buffer.concat([many, ...rest]);
      assert.fail("read on");
    }
    let last: Uint8Array = Buffer.alloc(0);
    try {
      for await (const picture of pacedFrames(body(), "multipart/x-mixed-replace;boundary=b", events))
        last = picture;
      return { last, error: undefined };
    } catch (error) {
      return { last, error };
    }
  };

  const broken = await read(bad);
  const closed = await read(Buffer.from("--b--\r\n"), part(301));

  assert.deepEqual(Buffer.from(broken.last), jpeg(300));
  assert.ok(broken.error instanceof MjpegError);
  assert.deepEqual(Buffer.from(closed.last), jpeg(300));
  assert.equal(closed.error, undefined);
});

const STAGES: readonly [stage: string, address: string, answer: string][] = [
  ["while it connects", "https://127.0.0.1:PORT/", ""],
  ["while it waits for the head", "http://127.0.0.1:PORT/", ""],
  ["while the head drips", "http://127.0.0.1:PORT/", "HTTP/1.1 200"],
  ["while it waits for a picture", "http://127.0.0.1:PORT/", MULTIPART_HEAD],
  ["while it reads an error page", "http://127.0.0.1:PORT/", "HTTP/1.1 404 No\r\n\r\nhm"],
  [
    "within a still",
    "http://127.0.0.1:PORT/",
    "HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: 99\r\n\r\n",
  ],
];

for (const [stage, address, answer] of STAGES) {
  test(`an abort ${stage} closes everything at once and is no failure`, async (t) => {
    const reached = Promise.withResolvers<unknown>();
    const camera = await hostileCamera(
      t,
      (socket) => void socket.write(answer, reached.resolve),
      address.startsWith("https") ? { onConnection: reached.resolve } : {},
    );
    const abort = new AbortController();
    const taken = take(open(address.replace("PORT", String(camera.port))), 1, abort);
    await reached.promise;

    abort.abort();
    const startedAt = performance.now();

    assert.deepEqual(
      { ...(await taken), notes: [] },
      { ids: [], images: [], notes: [], dropped: 0, error: undefined },
    );
    await camera.left();
    assert.ok(performance.now() - startedAt < 5_000);
  });
}

test("an abort between two stills ends the wait", async (t) => {
  const camera = await hostileCamera(t, (socket) => sendStill(socket, jpeg(1)));
  const abort = new AbortController();
  const taken = take(open(`http://127.0.0.1:${camera.port}/#poll=60m`), 2, abort);
  while (camera.requests.length === 0) await new Promise(setImmediate);
  await camera.left();

  abort.abort();

  const { ids, error } = await taken;
  assert.deepEqual(ids, [1]);
  assert.equal(error, undefined);
});

test("an IPv6 host is reached and named in brackets", { skip: !HAS_IPV6 }, async (t) => {
  const camera = await hostileCamera(t, (socket) => sendStill(socket, jpeg(1)), { host: "::1" });

  const { ids } = await take(open(`http://[::1]:${camera.port}/#poll=10ms`), 1);

  assert.deepEqual(ids, [1]);
  assert.equal(camera.requests[0]?.headers.get("host"), `[::1]:${camera.port}`);
});

test("a signal that has aborted already opens nothing", async (t) => {
  const camera = await hostileCamera(t, () => {});
  const abort = new AbortController();
  abort.abort();

  const { error } = await take(open(`http://127.0.0.1:${camera.port}/`), 1, abort);

  assert.equal(error, undefined);
  assert.equal(camera.connections, 0);
});

/** Resolves when a value has not changed for 200 ms; fails after 10 s. */
async function untilSteady(value: () => number): Promise<void> {
  let last = value();
  for (let checks = 0, steady = 0; steady < 10; checks++) {
    assert.ok(checks < 500, "it never stops");
    await new Promise((resolve) => setTimeout(resolve, 20));
    steady = value() === last ? steady + 1 : 0;
    last = value();
  }
}

/** How much the memory of pictures and buffers has grown at most since the call. */
function watchMemory(): { grownBytes(): number } {
  const used = (): number => process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed;
  const before = used();
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, used())), 10).unref();
  return {
    grownBytes() {
      clearInterval(timer);
      return Math.max(most, used()) - before;
    },
  };
}
