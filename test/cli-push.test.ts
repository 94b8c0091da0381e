import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createRawServer, type AddressInfo, type Socket } from "node:net";
import test, { type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Push, type PushOptions } from "../src/app/push.ts";
import { ImageServer, SourceError, type CapturedImage, type Source } from "../src/index.ts";
import { Command } from "./support/command.ts";
import { freePort } from "./support/free-port.ts";
import { SELF_SIGNED } from "./support/hostile-camera.ts";
import { SAMPLES, segment, withSegments } from "./support/jpeg-samples.ts";
import { sameBytes } from "./support/pictures.ts";
import { receiver } from "./support/receiver.ts";
import { GREEN, RED } from "./support/two-pictures.ts";
import { until } from "./support/until.ts";
import { Watcher } from "./support/watcher.ts";

const KEY = "publish-s3cr3t";
const QUICK = { firstMs: 10, longestMs: 50 };

/** A source that gives a picture every few milliseconds, and goes down when it is told to. */
class Pictures implements Source {
  readonly label = "pictures";
  jpeg: Uint8Array = RED;
  everyMs: number;
  isDown = false;
  given = 0;

  constructor(everyMs = 20) {
    this.everyMs = everyMs;
  }

  async *capture(signal: AbortSignal): AsyncGenerator<CapturedImage, void, undefined> {
    while (!signal.aborted) {
      if (this.isDown) throw new SourceError("ERR_SOURCE_UNREACHABLE", "no route", { retryable: true });
      this.given++;
      yield { jpeg: this.jpeg, capturedAt: Date.now() };
      await sleep(this.everyMs, undefined, { signal }).catch(() => undefined);
    }
  }
}

/** Pushes until the test is over. */
function pushing(t: TestContext, options: Pick<PushOptions, "source" | "url"> & Partial<PushOptions>) {
  const stop = new AbortController();
  t.after(() => stop.abort());
  const lines: string[] = [];
  const push = new Push({
    takeover: false,
    signal: stop.signal,
    log: (line) => void lines.push(line),
    ...options,
    times: { pauses: QUICK, ...options.times },
  });
  const done = push.run();
  done.catch(() => undefined); // told to whoever awaits it
  return { push, done, lines, stop: () => stop.abort() };
}

/** A Kinora that takes pictures. */
async function kinora(t: TestContext, port = 0): Promise<ImageServer & { port: number }> {
  const server = new ImageServer({ publishKey: KEY });
  server.addStream("card", "test:?size=64x48");
  await server.start(port);
  t.after(() => server.stop());
  assert.ok(server.port !== undefined);
  return server as ImageServer & { port: number };
}

const addressOf = (port: number, name = "cam", key = KEY) =>
  `http://127.0.0.1:${port}/streams/${name}/live.mjpeg?key=${key}`;
const isRed = ({ jpeg }: { jpeg: Uint8Array }) => sameBytes(jpeg, RED);

test("the pictures of a source arrive at the viewers of another Kinora, and the end is a proper one", async (t) => {
  const server = await kinora(t);
  const { done, stop, lines } = pushing(t, { source: new Pictures(), url: addressOf(server.port) });
  await until(() => server.streams.some(({ name }) => name === "cam"), "the stream to be made");
  const watcher = new Watcher(server.port, "cam");
  t.after(() => watcher.close());

  const part = await watcher.next(isRed, "a pushed picture");
  stop();
  await done;

  assert.ok(part.receivedAt - Number(part.headers.get("X-Timestamp")) * 1000 < 1_000);
  assert.doesNotMatch(lines.join("\n"), /s3cr3t/);
});

