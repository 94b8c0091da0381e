import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import test, { type TestContext } from "node:test";
import { readJpegInfo } from "../src/core/jpeg-markers.ts";
import { ImageServer, SourceError, type ImageServerOptions } from "../src/index.ts";
import { ManualSource } from "./support/manual-source.ts";
import { picture, sameBytes } from "./support/pictures.ts";
import { RawClient } from "./support/raw-client.ts";
import { GREEN, RED } from "./support/two-pictures.ts";
import { until } from "./support/until.ts";

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

interface Camera {
  readonly source: ManualSource;
  readonly server: ImageServer;
  readonly port: number;
  /** Asks for a snapshot with that query. */
  readonly ask: (query?: string) => Promise<Answer>;
}

const BROKEN = new SourceError("ERR_CAMERA_LOST", "somebody pulled the plug", { retryable: true });

async function camera(t: TestContext, options: ImageServerOptions = {}): Promise<Camera> {
  const source = new ManualSource();
  const server = new ImageServer({ source, ...options });
  await server.start(0);
  t.after(() => server.stop());
  const port = server.port ?? 0;
  const ask = async (query = "") => {
    const { status, headers, ...answer } = await got(port, `/streams/main/snapshot.jpg?${query}`);
    return { status, headers, body: answer.body };
  };
  return { source, server, port, ask };
}

/** A camera that runs, with a first picture that was captured so long ago. */
async function runningCamera(t: TestContext, ageMs = 0): Promise<Camera> {
  const made = await camera(t);
  made.source.give({ jpeg: RED, capturedAt: Date.now() - ageMs });
  assert.equal((await made.ask()).status, 200);
  return made;
}

