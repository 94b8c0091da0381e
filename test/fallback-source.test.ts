import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer, type Server, type ServerResponse } from "node:http";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ImageServer, SourceError, type CapturedImage, type Source } from "../src/index.ts";
import { fallbackSource, type FallbackTimes } from "../src/sources/fallback-source.ts";
import { freePort } from "./support/free-port.ts";
import { picture, sameBytes, temporaryFolder } from "./support/pictures.ts";
import { stateOf } from "./support/status.ts";
import { GREEN, RED } from "./support/two-pictures.ts";
import { until } from "./support/until.ts";
import { Watcher, type WatchedPart } from "./support/watcher.ts";

const QUICK: FallbackTimes = { graceMs: 50, settleMs: 50, pauses: { firstMs: 5, longestMs: 20 } };
const DOWN = new SourceError("ERR_SOURCE_UNREACHABLE", "no route", { retryable: true });
const REFUSED = new SourceError("ERR_SOURCE_REFUSED", "wrong password", { retryable: false });

type Step = CapturedImage | Error | "end";

/** A source whose pictures, failures and end the test decides. While it is `broken`, it fails when it is opened. */
class ManualSource implements Source {
  readonly label: string;
  broken: SourceError | undefined;
  open = 0;
  opened = 0;
  waiting: ((reason: SourceError) => void) | undefined;
  #steps: Step[] = [];
  #wake: () => void = () => undefined;

  constructor(label: string, broken?: SourceError) {
    this.label = label;
    this.broken = broken;
  }