test("it is one chunked POST of a multipart stream, that ends with its last chunk", async (t) => {
  const { posts, url } = await receiver(t);
  const { push, done, stop } = pushing(t, { source: new Pictures(), url: `${url}?key=${KEY}` });
  await until(() => (posts[0]?.pictures.length ?? 0) >= 5, "five pictures");

  stop();
  await done;

  const [post = assert.fail()] = posts;
  assert.equal(posts.length, 1);
  assert.equal(post.req.method, "POST");
  assert.equal(post.req.url, `/streams/cam/live.mjpeg?key=${KEY}`);
  assert.equal(post.req.headers["transfer-encoding"], "chunked");
  assert.match(post.req.headers["content-type"] ?? "", /^multipart\/x-mixed-replace;boundary=/);
  assert.ok(post.pictures.every((jpeg) => sameBytes(jpeg, RED)));
  assert.ok(post.isWhole(), "the last chunk came");
  assert.match(Buffer.concat(post.bytes).subarray(-32).toString("latin1"), /--boundarydonotcross--\r\n$/);
  assert.ok(push.figures.pictures >= 5 && push.figures.bytes >= 5 * RED.length);
});

test("a login in the address goes as one, and --takeover as a parameter", async (t) => {
  const { posts, url } = await receiver(t);
  const login = url.replace("//", "//cam:s3cr3t@");
  pushing(t, { source: new Pictures(), url: login, takeover: true });

  await until(() => posts.length > 0, "the request");

  const { req } = posts[0] ?? assert.fail();
  assert.equal(req.url, "/streams/cam/live.mjpeg?takeover=1");
  assert.equal(req.headers.authorization, `Basic ${Buffer.from("cam:s3cr3t").toString("base64")}`);
});

for (const status of [401, 403, 404, 409, 413, 415, 429]) {
  test(`an answer of ${status} ends it with the server's sentence, without the key`, async (t) => {
    const { posts, url } = await receiver(t, (post, res) => {
      res
        .writeHead(status, { Connection: "close" })
        .end(`not with ${new URL(post.req.url ?? "", url).search}\n`);
    });
    const { done } = pushing(t, { source: new Pictures(), url: `${url}?key=${KEY}` });

    await assert.rejects(done, (error: Error & { code?: string }) => {
      assert.equal(error.code, "ERR_PUSH_REFUSED");
      assert.match(error.message, new RegExp(`cam/live.mjpeg.*answered ${status}: not with`));
      assert.doesNotMatch(error.message, /s3cr3t/);
      return true;
    });
    assert.equal(posts.length, 1);
  });
}

test("a wrong key is told with Kinora's own sentence", async (t) => {
  const server = await kinora(t);
  const { done } = pushing(t, { source: new Pictures(), url: addressOf(server.port, "cam", "wrong-one") });

  await assert.rejects(done, { code: "ERR_PUSH_REFUSED", message: /answered 401: .*publish key/ });
});

test("a second publisher is refused, and one that takes over ends the first, whose viewers stay", async (t) => {
  const server = await kinora(t);
  const url = addressOf(server.port);
  const first = pushing(t, { source: new Pictures(), url });
  await until(() => server.streams.some(({ name }) => name === "cam"), "the stream to be made");
  const watcher = new Watcher(server.port, "cam");
  t.after(() => watcher.close());
  await watcher.next(isRed, "a picture of the first");
  const second = new Pictures();
  second.jpeg = GREEN;

  await assert.rejects(pushing(t, { source: second, url }).done, { message: /answered 409: .*takeover/ });
  pushing(t, { source: second, url, takeover: true });
  await watcher.next(({ jpeg }) => sameBytes(jpeg, GREEN), "a picture of the second");

  await assert.rejects(first.done, { code: "ERR_PUSH_REFUSED", message: /answered 409/ });
  assert.ok(watcher.parts.every(({ jpeg }) => sameBytes(jpeg, RED) || sameBytes(jpeg, GREEN)));
});

test("a server that restarts gets pictures again, and each trouble is told once", async (t) => {
  const port = await freePort();
  const { lines } = pushing(t, { source: new Pictures(), url: addressOf(port) });
  await until(() => lines.length > 0, "the first trouble");
  await sleep(200);
  assert.deepEqual(lines.length, 1, lines.join("\n"));
  assert.match(lines[0] ?? "", /nobody listens there; it is tried again$/);

  for (let round = 0; round < 2; round++) {
    const server = await kinora(t, port);
    await until(() => server.streams.some(({ name }) => name === "cam"), "the stream to be made");
    const watcher = new Watcher(port, "cam");
    await watcher.next(isRed, "a picture");
    watcher.close();
    await server.stop();
  }
});

