import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import test, { type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { LiveStream } from "../src/app/live-stream.ts";
import { ImageServer, type ImageServerOptions, type OwnPictures, type Source } from "../src/index.ts";
import { paintPlaceholder } from "../src/images/placeholder.ts";
import { RawClient } from "./support/raw-client.ts";
import { RED } from "./support/two-pictures.ts";
import { until } from "./support/until.ts";

const LIVE = "GET /live.jpg HTTP/1.1\r\n\r\n";
const SNAPSHOT = "GET /static.jpg HTTP/1.1\r\n\r\n";

async function running(
  t: TestContext,
  options: ImageServerOptions,
): Promise<{ server: ImageServer; port: number }> {
  const server = new ImageServer(options);
  await server.start(0);
  t.after(() => server.stop());
  return { server, port: server.port ?? 0 };
}

function client(t: TestContext, port: number, text: string): RawClient {
  const made = new RawClient(port);
  t.after(() => made.close());
  made.send(text);
  return made;
}

const parts = (text: string) => text.split("X-Timestamp: ").length - 1;
const heads = (text: string) => text.match(/HTTP\/1\.1 \d+/g) ?? [];

/** Ticks every 10 ms until told to stop, and counts how often it is open. */
class Ticking implements Source {
  readonly label = "ticking";
  open = 0;
  async *capture(
    signal: AbortSignal,
  ): AsyncGenerator<{ jpeg: Uint8Array; capturedAt: number }, void, undefined> {
    this.open++;
    try {
      while (!signal.aborted) {
        yield { jpeg: RED, capturedAt: Date.now() };
        await sleep(10);
      }
    } finally {
      this.open--;
    }
  }
}

test("a stream asked for behind a snapshot in one packet comes behind it, not into it", async (t) => {
  const { port } = await running(t, { source: async () => (await sleep(50), RED) });

  const both = client(t, port, SNAPSHOT + LIVE);
  await both.until((text) => parts(text) > 4, "pictures of the stream");

  const [first = "", second = ""] = both.text.split("HTTP/1.1 200 OK").slice(1);
  assert.match(first, /Content-Type: image\/jpeg\r\nContent-Length: \d+/);
  assert.match(second, /multipart\/x-mixed-replace/);
});

test("many streams asked for in one packet are one viewer", async (t) => {
  const { server, port } = await running(t, { source: () => RED });

  const many = client(t, port, LIVE.repeat(40));
  await many.until((text) => parts(text) > 2, "pictures");

  assert.equal(server.viewers.length, 1);
  assert.equal(heads(many.text).length, 1);
});

test("an error behind another answer in one packet is answered", async (t) => {
  const { port } = await running(t, { source: async () => (await sleep(50), RED) });

  const both = client(t, port, `${SNAPSHOT}GET /nope HTTP/1.1\r\n\r\n`);

  await both.until((text) => heads(text).join() === "HTTP/1.1 200,HTTP/1.1 404", "both answers");
});

for (const [what, text] of [
  ["a NUL", `${LIVE}\0`],
  ["junk", `${LIVE}\0\0junk\r\n\r\n`],
  ["junk after Connection: close", "GET /live.jpg HTTP/1.1\r\nConnection: close\r\n\r\n\0junk"],
  ["junk after HTTP/1.0", "GET /live.jpg HTTP/1.0\r\n\r\njunk junk\r\n\r\n"],
] as const) {
  test(`${what} in the packet of the request is ignored, and the stream goes on`, async (t) => {
    const { port } = await running(t, { source: new Ticking() });

    const viewer = client(t, port, text);

    await viewer.until((got) => parts(got) > 5, "pictures");
    assert.doesNotMatch(viewer.text, / 400 /);
  });
}

test("what is no request is still answered 400, and a head without end 431", async (t) => {
  const { port } = await running(t, { source: () => RED });

  const junk = client(t, port, "junk\r\n\r\n");
  const endless = client(t, port, `GET /?${"a".repeat(40_000)} HTTP/1.1\r\n\r\n`);
  await junk.end();
  await endless.end();

  assert.match(junk.text, /^HTTP\/1\.1 400 /);
  assert.match(endless.text, /^HTTP\/1\.1 431 /);
});

test("a request that is complete only while the server stops starts nothing", async (t) => {
  const source = new Ticking();
  const { server, port } = await running(t, { source });
  const late = client(t, port, "GET /live.jpg HTTP/1.1\r\n");
  await sleep(50);

  const stopped = server.stop();
  late.send("\r\n");
  await stopped;

  assert.deepEqual([source.open, server.viewers.length, server.streams[0]?.state], [0, 0, "idle"]);
});

test("stop() ends within a second whatever the source does", async (t) => {
  const stuck: Source = {
    label: "stuck",
    async *capture() {
      yield { jpeg: RED, capturedAt: 0 };
      await new Promise(() => undefined);
    },
  };
  const { server, port } = await running(t, { source: stuck });
  await client(t, port, LIVE).until((text) => parts(text) > 0, "a picture");

  const since = performance.now();
  await server.stop();

  assert.ok(performance.now() - since < 1_000);
});

test("start() and stop() happen in the order they were called", async () => {
  const server = new ImageServer({ source: () => RED });

  await Promise.all([server.start(0), server.stop()]);
  const afterStop = server.running;
  await Promise.all([server.start(0), server.stop(), server.start(0)]);
  const afterStart = server.running;
  await server.stop();

  assert.deepEqual([afterStop, afterStart], [false, true]);
});

test("a source with #preload that is set on a server that does not run waits for the start", async () => {
  const server = new ImageServer({ source: "test:" });

  server.source = "test:?size=64x64#preload";
  const before = server.streams[0]?.state;
  await server.start(0);
  const during = server.streams[0]?.state;
  await server.stop();
  server.source = "test:?size=64x64#preload";

  assert.deepEqual([before, during, server.streams[0]?.state], ["idle", "starting", "idle"]);
});

test("changing a preloaded source opens the new one once, even without a linger time", async (t) => {
  const lines: string[] = [];
  const { server } = await running(t, {
    source: "test:?size=64x64#preload",
    stallTimeoutMs: 30_000,
    lingerMs: 0,
    log: (line) => lines.push(line),
  });

  server.source = "test:?size=80x64#preload";

  assert.deepEqual(lines, ["main: starting", "main: the source is test now", "main: starting"]);
});

test("a client that left before its request reached the handler is no viewer", async (t) => {
  const server = new ImageServer({ source: new Ticking(), lingerMs: 0 });
  const arrived = Promise.withResolvers<undefined>();
  const http = createServer({ requireHostHeader: false }, (req, res) => {
    arrived.resolve(undefined);
    req.socket.once("close", () => setImmediate(() => server.handler(req, res)));
  }).listen(0);
  t.after(() => http.close());
  await once(http, "listening");
  const left = client(t, (http.address() as AddressInfo).port, LIVE);
  await arrived.promise;

  left.close();
  await sleep(100);

  assert.equal(server.viewers.length, 0);
  await server.stop();
});

test("a log that throws stops nothing, and a line is one line", async (t) => {
  const lines: string[] = [];
  const { port } = await running(t, {
    source: new Ticking(),
    log: (line) => {
      lines.push(line);
      throw new Error("no log");
    },
  });
  await client(t, port, LIVE).until((text) => parts(text) > 3, "pictures");
  const bad = await running(t, {
    source: () => Promise.reject(new Error("one\n\u001b[2Jtwo")),
    log: (line) => lines.push(line),
  });
  client(t, bad.port, LIVE);
  await until(() => lines.some((line) => line.includes("two")), "the reason");

  assert.ok(lines.every((line) => !/\p{Cc}/u.test(line)));
});

test("a painter that fails kills nothing, and is asked again with the next text", async () => {
  let asked = 0;
  const stream = new LiveStream({
    name: "a",
    source: { label: "silent", capture: () => new ReadableStream() as never },
    preload: true,
    stallTimeoutMs: 30_000,
    maxViewers: 10,
    lingerMs: 0,
    interval: () => 0,
    paint: () => (asked++, Promise.reject(new Error("no paint"))),
    change: () => Promise.reject(new Error("no change")),
    onEvent: () => undefined,
  });

  stream.resume();
  await until(() => asked > 0, "the painter");
  await sleep(20);

  await stream.halt();
});

for (const [width, height] of [
  [640, 0],
  [0, 480],
  [40_000, 10],
  [65_500, 65_500],
] as const) {
  test(`there is a placeholder for a camera that says ${width}x${height}`, async () => {
    const since = performance.now();
    const jpeg = await paintPlaceholder({ width, height, title: "a", state: "down", reason: "b", since: 0 });

    assert.ok(jpeg.length > 100 && performance.now() - since < 3_000);
  });
}

test("the first picture of a source that starts again is shown, however long the interval", async (t) => {
  const { server } = await running(t, { source: new Ticking(), interval: 60_000, lingerMs: 0 });
  const status = async () => (await fetch(`${server.url ?? ""}static.jpg`)).status;

  const first = await status();
  await until(() => server.streams[0]?.state === "idle", "the end of demand");

  assert.deepEqual([first, await status()], [200, 200]);
});

test("what is no picture is told once, not with every picture", async (t) => {
  const lines: string[] = [];
  const { server, port } = await running(t, {
    source: () => Buffer.from("no picture"),
    log: (line) => lines.push(line),
  });

  client(t, port, LIVE);
  await until(() => (server.streams[0]?.sourceDrops ?? 0) > 5, "six that were passed over");

  assert.equal(lines.filter((line) => line.includes("passed over")).length, 1);
});

for (const [what, value] of Object.entries({
  null: null,
  "no bytes": { jpeg: "text" },
  nothing: undefined,
})) {
  test(`a function that gives ${what} is told what a picture must be`, async (t) => {
    const { server, port } = await running(t, { source: (() => value) as unknown as OwnPictures });

    client(t, port, LIVE);
    await until(() => server.streams[0]?.state === "down", "the failure");

    assert.match(server.streams[0]?.reason ?? "", /a picture must be a Uint8Array/);
  });
}

test("pictures whose return() throws still end properly", async (t) => {
  const pictures = {
    *[Symbol.iterator]() {
      yield RED;
    },
  };
  const iterable = {
    [Symbol.iterator]: () => ({
      next: (() => {
        const inner = pictures[Symbol.iterator]();
        return () => inner.next();
      })(),
      return: () => {
        throw new Error("no");
      },
    }),
  };
  const { server, port } = await running(t, { source: iterable });

  await client(t, port, LIVE).end();

  assert.equal(server.streams[0]?.state, "ended");
});

test("when no source can work each is told, once", async () => {
  const child = spawn(process.execPath, [
    "src/cli/main.ts",
    "--port",
    "0",
    "a=folder:/nope-a",
    "b=folder:/nope-b",
  ]);
  let text = "";
  child.stderr.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const [code] = (await once(child, "close")) as [number];

  assert.equal(code, 1);
  assert.deepEqual(
    [text.split("nope-a").length, text.split("nope-b").length].map((n) => n > 1),
    [true, true],
  );
  assert.doesNotMatch(text, /SourceError/);
});
