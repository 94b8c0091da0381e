// What is on its way, what waits and what is dropped, where the client or its line is slow.
import assert from "node:assert/strict";
import type { Socket } from "node:net";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { WebSocket } from "ws";
import { ImageServer } from "../src/index.ts";
import { SELF_SIGNED } from "./support/hostile-camera.ts";
import { LiveClient } from "./support/live-client.ts";
import { RED } from "./support/two-pictures.ts";
import { stage } from "./support/stage.ts";
import { until } from "./support/until.ts";

const BIG_BYTES = 300_000;

/** RED with so many bytes, and with what is behind its end left out by nobody: enough of a JPEG for a server. */
function padded(bytes: number): Uint8Array {
  const comment = Buffer.alloc(65_537, 1);
  comment.writeUInt32BE(0xfffeffff, 0);
  const count = Math.ceil((bytes - RED.length) / comment.length);
  return Buffer.concat([
    RED.subarray(0, 2),
    ...Array<Buffer>(Math.max(0, count)).fill(comment),
    RED.subarray(2),
  ]);
}

/** Has the client read a little now and then, at most 64 KiB at once: a line of some megabytes a second. */
function sip(socket: WebSocket): void {
  // The connection below has no public name.
  (Reflect.get(socket, "_socket") as Socket).on("data", () => {
    socket.pause();
    setTimeout(() => socket.resume(), 10);
  });
}

test("two pictures of a stream go unacknowledged; then the newest waits, and others go on", async (t) => {
  const { port, hub, viewers } = await stage(t);
  const client = await LiveClient.open(t, `ws://127.0.0.1:${port}/api/live`);
  client.acknowledges = ({ id }) => id !== 1;
  client.watch(1, "a");
  client.watch(2, "a");
  await until(() => viewers.size === 2, "both are watched");

  for (let number = 0; number < 20; number++) {
    hub.publish({ jpeg: RED, capturedAt: number });
    await until(() => client.of(2).at(-1)?.capturedAt === number, `picture ${number} of the other`);
  }
  const silent = client.of(1).map(({ sequence }) => sequence);
  client.acknowledge(...client.of(1).slice(0, 1));
  await until(() => client.of(1).length === 3, "the newest");

  assert.deepEqual(silent, [0, 1]);
  assert.equal(client.of(1)[2]?.sequence, 19);
  assert.equal(client.of(2).length, 20);
  assert.deepEqual(
    viewers.values().map(({ drops }) => drops),
    [17, 0],
  );
});

test("what is acknowledged twice, never came or is not watched counts for nothing", async (t) => {
  const { port, hub, viewers } = await stage(t);
  const client = await LiveClient.open(t, `ws://127.0.0.1:${port}/api/live`);
  client.acknowledges = () => false;
  client.watch(1, "a");
  await until(() => viewers.size === 1, "it is watched");
  for (let number = 0; number < 4; number++) hub.publish({ jpeg: RED, capturedAt: number });
  await until(() => client.pictures.length === 2, "two pictures");

  const picture = { ...(client.pictures[0] ?? assert.fail()) };
  client.acknowledge({ ...picture, id: 2 }, { ...picture, sequence: 77 }, picture, picture, picture);
  await until(() => client.pictures.length === 3, "the newest");
  hub.publish({ jpeg: RED, capturedAt: 4 });
  client.unwatch(1);
  client.watch(9, "a");
  await until(() => client.of(9).length === 1, "what was asked for last is here");

  assert.deepEqual(
    client.of(1).map(({ sequence }) => sequence),
    [0, 1, 3],
  );
});

