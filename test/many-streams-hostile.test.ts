// Clients of /api/live that do what no client should: they are told, cost little, and disturb nobody.
import assert from "node:assert/strict";
import test from "node:test";
import { LiveClient } from "./support/live-client.ts";
import { RawClient } from "./support/raw-client.ts";
import { stage } from "./support/stage.ts";
import { RED } from "./support/two-pictures.ts";
import { until } from "./support/until.ts";

const HANDSHAKE = [
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
];

/** A message of a client with a wish that cannot be, as it is on the line. */
function nowhere(id: number): Buffer {
  const text = JSON.stringify({ type: "watch", id, stream: "-" });
  return Buffer.concat([Buffer.of(0x81, 0x80 | text.length, 0, 0, 0, 0), Buffer.from(text)]);
}

const watch = (more: object): string => JSON.stringify({ type: "watch", id: 1, stream: "a", ...more });

/** What is sent, and what the connection is closed with. */
const CLOSING: readonly (readonly [message: string | Uint8Array, code: number, reason: RegExp])[] = [
  ["", 4400, /^a message must be JSON/],
  ["hello", 4400, /^a message must be JSON, or binary acknowledgements, got "hello"$/],
  ["\u{1F600}".repeat(500), 4400, /^a message must be JSON/],
  ["[".repeat(4_096), 4400, /^a message must be JSON/],
  ["null", 4400, /^a message must be a JSON object, got null$/],
  ["7", 4400, /^a message must be a JSON object, got 7$/],
  ["[]", 4400, /^type must be "watch" or "unwatch", got undefined$/],
  ['{"type":"__proto__"}', 4400, /^type must be/],
  ['{"type":["watch"],"id":1,"stream":"a"}', 4400, /^type must be/],
  [watch({ id: 70_000 }), 4400, /^id must be an integer from 0 to 65535 .*, got 70000$/],
  [watch({ id: -1 }), 4400, /^id must be/],
  [watch({ id: 1.5 }), 4400, /^id must be/],
  [watch({ id: "1" }), 4400, /^id must be .*, got "1"$/],
  [watch({ stream: 5 }), 4400, /^stream must be a stream's name, got 5$/],
  [watch({ stream: null }), 4400, /^stream must be/],
  [watch({ query: { width: 1 } }), 4400, /^query must be/],
  ['{"type":"unwatch"}', 4400, /^id must be .*, got undefined$/],
  [Buffer.alloc(1), 4400, /^acknowledgements have 6 bytes each, and a message came of 1$/],
  [Buffer.alloc(4_095), 4400, /^acknowledgements have 6 bytes each/],
  [watch({ query: "x".repeat(4_096) }), 1009, /^$/],
  [Buffer.alloc(6 * 1_000_000), 1009, /^$/],
];

/** What is sent, and what is answered. */
const REFUSED: readonly (readonly [message: string, status: number, error: RegExp])[] = [
  [watch({ stream: "" }), 404, /no stream "/],
  [watch({ stream: "../a" }), 404, /no stream "/],
  [watch({ stream: "__proto__" }), 404, /no stream "/],
  [watch({ stream: "a".repeat(4_000) }), 404, /^.{1,200}$/],
  [watch({ query: `width=${"9".repeat(4_000)}` }), 400, /^the parameter width must be.{1,200}$/],
  [watch({ query: "frames=-1" }), 400, /^the parameter frames must be/],
  [watch({ query: "viewer=%00" }), 400, /^the parameter viewer must be/],
];

test("each wrong message closes its connection with a reason, and nobody else's", async (t) => {
  const { port, hub, viewers, mistakes } = await stage(t);
  const url = `ws://127.0.0.1:${port}/api/live`;
  const other = await LiveClient.open(t, url);
  other.watch(1, "a");

  for (const [message, code, reason] of CLOSING) {
    const client = await LiveClient.open(t, url);
    client.watch(3, "a");
    client.socket.send(message);
    await until(() => client.closed !== undefined, `the close after ${String(message).slice(0, 40)}`);
    assert.equal(client.closed?.[0], code, `${String(message).slice(0, 40)}: ${client.closed?.[1]}`);
    assert.match(client.closed[1], reason);
  }
  await until(() => viewers.size === 1, "the others have left");
  hub.publish({ jpeg: RED, capturedAt: 0 });
  await until(() => other.pictures.length === 1, "a picture of the one that behaves");

  assert.deepEqual(mistakes, []);
});

test("each wish that cannot be is refused with a short sentence, and the connection goes on", async (t) => {
  const { port, viewers, mistakes } = await stage(t);
  const client = await LiveClient.open(t, `ws://127.0.0.1:${port}/api/live`);

  for (const [number, [message, status, error]] of REFUSED.entries()) {
    client.socket.send(message);
    await until(() => client.said("refused", 1).length > number, `the refusal of ${message.slice(0, 60)}`);
    const refusal = client.said("refused", 1)[number];
    assert.equal(refusal?.status, status);
    assert.match(refusal.error, error);
  }
  client.unwatch(44);
  client.watch(1, "a", `junk=${"x".repeat(4_000)}`);
  await until(() => client.said("state", 1).length === 1, "junk that nobody knows is passed over");

  assert.equal(viewers.size, 1);
  assert.deepEqual(mistakes, []);
});

test("floods of wishes, their answers read or not, and of acknowledgements cost little and delay nobody", async (t) => {
  const { port, hub, sockets, viewers } = await stage(t);
  const url = `ws://127.0.0.1:${port}/api/live`;
  const [other, eager, deaf, careless] = [
    await LiveClient.open(t, url),
    await LiveClient.open(t, url),
    await LiveClient.open(t, url),
    await LiveClient.open(t, url),
  ];
  for (const client of [other, deaf]) client.watch(1_000, "a");
  await until(() => viewers.size === 2, "two watch");
  deaf.socket.pause();
  // More than the buffers between the two hold: whatever follows waits in this process.
  hub.publish({ jpeg: Buffer.alloc(14_000_000), capturedAt: 0 });
  await until(() => other.pictures.length === 1, "the large picture");
  const waiting = (): number => Math.max(...sockets.map(({ writableLength }) => writableLength));
  const before = waiting();

  for (let times = 0; times < 20_000; times++) eager.watch(1, "nowhere");
  for (let times = 0; times < 20_000; times++) deaf.watch(1, "nowhere");
  for (let times = 0; times < 5_000; times++) careless.socket.send(Buffer.alloc(4_092));
  const from = performance.now();
  const times: number[] = [];
  let most = 0;
  while (performance.now() - from < 2_000) {
    const publishedAt = performance.now();
    hub.publish({ jpeg: RED, capturedAt: 0 });
    const count = other.pictures.length;
    await until(() => other.pictures.length > count, "a picture of the one that behaves");
    times.push(performance.now() - publishedAt);
    most = Math.max(most, waiting() - before);
  }
  const seconds = (performance.now() - from) / 1_000;
  const answers = eager.replies.length;

  times.sort((one, another) => one - another);
  assert.ok((times[times.length >> 1] ?? Infinity) < 100, `${times.length} pictures`);
  assert.ok(before > 1_000_000, `${before} bytes of the large picture wait`);
  // 64 KiB, and the answers to what came in one packet with the last of them.
  assert.ok(most < 250_000, `${most} bytes of answers wait`);
  assert.ok(answers > 200 && answers < 2_500 * seconds + 500, `${answers} answers in ${seconds} s`);
});

test("what comes in one packet is worked off at the pace of all messages, in order, and what follows after it", async (t) => {
  const { port, mistakes } = await stage(t);
  const client = RawClient.get(port, "/api/live", ...HANDSHAKE);
  await client.until((text) => text.includes("\r\n\r\n"), "the handshake");
  const count = 1_200;
  const ids = (): readonly number[] =>
    Array.from(client.text.matchAll(/"refused","id":(\d+)/g), ([, id]) => Number(id));

  const from = performance.now();
  client.send(Buffer.concat(Array.from({ length: count }, (_, id) => nowhere(id))));
  client.send(nowhere(count));
  await until(() => ids().length > count, "all answers");
  const ms = performance.now() - from;

  // 2 000 a second, and 200 at once.
  assert.ok(ms > 450, `${ms.toFixed(0)} ms`);
  assert.deepEqual(
    ids(),
    Array.from({ length: count + 1 }, (_, id) => id),
  );
  assert.deepEqual(mistakes, []);
});

test("a handshake that is none is refused; junk behind one closes it; a request that is none is 426", async (t) => {
  const { port, viewers, mistakes } = await stage(t);

  const wrong = RawClient.get(port, "/api/live", "Connection: Upgrade", "Upgrade: websocket");
  await wrong.until((text) => text.includes("\r\n\r\n"), "the refusal");
  const junk = RawClient.get(port, "/api/live", ...HANDSHAKE);
  await junk.until((text) => text.includes("\r\n\r\n"), "the handshake");
  junk.send(Buffer.alloc(100, 0xff));
  await junk.end();
  const plain = await fetch(`http://127.0.0.1:${port}/api/live`);
  wrong.close();

  assert.match(wrong.text, /^HTTP\/1.1 400 /);
  assert.equal(plain.status, 426);
  assert.equal(plain.headers.get("upgrade"), "websocket");
  assert.match(await plain.text(), /ERR_METHOD/);
  assert.equal(viewers.size, 0);
  assert.deepEqual(mistakes, []);
});
