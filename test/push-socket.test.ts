import assert from "node:assert/strict";
import { once } from "node:events";
import test from "node:test";
import { sameBytes } from "./support/pictures.ts";
import { BodyPublisher, pushServer } from "./support/publisher.ts";
import { RawClient } from "./support/raw-client.ts";
import { stateOf } from "./support/status.ts";
import { GREEN, RED } from "./support/two-pictures.ts";
import { until } from "./support/until.ts";
import { Watcher } from "./support/watcher.ts";

/** A publisher as a page has it. */
function open(t: test.TestContext, port: number, path = "/streams/door/publish") {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`);
  const messages: unknown[] = [];
  socket.addEventListener("message", ({ data }) => messages.push(JSON.parse(String(data))));
  const closed = once(socket, "close").then(([event]) => event as CloseEvent);
  t.after(() => socket.close());
  return { socket, messages, closed };
}

test("each message is a picture, shown at once and answered with how many came and how many watch", async (t) => {
  const { port } = await pushServer(t);
  const watcher = new Watcher(port, "door");
  t.after(() => watcher.close());
  const { socket, messages } = open(t, port);
  await until(() => messages.length === 1, "ready");

  socket.send(RED);
  await watcher.next(({ jpeg }) => sameBytes(jpeg, RED), "the first picture");
  socket.send(GREEN);
  await watcher.next(({ jpeg }) => sameBytes(jpeg, GREEN), "the second picture");
  await until(() => messages.length === 3, "both answers");

  assert.deepEqual(messages, [
    { type: "ready", stream: "door", maxBytes: 16_777_216 },
    { type: "ack", pictures: 1, viewers: 1 },
    { type: "ack", pictures: 2, viewers: 1 },
  ]);
});

test("a publisher that closes leaves the stream down, and viewers are told", async (t) => {
  const { port, url } = await pushServer(t);
  const watcher = new Watcher(port, "door");
  t.after(() => watcher.close());
  const { socket } = open(t, port);
  await once(socket, "open");
  socket.send(RED);
  await watcher.next(({ jpeg }) => sameBytes(jpeg, RED), "the picture");

  socket.close();

  const { code } = await stateOf(url, "door", "down");
  assert.equal(code, "ERR_NOBODY_PUBLISHES");
  assert.equal(watcher.trouble, undefined);
});

test("a place that is taken closes with 4409; who asks takes it over, and the earlier one is closed with 4410", async (t) => {
  const { port, url } = await pushServer(t);
  const first = open(t, port);
  await until(() => first.messages.length === 1, "ready");

  const refused = await open(t, port).closed;
  const second = open(t, port, "/streams/door/publish?takeover=1");
  const { code } = await first.closed;
  await until(() => second.messages.length === 1, "ready");
  await new BodyPublisher(t, `${url}/streams/door/live.mjpeg?takeover`).send(RED);
  const ended = await second.closed;

  assert.equal(refused.code, 4409);
  assert.match(refused.reason, /add \?takeover/);
  assert.equal(code, 4410);
  assert.equal(ended.code, 4410);
});

for (const [what, path, code] of [
  ["a name that cannot be", "/streams/a%20b/publish", 4400],
  ["a stream of another source", "/streams/main/publish", 4409],
] as const) {
  test(`${what} is closed with ${code}`, async (t) => {
    const { port } = await pushServer(t);

    const event = await open(t, port, path).closed;

    assert.equal(event.code, code);
    assert.ok(event.reason.length > 20);
  });
}

for (const [what, message, code] of [
  ["what is no JPEG", Buffer.from("no picture at all"), 4415],
  ["an empty message", Buffer.alloc(0), 4415],
  ["text", "hello", 4415],
  ["a picture of more than 16 MiB", Buffer.alloc(16_777_217, 0xff), 4413],
  ["a message of far more", Buffer.alloc(17_900_000, 0xff), 1009],
] as const) {
  test(`${what} is closed with ${code}, and the place is free again`, async (t) => {
    const { port } = await pushServer(t);
    const { socket, closed } = open(t, port);
    await once(socket, "open");

    socket.send(message);

    assert.equal((await closed).code, code);
    const next = open(t, port);
    await until(() => next.messages.length === 1, "ready");
  });
}

test("a server that stops closes with 1001, within a second, also one that answers nothing", async (t) => {
  const { port, server } = await pushServer(t);
  const polite = open(t, port, "/streams/a/publish");
  await until(() => polite.messages.length === 1, "ready");
  const deaf = RawClient.get(port, "/streams/b/publish", ...HANDSHAKE);
  await deaf.until((text) => text.includes("ready"), "the handshake");
  const from = performance.now();

  await server.stop();

  assert.ok(performance.now() - from < 1_200, `${performance.now() - from} ms`);
  assert.equal((await polite.closed).code, 1001);
  await deaf.end();
});

test("a publisher that sends without end is read at a bounded pace, in little memory", async (t) => {
  const { port } = await pushServer(t);
  const client = RawClient.get(port, "/streams/door/publish", ...HANDSHAKE);
  t.after(() => client.close());
  await client.until((text) => text.includes("ready"), "the handshake");
  const frame = Buffer.concat([
    Buffer.of(0x82, 0x80 | 126, RED.length >> 8, RED.length & 255, 0, 0, 0, 0),
    RED,
  ]);
  const many = Buffer.concat(Array<Buffer>(1_000).fill(frame));
  const from = performance.now();
  const before = process.memoryUsage().rss;

  let sent = 0;
  while (performance.now() < from + 1_000) {
    if (client.socket.writableLength < 8_000_000) {
      client.send(many);
      sent += 1_000;
    }
    await new Promise(setImmediate);
  }

  const seconds = (performance.now() - from) / 1000;
  const taken = client.text.split('"ack"').length - 1;
  const grownMb = (process.memoryUsage().rss - before) / 1e6;
  assert.ok(sent > 5_000, `${sent} pictures sent`);
  assert.ok(taken > 100 && taken < 2_000 * seconds + 1_000, `${taken} taken in ${seconds} s`);
  assert.ok(grownMb < 150, `${grownMb} MB`);
});

test("a request that is no WebSocket is told what the address is for", async (t) => {
  const { url } = await pushServer(t);

  const answer = await fetch(`${url}/streams/door/publish`);

  assert.equal(answer.status, 426);
  assert.match(await answer.text(), /takes pictures by WebSocket/);
});

const HANDSHAKE = [
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
];