for (const way of ["directly", "through Node", "over TLS"]) {
  test(`a client that reads nothing costs one picture, and is shown the newest next (${way})`, async (t) => {
    const { port, hub, viewers, sockets } = await stage(t, {
      withoutKoffi: way === "through Node",
      ...(way === "over TLS" ? { tls: SELF_SIGNED } : {}),
    });
    const url = `${way === "over TLS" ? "wss" : "ws"}://127.0.0.1:${port}/api/live`;
    const client = await LiveClient.open(t, url, { rejectUnauthorized: false });
    for (let id = 0; id < 30; id++) client.watch(id, "a");
    await until(() => viewers.size === 30, "all are watched");
    const jpeg = padded(BIG_BYTES);
    client.socket.pause();

    let held = 0;
    for (let number = 0; number < 100; number++) {
      hub.publish({ jpeg, capturedAt: number });
      await sleep(1);
      held = Math.max(held, ...sockets.map(({ writableLength }) => writableLength));
    }
    client.socket.resume();
    await until(
      () =>
        Array.from({ length: 30 }, (_, id) => client.of(id).at(-1)).every((last) => last?.capturedAt === 99),
      "the newest picture of each",
    );

    assert.ok(held > 0 && held < 1.5 * jpeg.length, `${held} bytes are held`);
    for (let id = 0; id < 30; id++) {
      const sequences = client.of(id).map(({ sequence }) => sequence);
      assert.deepEqual(
        sequences,
        [...sequences].sort((one, other) => one - other),
      );
      assert.ok(sequences.length < 50, `stream ${id} came ${sequences.length} times`);
    }
    assert.ok(viewers.values().every(({ drops }) => drops > 0));
    assert.ok(
      client.pictures.every((picture) => picture.jpeg.equals(jpeg)),
      "whole pictures, none mixed up",
    );
  });
}

test("on a line that is full, streams of large and of small pictures have as many turns", async (t) => {
  const server = new ImageServer();
  const [big, small] = [padded(BIG_BYTES / 2), padded(20_000)];
  for (let number = 0; number < 5; number++) server.addStream(`big${number}`, () => big);
  server.addStream("small", () => small);
  await server.start(0);
  t.after(() => server.stop());
  const client = await LiveClient.open(t, `ws://127.0.0.1:${server.port ?? 0}/api/live`);
  sip(client.socket);

  for (let id = 0; id < 5; id++) client.watch(id, `big${id}`);
  client.watch(5, "small");
  await until(() => client.of(0).length > 10 && client.of(5).length > 10, "pictures");
  const from = client.pictures.length;
  await until(() => client.pictures.length >= from + 60, "60 pictures");

  const counts = Array.from({ length: 6 }, (_, id) => client.of(id).length);
  const ages = client.pictures.slice(from).map(({ cameAt, capturedAt }) => cameAt - capturedAt);
  assert.ok(
    server.viewers.every(({ drops }) => drops > 0),
    "the line was full",
  );
  assert.ok(Math.min(...counts) > 0.6 * Math.max(...counts), `pictures of each stream: ${counts.join(", ")}`);
  assert.ok(Math.max(...ages) < 2_000, `the oldest was ${Math.max(...ages)} ms old`);
});

test("?adapt moves the stream that is too much for the client down, and no other", async (t) => {
  const server = new ImageServer();
  for (const name of ["one", "other"]) server.addStream(name, "test:?size=640x360&fps=30");
  await server.start(0);
  t.after(() => server.stop());
  const client = await LiveClient.open(t, `ws://127.0.0.1:${server.port ?? 0}/api/live`);
  client.acknowledges = (picture) => {
    if (picture.id === 1) setTimeout(() => client.acknowledge(picture), 300);
    return picture.id !== 1;
  };

  client.watch(1, "one", "adapt");
  client.watch(2, "other", "adapt");
  await until(() => (server.viewers[0]?.variant ?? "") !== "", "it is moved down");

  assert.match(server.viewers[0]?.variant ?? "", /width=\d+/);
  assert.equal(server.viewers[1]?.variant, "");
  client.watch(1, "one");
  await until(() => server.viewers[0]?.variant === "", "without it all is as it was");
});

test("who acknowledges nothing is cut when it has stalled, who does so late is not", async (t) => {
  const { port, hub, viewers } = await stage(t, { stallTimeoutMs: 2_000 });
  const publishing = setInterval(() => hub.publish({ jpeg: RED, capturedAt: 0 }), 20);
  t.after(() => clearInterval(publishing));
  const dead = await LiveClient.open(t, `ws://127.0.0.1:${port}/api/live`);
  dead.acknowledges = ({ id }) => id !== 2;
  const late = await LiveClient.open(t, `ws://127.0.0.1:${port}/api/live`);
  late.acknowledges = () => false;
  const acknowledging = setInterval(() => late.acknowledge(...late.pictures.slice(-1)), 700);
  t.after(() => clearInterval(acknowledging));

  for (const client of [dead, late]) client.watch(1, "a");
  dead.watch(2, "a");
  await until(() => dead.closed !== undefined, "the dead one is cut");

  assert.deepEqual(dead.closed, [4408, "pictures of stream 2 were not taken or not acknowledged"]);
  assert.equal(late.closed, undefined);
  assert.equal(viewers.size, 1);
});