  async *capture(
    signal: AbortSignal,
    report: Parameters<Source["capture"]>[1],
  ): AsyncGenerator<CapturedImage, void, undefined> {
    this.opened++;
    if (this.broken !== undefined) throw this.broken;
    this.open++;
    this.waiting = (reason) => report.waiting(reason);
    const wake = () => this.#wake();
    signal.addEventListener("abort", wake);
    try {
      while (!signal.aborted) {
        const step = this.#steps.shift();
        if (step === "end") return;
        if (step instanceof Error) throw step;
        if (step !== undefined) yield step;
        else await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      signal.removeEventListener("abort", wake);
      this.open--;
    }
  }

  give(...steps: ("picture" | "end" | Error)[]): void {
    this.#steps.push(...steps.map((step) => (step === "picture" ? imageOf(this.label) : step)));
    this.#wake();
  }
}

/** A picture that tells which source it is of. */
function imageOf(label: string): CapturedImage {
  return { jpeg: Buffer.from(label), capturedAt: Date.now() };
}

/** Plays a list, and writes down what comes of it. */
function play(t: TestContext, sources: readonly Source[]) {
  const stop = new AbortController();
  const source = fallbackSource(sources, QUICK);
  const seen = { pictures: [] as string[], notes: [] as string[], waiting: [] as string[], dropped: 0 };
  const run = (async () => {
    const report = {
      dropped: (count: number) => void (seen.dropped += count),
      note: (text: string) => void seen.notes.push(text),
      waiting: (reason: SourceError) => void seen.waiting.push(reason.message),
    };
    for await (const { jpeg } of source.capture(stop.signal, report)) {
      seen.pictures.push(Buffer.from(jpeg).toString());
    }
  })();
  run.catch(() => undefined); // told to whoever awaits it
  t.after(() => stop.abort());
  return { source, seen, stop, run, last: (label: string) => () => seen.pictures.at(-1) === label };
}

test("a standby is opened only when the one before it is down, shown until that is back, and then closed", async (t) => {
  const [a, b] = [new ManualSource("a"), new ManualSource("b")];
  const { source, seen, last } = play(t, [a, b]);
  a.give("picture");
  await until(last("a"), "a picture of a");
  assert.equal(b.opened, 0);

  a.broken = DOWN;
  a.give(DOWN);
  await until(() => b.open === 1, "b to be opened");
  b.give("picture");
  await until(last("b"), "a picture of b");
  assert.equal(source.label, "b");
  a.broken = undefined;
  await until(() => a.open === 1, "a to be opened again");
  b.give("picture", "picture");
  await until(() => seen.pictures.length === 4, "b to be shown while a has no picture yet");
  a.give("picture");
  await until(last("a"), "a picture of a again");
  b.give("picture");
  await until(() => b.open === 0, "b to be closed");

  assert.deepEqual(seen.pictures, ["a", "b", "b", "b", "a"]);
  assert.deepEqual(seen.notes, ["a is down (no route): b is shown", "a is back"]);
  assert.deepEqual(seen.waiting, [], "viewers are shown nothing in between");
  assert.equal(source.label, "a");
});

test("of pictures that come in one go the newest is shown, and the others are counted", async (t) => {
  const a = new ManualSource("a");
  const { seen, run } = play(t, [a]);

  a.give(...Array.from({ length: 100 }, () => "picture" as const), "end");
  await run;

  assert.ok(seen.pictures.length > 0);
  assert.equal(seen.pictures.length + seen.dropped, 100);
});

test("a source that waits counts as down until its next picture", async (t) => {
  const [a, b] = [new ManualSource("a"), new ManualSource("b")];
  const { seen, last } = play(t, [a, b]);
  await until(() => a.open === 1, "a to be opened");

  a.waiting?.(new SourceError("ERR_SOURCE_SILENT", "nobody publishes", { retryable: true }));
  await until(() => b.open === 1, "b to be opened");
  b.give("picture");
  await until(last("b"), "a picture of b");
  a.give("picture");
  await until(last("a"), "a picture of a");

  assert.deepEqual(seen.notes, ["a is down (nobody publishes): b is shown", "a is back"]);
});

test("when all are down, the reason of the first is told, once, and the first to come back is shown", async (t) => {
  const [a, b] = [
    new ManualSource("a", DOWN),
    new ManualSource("b", new SourceError("ERR_SOURCE_UNREACHABLE", "off", { retryable: true })),
  ];
  const { seen, last } = play(t, [a, b]);

  await until(() => seen.waiting.length > 0 && a.opened > 3 && b.opened > 3, "both to be tried again");
  b.broken = undefined;
  await until(() => b.open === 1, "b to be open");
  b.give("picture");
  await until(last("b"), "a picture of b");

  assert.deepEqual(seen.waiting, ["no route"]);
});

test("a standby without a picture leaves viewers untold only for a moment", async (t) => {
  const [a, b] = [new ManualSource("a", DOWN), new ManualSource("b")];
  const { seen, last } = play(t, [a, b]);

  await until(() => seen.waiting.length > 0, "the reason");
  assert.equal(b.open, 1);
  b.give("picture");
  await until(last("b"), "a picture of b");

  assert.deepEqual(seen.waiting, ["no route"]);
});

test("one that failed for good is left out and said; the list fails when all have", async (t) => {
  const [a, b] = [new ManualSource("a", REFUSED), new ManualSource("b")];
  const { seen, last, run } = play(t, [a, b]);
  await until(() => b.open === 1, "b to be opened");
  b.give("picture");
  await until(last("b"), "a picture of b");

  b.give(new SourceError("ERR_SOURCE_REFUSED", "thrown out", { retryable: false }));

  await assert.rejects(run, { code: "ERR_SOURCE_REFUSED", message: "wrong password" });
  assert.equal(a.opened, 1);
  assert.deepEqual(seen.notes, ["a is left out (wrong password): b is shown"]);
});

test("one that has ended hands over to the next and is not opened again; the list ends with its last", async (t) => {
  const [a, b] = [new ManualSource("a"), new ManualSource("b")];
  const { seen, last, run } = play(t, [a, b]);
  a.give("picture", "end");
  await until(() => b.open === 1, "b to be opened");
  b.give("picture", DOWN);
  await until(() => b.opened === 2 && b.open === 1, "b to be opened again");
  b.give("picture");
  await until(() => seen.pictures.length === 3 && last("b")(), "b to be shown again");

  b.give("end");
  await run;

  assert.equal(a.opened, 1);
  assert.deepEqual(seen.pictures, ["a", "b", "b"]);
  assert.deepEqual(seen.notes, ["a has ended: b is shown"]);
});

test("a source that comes and goes keeps its standby open, which is there at once", async (t) => {
  const [a, b] = [new ManualSource("a"), new ManualSource("b")];
  const { seen, last } = play(t, [a, b]);
  a.give("picture", DOWN);
  await until(() => b.open === 1, "b to be opened");

  for (let round = 0; round < 5; round++) {
    b.give("picture");
    await until(last("b"), "a picture of b");
    await until(() => a.open === 1, "a to be opened again");
    a.give("picture");
    await until(last("a"), "a picture of a");
    a.give(DOWN);
  }

  assert.deepEqual(seen.waiting, []);
  await sleep(2 * QUICK.settleMs);
  assert.deepEqual([b.opened, b.open], [1, 1], "the standby stays, also when it is slow");
});

test("an abort closes every source, and the list can be opened again", async (t) => {
  const [a, b] = [new ManualSource("a"), new ManualSource("b")];
  const { stop, run, last } = play(t, [a, b]);
  a.give("picture", DOWN);
  await until(() => b.open === 1 && a.open === 1, "both to be open");

  stop.abort();
  await run;
  const again = play(t, [a, b]);
  a.give("picture");
  await until(again.last("a"), "a picture of a");

  assert.deepEqual([a.open, b.open], [1, 0]);
  assert.ok(last("a")());
});

test("the check fails with the first reason only when every source fails it", async () => {
  const fails = (message: string): Source => ({
    label: message,
    check: () => Promise.reject(new SourceError("ERR_CAMERA_MISSING", message, { retryable: true })),
    capture: () =>
      new ManualSource("x").capture(AbortSignal.abort(), { dropped() {}, note() {}, waiting() {} }),
  });

  await fallbackSource([fails("one"), new ManualSource("two")]).check?.();
  const both = fallbackSource([fails("one"), fails("two")]);

  await assert.rejects(async () => both.check?.(), { message: "one" });
});

/** An IP camera with a red picture, 25 a second, that is switched off and on. */
class Camera {
  readonly port: number;
  #server: Server | undefined;