test("a server that fails for the moment is tried again", async (t) => {
  let isReady = false;
  const { posts, url } = await receiver(t, (_, res) => {
    if (!isReady) res.writeHead(503, { Connection: "close" }).end("starting\n");
  });
  const { lines } = pushing(t, { source: new Pictures(), url });
  await until(() => posts.length > 2, "three tries");

  isReady = true;
  await until(() => (posts.at(-1)?.pictures.length ?? 0) > 3, "pictures");

  assert.match(lines.join("\n"), /answered 503: starting; it is tried again/);
});

test("while the source is down there is no connection; its next picture makes a new one", async (t) => {
  const { posts, url } = await receiver(t);
  const source = new Pictures();
  const { lines } = pushing(t, { source, url });
  await until(() => (posts[0]?.pictures.length ?? 0) > 0, "a picture");

  source.isDown = true;
  await until(() => posts[0]?.isWhole() === true, "the end of the first");
  source.isDown = false;
  await until(() => (posts[1]?.pictures.length ?? 0) > 0, "a picture in the second");

  assert.equal(posts.length, 2);
  assert.ok(lines.includes("no route"));
});

test("a source that ends ends it, its last picture included", async (t) => {
  const { posts, url } = await receiver(t);
  const source: Source = {
    label: "two",
    async *capture() {
      yield { jpeg: RED, capturedAt: Date.now() };
      yield { jpeg: GREEN, capturedAt: Date.now() };
    },
  };

  await pushing(t, { source, url }).done;

  assert.ok(sameBytes(posts.at(-1)?.pictures.at(-1), GREEN));
});

test("a source that fails for good ends it with the source's reason", async (t) => {
  const { url } = await receiver(t);
  const refused = new SourceError("ERR_SOURCE_REFUSED", "wrong password", { retryable: false });
  const source: Source = {
    label: "refused",
    async *capture() {
      yield { jpeg: RED, capturedAt: Date.now() };
      throw refused;
    },
  };

  await assert.rejects(pushing(t, { source, url }).done, refused);
});

test("after a connection was lost, a server that still holds it is no reason to end", async (t) => {
  const { posts, url } = await receiver(t, (post, res) => {
    if (posts.length === 1) setTimeout(() => post.req.destroy(), 2_100);
    else if (posts.length < 4) res.writeHead(409, { Connection: "close" }).end("somebody publishes\n");
  });
  const { lines } = pushing(t, { source: new Pictures(), url });

  await until(() => (posts[3]?.pictures.length ?? 0) > 3, "pictures again");

  assert.match(
    lines.join("\n"),
    /the connection was cut; it is tried again\n.*answered 409: somebody publishes; it is/,
  );
});

test("a slow receiver gets fewer pictures, and new ones; a megabyte each does not pile up here", async (t) => {
  const { posts, url } = await receiver(t);
  const source = new Pictures(10);
  const filler = Array.from({ length: 16 }, () => segment(0xfe, "x".repeat(65_000)));
  source.jpeg = withSegments(SAMPLES.baseline, ...filler);
  const { push } = pushing(t, { source, url });
  await until(() => (posts[0]?.pictures.length ?? 0) > 0, "a picture");
  const { req, pictures } = posts[0] ?? assert.fail();
  const before = process.memoryUsage().arrayBuffers;

  req.pause();
  await until(() => push.figures.drops > 200, "two hundred pictures to be left out");
  const grown = process.memoryUsage().arrayBuffers - before;
  const last = Buffer.from(GREEN);
  source.jpeg = last;
  await until(() => source.given > 0 && push.figures.drops > 205, "newer pictures");
  const had = pictures.length;
  req.resume();
  await until(() => pictures.some((jpeg) => sameBytes(jpeg, last)), "the newest");

  const late = pictures.slice(had).findIndex((jpeg) => sameBytes(jpeg, last));
  t.diagnostic(`${late} pictures of a megabyte came before the newest; memory grew by ${grown >> 20} MiB`);
  assert.ok(late < 12, `${late} older ones came first`);
  // What the receiver has taken before is in it; two hundred pictures would be 200 MiB.
  assert.ok(grown < 80 * 1_048_576, `${grown} bytes`);
});

