import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { platform } from "node:os";
import test from "node:test";
import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";
import { stage } from "./support/stage.ts";

const PICTURE_BYTES = 60_000;
const REQUEST = "GET /streams/a/live.mjpeg HTTP/1.1\r\nHost: x\r\n\r\n";

/** Something of the size of a picture, beginning and ending like one. */
function picture(number: number): { jpeg: Uint8Array; capturedAt: number } {
  const jpeg = Buffer.alloc(PICTURE_BYTES, number % 251);
  jpeg.write("\xff\xd8", 0, "latin1");
  jpeg.write("\xff\xd9", PICTURE_BYTES - 2, "latin1");
  return { jpeg, capturedAt: number };
}

/** Counts whole pictures by their bytes, which is cheap enough for hundreds of them in one process. */
class CountingViewer {
  readonly socket: Socket;
  pictures = 0;
  readonly numbers: number[] = [];
  #rest = "";

  constructor(port: number) {
    this.socket = connect(port, "127.0.0.1");
    this.socket.on("error", () => undefined);
    this.socket.on("data", (chunk: Buffer) => {
      // X-Timestamp carries the number of the picture.
      const text = this.#rest + chunk.toString("latin1");
      for (const [, seconds] of text.matchAll(/X-Timestamp: (\d+\.\d+)\r\n/g)) {
        this.numbers.push(Math.round(Number(seconds) * 1000));
        this.pictures++;
      }
      this.#rest = text.slice(-60).replace(/^[^]*X-Timestamp: \d+\.\d+\r\n/, "");
    });
    this.socket.write(REQUEST);
  }
}

async function until(condition: () => boolean, what: string, timeoutMs = 20_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!condition()) {
    assert.ok(performance.now() < deadline, `waited too long: ${what}`);
    await sleep(2);
  }
}

test("of 200 viewers 20 never read: the others get every picture, and a stalled one costs at most one", async (t) => {
  const { port, hub, audience, viewers, sockets } = await stage(t);
  const reading = Array.from({ length: 180 }, () => new CountingViewer(port));
  const stalled = Array.from({ length: 20 }, () => {
    const socket = connect(port, "127.0.0.1").pause();
    socket.on("error", () => undefined);
    socket.write(REQUEST);
    return socket;
  });
  t.after(() => [...reading.map(({ socket }) => socket), ...stalled].forEach((socket) => socket.destroy()));
  await until(() => audience.size === 200, "all viewers joined");

  // Enough to fill what the kernel holds for a stalled one (some 2.5 MB on loopback) several times over.
  const count = 150;
  for (let number = 0; number < count; number++) {
    hub.publish(picture(number));
    await until(() => reading.every(({ pictures }) => pictures > number), `picture ${number}`);
  }

  const expected = Array.from({ length: count }, (_, number) => number);
  for (const viewer of reading) assert.deepEqual(viewer.numbers, expected);
  const stalledViewers = viewers.values().filter(({ drops }) => drops > 0);
  assert.equal(stalledViewers.length, 20);
  const waiting = sockets.map(({ writableLength }) => writableLength).filter((length) => length > 0);
  assert.equal(waiting.length, 20);
  const part = PICTURE_BYTES + 200;
  assert.ok(Math.max(...waiting) <= part, `a stalled viewer holds ${Math.max(...waiting)} bytes`);
});

test("a viewer that stops reading for a while is shown the newest picture next, not the ones it missed", async (t) => {
  const { port, hub, audience, tally } = await stage(t);
  const viewer = new CountingViewer(port);
  t.after(() => viewer.socket.destroy());
  await until(() => audience.size === 1, "the viewer joined");

  viewer.socket.pause();
  for (let number = 0; number < 300; number++) {
    hub.publish(picture(number));
    await turn();
  }
  viewer.socket.resume();
  await until(() => viewer.numbers.at(-1) === 299, "the newest picture");

  const gap = viewer.numbers.findIndex((number, at) => number !== at);
  assert.ok(gap > 0, "some pictures were in the kernel already");
  // Behind those come the one in flight and the newest, and nothing between.
  assert.ok(viewer.numbers.length - gap <= 2, `after the gap: ${viewer.numbers.slice(gap).join(" ")}`);
  assert.equal(tally.totals().drops, 300 - viewer.numbers.length);
});

test("1 000 viewers that come and go leave no listener, timer or file descriptor behind", async (t) => {
  const { port, hub, audience, wishes } = await stage(t);
  const resources = () => {
    const counts = new Map<string, number>();
    for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    return Object.fromEntries(counts);
  };
  const descriptors = () => (platform() === "linux" ? readdirSync("/proc/self/fd").length : 0);
  const comeAndGo = async (viewers: number) => {
    const sockets = Array.from({ length: viewers }, () => new CountingViewer(port).socket);
    await until(() => audience.size === viewers, "they joined");
    hub.publish(picture(0));
    sockets.forEach((socket) => socket.destroy());
    await until(() => audience.size === 0, "they left");
  };
  await comeAndGo(10);
  await sleep(50);
  const before = { resources: resources(), descriptors: descriptors(), size: hub.size };

  for (let round = 0; round < 10; round++) await comeAndGo(100);
  await until(() => descriptors() <= before.descriptors, "all descriptors are closed");

  assert.equal(wishes.now, 0);
  assert.equal(hub.size, before.size);
  assert.equal(hub.size, 0);
  assert.deepEqual(Object.keys(resources()).sort(), Object.keys(before.resources).sort());
  assert.ok((resources()["Timeout"] ?? 0) <= (before.resources["Timeout"] ?? 0) + 1);
});