  constructor(port: number) {
    this.port = port;
  }

  async on(): Promise<void> {
    const server = createServer((_, res) => void stream(res)).listen(this.port, "127.0.0.1");
    await once(server, "listening");
    this.#server = server;
  }

  off(): void {
    this.#server?.close();
    this.#server?.closeAllConnections();
  }
}

async function stream(res: ServerResponse): Promise<void> {
  res.writeHead(200, { "Content-Type": "multipart/x-mixed-replace; boundary=x" });
  while (!res.destroyed) {
    res.write(`--x\r\nContent-Type: image/jpeg\r\nContent-Length: ${RED.length}\r\n\r\n`);
    res.write(RED);
    res.write("\r\n");
    await sleep(40);
  }
}

const isRed = ({ jpeg }: WatchedPart) => sameBytes(jpeg, RED);
const isGreen = ({ jpeg }: WatchedPart) => sameBytes(jpeg, GREEN);

test("viewers see the standby's pictures while a camera is away, and the camera's when it is back, with nothing between", async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, "green.jpg"), GREEN);
  const camera = new Camera(await freePort());
  await camera.on();
  t.after(() => camera.off());
  const server = new ImageServer();
  server.addStream("front", `[http://u:s3cr3t@127.0.0.1:${camera.port}/a,b, folder:${folder}?fps=25]`);
  await server.start(0);
  t.after(() => server.stop());
  const watcher = new Watcher(server.port ?? 0, "front");
  t.after(() => watcher.close());
  await watcher.next(isRed, "a picture of the camera");

  camera.off();
  await watcher.next(isGreen, "a picture of the folder");
  const { source, state, notes } = server.streams[0] ?? assert.fail();
  await camera.on();
  await watcher.next(isRed, "the camera again");

  const times = watcher.parts.map(({ receivedAt }) => receivedAt);
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  t.diagnostic(`longest time without a picture: ${Math.max(...gaps)} ms`);
  assert.ok(
    watcher.parts.every((part) => isRed(part) || isGreen(part)),
    "nothing else was shown",
  );
  assert.ok(Math.max(...gaps) < 1_000, `a gap of ${Math.max(...gaps)} ms`);
  assert.equal(state, "live");
  assert.equal(source, `folder ${folder}`);
  assert.match(notes.at(-1) ?? "", /^http 127\.0\.0\.1:\d+\/a,b is down \(.*\): folder .* is shown$/);
  assert.match(server.streams[0]?.notes.at(-1) ?? "", /^http 127\.0\.0\.1:\d+\/a,b is back$/);
  assert.doesNotMatch(JSON.stringify(server.streams), /s3cr3t/);
});

test("in the library a list is an array of addresses and sources; the first one's reason is told when all are down", async (t) => {
  const port = await freePort();
  const server = new ImageServer({ source: [`http://127.0.0.1:${port}/`, new ManualSource("own", DOWN)] });
  await server.start(0);
  t.after(() => server.stop());
  const watcher = new Watcher(server.port ?? 0, "main");
  t.after(() => watcher.close());

  const { reason } = await stateOf(server.url?.slice(0, -1) ?? "", "main", "down");

  assert.match(reason ?? "", new RegExp(`127\\.0\\.0\\.1:${port}`));
});

test("an array of pictures is still one of pictures", async (t) => {
  const jpeg = await picture("jpeg", 48, 32, [0, 0, 255]);
  const server = new ImageServer({ source: [jpeg, jpeg] });
  await server.start(0);
  t.after(() => server.stop());

  const answer = await fetch(`${server.url ?? ""}streams/main/snapshot.jpg`);

  assert.ok(sameBytes(new Uint8Array(await answer.arrayBuffer()), jpeg));
});