test("a receiver that takes nothing any more is given up and tried again", async (t) => {
  const sockets: Socket[] = [];
  const server = createRawServer((socket) => void sockets.push(socket.pause())).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const source = new Pictures();
  source.jpeg = withSegments(
    SAMPLES.baseline,
    ...Array.from({ length: 150 }, () => segment(0xfe, "x".repeat(65_000))),
  );
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/streams/cam/live.mjpeg`;

  const { lines } = pushing(t, {
    source,
    url,
    times: { pauses: QUICK, upload: { stallMs: 200, repeatMs: 20_000, answerMs: 200 } },
  });
  await until(() => sockets.length > 1, "a second try");

  assert.match(lines[0] ?? "", /nothing could be sent for 0\.2 s; it is tried again/);
});

test("a picture that stays is sent again now and then, so that the server does not take the publisher for dead", async (t) => {
  const { posts, url } = await receiver(t);
  pushing(t, {
    source: new Pictures(60_000),
    url,
    times: { pauses: QUICK, upload: { stallMs: 5_000, repeatMs: 20, answerMs: 200 } },
  });

  await until(() => (posts[0]?.pictures.length ?? 0) > 3, "four times the same picture");

  assert.equal(posts.length, 1);
});

test("kinora push sends a source until Ctrl-C, and says how much it was", async (t) => {
  const { posts, url } = await receiver(t);
  const command = new Command(["push", "test:?size=64x48&fps=30", `${url}?key=${KEY}`]);
  t.after(() => command.stop());
  await until(() => (posts[0]?.pictures.length ?? 0) > 10, "ten pictures", 20_000);

  const code = await command.stop();

  assert.ok(posts[0]?.isWhole());
  assert.match(command.stdout, /^\d+ pictures were sent, \d+ left out\.\n$/);
  assert.doesNotMatch(command.stdout + command.stderr, /s3cr3t/);
  assert.equal(code, 0);
});

test("it goes over TLS, too, and to nobody whose certificate is not vouched for", async (t) => {
  const { posts, url } = await receiver(t, undefined, SELF_SIGNED);
  const { lines } = pushing(t, { source: new Pictures(), url });
  await until(() => lines.length > 0, "the trouble");
  assert.match(lines[0] ?? "", /^https 127\.0\.0\.1:.*certificate.*; it is tried again$/);
  assert.equal(posts.length, 0);

  const command = new Command(["push", "test:?size=64x48&fps=30", url], {
    NODE_TLS_REJECT_UNAUTHORIZED: "0",
  });
  t.after(() => command.stop());
  await until(() => (posts[0]?.pictures.length ?? 0) > 3, "pictures", 20_000);
  const code = await command.stop();

  assert.ok(posts[0]?.isWhole());
  assert.equal(code, 0);
});

test("kinora push says in one sentence what cannot be, with exit code 2, and 1 where it was refused", async (t) => {
  const { url } = await receiver(t, (_, res) => res.writeHead(401, { Connection: "close" }).end("no key\n"));
  const cases: readonly (readonly [number, RegExp, readonly string[]])[] = [
    [2, /is no URL: write http:\/\/HOST:8080\/streams\/NAME\/live\.mjpeg/, ["test:", "10.0.0.7"]],
    [2, /names no stream: write/, ["test:", "http://u:s3cr3t@10.0.0.7:8080"]],
    [2, /test: has no option "sise"/, ["test:?sise=1x1", url]],
    [2, /missing required argument 'url'/, ["test:"]],
    [1, /the server answered 401: no key/, ["test:?size=64x48", url]],
  ];

  const results = await Promise.all(cases.map(([, , args]) => Command.run(["push", ...args])));

  results.forEach(({ code, stderr }, at) => {
    assert.match(stderr, cases[at]?.[1] ?? /^$/);
    assert.doesNotMatch(stderr, /s3cr3t|\bat .*:\d+:\d+/);
    assert.equal(code, cases[at]?.[0], stderr);
  });
});