async function got(port: number, path: string): Promise<Answer> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`);
  return { status: answer.status, headers: answer.headers, body: Buffer.from(await answer.arrayBuffer()) };
}

/** Resolves when as many requests have reached the server as are on their way: it has answered one that came behind them. */
async function heard(port: number): Promise<void> {
  for (let times = 0; times < 2; times++) await got(port, "/api/streams");
}

function isPicture({ status, body }: Answer, expected: Uint8Array): boolean {
  return status === 200 && sameBytes(body, expected);
}

test("max_age gives a picture that is young enough at once, and else waits for the next", async (t) => {
  const { source, port, ask } = await runningCamera(t, 10_000);

  const old = await ask("max_age=60000");
  const waiting = ask("max_age=9000");
  await heard(port);
  source.give(GREEN);

  assert.ok(isPicture(old, RED));
  assert.match(old.headers.get("age") ?? "", /^1\d$/);
  assert.ok(isPicture(await waiting, GREEN));
});

test("a source that hangs is given at any age where none is asked, and never older than asked", async (t) => {
  const { ask } = await runningCamera(t, 30_000);

  const any = await ask();
  const young = await ask("max_age=5000&wait=30");

  assert.ok(isPicture(any, RED));
  assert.match(any.headers.get("age") ?? "", /^3\d$/);
  assert.equal(young.status, 503);
  assert.equal(young.headers.get("retry-after"), "1");
  assert.match(
    young.body.toString(),
    /^manual: the newest picture is 3\d\.\d s old, and none as new as asked came within 0\.03 s/,
  );
});

test("a picture that comes late and is older than max_age is not given either", async (t) => {
  const { source, port, ask } = await runningCamera(t, 10_000);

  const waiting = ask("max_age=2000");
  await heard(port);
  source.give({ jpeg: RED, capturedAt: Date.now() - 3_000 }, GREEN);

  assert.ok(isPicture(await waiting, GREEN));
});

for (const query of ["after=now", "max_age=0"]) {
  test(`${query} is a picture that was captured after the request came`, async (t) => {
    const { source, port, ask } = await runningCamera(t);

    const waiting = ask(query);
    await heard(port);
    source.give({ jpeg: RED, capturedAt: Date.now() - 500 }, { jpeg: GREEN, capturedAt: Date.now() + 2 });
    const answer = await waiting;

    assert.ok(isPicture(answer, GREEN));
    assert.equal(answer.headers.get("age"), "0");
  });
}

test("after= the X-Timestamp of a picture, in milliseconds, is the next one", async (t) => {
  const { source, port, ask } = await camera(t);
  // No whole microseconds: the header is a little less.
  const capturedAt = Date.now() - 1_000 + 0.4563;
  source.give({ jpeg: RED, capturedAt });
  const first = await ask();

  const timestamp = Number(first.headers.get("x-timestamp")) * 1000;
  const again = await ask(`after=${(timestamp - 1).toFixed(3)}`);
  const waiting = ask(`after=${timestamp.toFixed(3)}`);
  await heard(port);
  source.give(GREEN);

  assert.ok(isPicture(again, RED));
  assert.ok(isPicture(await waiting, GREEN));
});

test("wait=0 answers at once, and has started the source for who asks next", async (t) => {
  const { source, ask } = await camera(t);

  const cold = await ask("wait=0");
  source.give(RED);
  await until(async () => (await ask("wait=0")).status === 200, "a picture");
  const old = await ask("wait=0&after=now");

  assert.equal(cold.status, 503);
  assert.match(cold.body.toString(), /^manual: no picture is here yet; try again/);
  assert.equal(source.opened, 1);
  assert.equal(old.status, 503);
});

test("a source that gives nothing is waited for as long as asked", async (t) => {
  const { ask } = await camera(t);

  const from = performance.now();
  const answer = await ask("wait=80");

  assert.ok(performance.now() - from >= 75);
  assert.equal(answer.status, 503);
  assert.match(answer.body.toString(), /^manual: no picture came within 0\.08 s; try again/);
});

test("warmup passes over the first pictures of a source that was just started, and only those", async (t) => {
  const { source, port, ask } = await camera(t);
  const dark = await picture("jpeg", 16, 16, [0, 0, 0]);

  const cold = ask("warmup=3");
  await until(() => source.open === 1, "the source");
  source.give(dark, dark, dark, RED);
  const first = await cold;
  const warm = await ask("warmup=3");
  const more = ask("warmup=4");
  await heard(port);
  source.give(GREEN);

  assert.ok(isPicture(first, RED));
  assert.ok(isPicture(warm, RED));
  assert.ok(isPicture(await more, GREEN));
});

test("warmup counts pictures that the interval passes over, and anew when the source was opened again", async (t) => {
  const { source, server, ask } = await camera(t, { interval: 3_600_000 });
  source.give(RED, RED, RED);
  const early = await ask("warmup=2&wait=30");
  server.interval = 0;
  source.give(GREEN);
  await until(async () => isPicture(await ask("wait=0"), GREEN), "the next picture");
  const fourth = await ask("warmup=3&wait=0");
  source.give(BROKEN);
  await until(async () => (await ask("wait=0")).status === 503, "the failure");
  source.give(GREEN);
  await until(async () => (await ask("wait=0")).status === 200, "the picture");

  const again = await ask("warmup=1&wait=0");

  assert.ok(isPicture(fourth, GREEN));
  assert.match(
    early.body.toString(),
    /none but the first pictures came within 0\.03 s, of which 2 are passed over/,
  );
  assert.match(again.body.toString(), /of which 1 are passed over/);
});

test("a snapshot in a variant works with every other wish", async (t) => {
  const { source, port, ask } = await runningCamera(t);

  const small = await ask("width=16&max_age=60000&warmup=0");
  const waiting = ask("width=8&after=now&wait=20000");
  await heard(port);
  source.give({ jpeg: GREEN, capturedAt: Date.now() + 2 });
  const smaller = await waiting;
  const untouched = await ask("fps=5");

  assert.deepEqual(sizeOf(small), [16, 12]);
  assert.deepEqual(sizeOf(smaller), [8, 6]);
  assert.ok(isPicture(untouched, GREEN));
});

test("wrong wishes are 400 with the parameter, its range and the value", async (t) => {
  const { source, ask } = await camera(t);
  const wrong: readonly (readonly [string, RegExp])[] = [
    ["max_age=-1", /max_age must be an integer from 0 to 3600000 \(milliseconds\), got "-1"/],
    ["max_age=3600001", /max_age .*"3600001"/],
    ["max_age=", /max_age .*got ""/],
    ["wait=60001", /wait must be an integer from 0 to 60000 \(milliseconds\), got "60001"/],
    ["wait=soon", /wait .*"soon"/],
    ["warmup=301", /warmup must be an integer from 0 to 300 \(pictures passed over\), got "301"/],
    ["after=yesterday", /after must be "now", or milliseconds since the epoch, got "yesterday"/],
    ["after=-5", /after .*"-5"/],
    ["after=", /after .*got ""/],
    ["fps=0", /fps .*"0"/],
    ["width=0&placeholder", /width .*"0"/],
  ];

  for (const [query, message] of wrong) {
    const { status, body, headers } = await ask(query);

    assert.equal(status, 400, query);
    assert.match(body.toString(), message);
    assert.match(headers.get("content-type") ?? "", /^text\/plain/);
  }
  assert.equal(source.opened, 0);
});

test("the ends of each range are taken", async (t) => {
  const { ask } = await runningCamera(t);

  for (const query of ["max_age=3600000", "wait=0", "wait=60000", "warmup=0", "after=0", "after=0.5"]) {
    assert.equal((await ask(query)).status, 200, query);
  }
  assert.match((await ask("warmup=300&wait=0")).body.toString(), /of which 300 are passed over/);
});

test("a source that fails is 503 with the reason: while it is waited for, and at once while it is out", async (t) => {
  const { source, port, ask } = await runningCamera(t, 10_000);

  const waiting = ask("max_age=1000&wait=60000");
  await heard(port);
  source.give(BROKEN);
  const failed = await waiting;
  const out = await ask("wait=60000");

  for (const answer of [failed, out]) {
    assert.equal(answer.status, 503);
    assert.equal(answer.headers.get("retry-after"), "1");
    assert.equal(answer.body.toString(), "somebody pulled the plug\n");
  }
});

test("a client that leaves while it waits takes its wish with it", async (t) => {
  const { source, port } = await camera(t, { lingerMs: 0 });
  const client = RawClient.get(port, "/streams/main/snapshot.jpg?wait=60000");
  await until(() => source.open === 1, "the source");

  client.close();

  await until(() => source.open === 0, "the source is closed");
});

test("a server that stops answers those who wait", async (t) => {
  const { source, server, ask } = await camera(t);
  const waiting = ask("wait=60000&after=now");
  await until(() => source.open === 1, "the source");

  await server.stop();
  const { status, body } = await waiting;

  assert.equal(status, 503);
  assert.equal(body.toString(), "main: the server is stopping\n");
});

test("a picture that slept is not given when the stream is asked for again", async (t) => {
  const { source, ask } = await camera(t, { lingerMs: 0 });
  const first = ask();
  await until(() => source.open === 1, "the source");
  source.give(RED);
  assert.ok(isPicture(await first, RED));
  await until(() => source.open === 0, "the source is closed");

  const second = ask();
  await until(() => source.open === 1, "the source again");
  source.give(GREEN);

  assert.ok(isPicture(await second, GREEN));
});

test("a stream that has ended gives its last picture, and starts again for a newer one", async (t) => {
  const { source, server, ask } = await runningCamera(t);
  source.give("end");
  await until(() => server.streams[0]?.state === "ended", "the end");

  const last = await ask("max_age=60000");
  const newer = ask("after=now");
  await until(() => source.opened === 2, "the source again");
  source.give({ jpeg: GREEN, capturedAt: Date.now() + 2 });

  assert.ok(isPicture(last, RED));
  assert.ok(isPicture(await newer, GREEN));
});

test("who waits for more than a source has is told when it ends", async (t) => {
  const { source, port, ask } = await runningCamera(t);

  const waiting = ask("warmup=10&wait=60000");
  await heard(port);
  source.give("end");
  const { status, body } = await waiting;

  assert.equal(status, 503);
  assert.equal(body.toString(), "manual has no more pictures\n");
});

test("a thousand snapshots of a cold camera at once open it once, and all have its first picture", async (t) => {
  const { source, port } = await camera(t, { lingerMs: 0 });
  const big = await picture("jpeg", 640, 360, [10, 200, 30]);
  let asked = 0;

  const answers = Promise.all(
    Array.from({ length: 1_000 }, async () => {
      const socket = connect(port, "127.0.0.1");
      socket.write(
        "GET /streams/main/snapshot.jpg?wait=60000 HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
        () => asked++,
      );
      const chunks: Buffer[] = [];
      socket.on("data", (chunk: Buffer) => chunks.push(chunk));
      await once(socket, "close");
      return Buffer.concat(chunks);
    }),
  );
  await until(() => asked === 1_000, "all have asked", 30_000);
  await heard(port);
  source.give(big);
  const bytes = await answers;

  assert.equal(bytes.length, 1_000);
  for (const answer of bytes) {
    const end = answer.indexOf("\r\n\r\n") + 4;
    assert.match(answer.toString("latin1", 0, 15), /^HTTP\/1\.1 200 OK/);
    assert.ok(sameBytes(answer.subarray(end), big));
  }
  assert.equal(source.opened, 1);
  await until(() => source.open === 0, "it is closed");
});

for (const path of [
  "/?action=snapshot", // Moonraker, which allows a second
  "/?action=snapshot&1700000000", // OctoPrint's page, against caches
  "/static.jpg",
]) {
  test(`${path} of a running stream is answered well within a second`, async (t) => {
    const { port } = await runningCamera(t);

    const from = performance.now();
    const answer = await got(port, path);

    assert.ok(performance.now() - from < 1_000);
    assert.ok(isPicture(answer, RED));
  });
}

function sizeOf({ body }: Answer): readonly [number, number] {
  const info = readJpegInfo(body);
  return [info?.width ?? 0, info?.height ?? 0];
}
