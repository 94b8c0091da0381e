import assert from "node:assert/strict";
import { once } from "node:events";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { RawClient } from "./support/raw-client.ts";
import { stage, type Stage } from "./support/stage.ts";
import { until } from "./support/until.ts";

const IMG = "Accept: image/avif,image/webp,image/*,*/*;q=0.8";
const END = "\r\n--boundarydonotcross--\r\n";

/** Not a picture: delivery does not look inside, and these are easy to find in the bytes. */
function image(text: string): { jpeg: Uint8Array; capturedAt: number } {
  return { jpeg: Buffer.from(`\xff\xd8${text}\xff\xd9`, "latin1"), capturedAt: Date.now() };
}

/** A client whose stream has begun. */
async function watching({ port }: Stage, query: string, ...headers: readonly string[]): Promise<RawClient> {
  const client = RawClient.get(port, `/streams/a/live.mjpeg?${query}`, ...headers);
  await client.until((text) => text.includes("\r\n\r\n--boundarydonotcross\r\n"), "the opening");
  return client;
}

function pictures({ body }: RawClient): string[] {
  return [...body.matchAll(/\xff\xd8(.*?)\xff\xd9/gs)].map(([, text = ""]) => text);
}

test("?frames=n gives a program so many pictures, not one more, and the closing delimiter", async (t) => {
  const set = await stage(t);
  const client = await watching(set, "frames=2");

  for (const text of ["one", "two", "three"]) set.hub.publish(image(text));
  await client.end();

  assert.deepEqual(pictures(client), ["one", "two"]);
  assert.ok(client.text.endsWith(`two\xff\xd9${END}`));
  await until(() => set.audience.size === 0, "it has left");
  assert.equal(set.tally.totals().frames, 2);
});

test("?frames=n gives a browser its last picture twice, as every stream's end does", async (t) => {
  const set = await stage(t);
  const client = await watching(set, "frames=2", IMG);

  for (const text of ["one", "two", "three"]) set.hub.publish(image(text));
  await client.end();

  assert.deepEqual(pictures(client), ["one", "two", "two"]);
  assert.ok(client.text.endsWith(`two\xff\xd9${END}`));
});

test("?frames=1 of a quiet stream is its newest picture, at once", async (t) => {
  const set = await stage(t);
  set.hub.publish(image("before"));

  const client = RawClient.get(set.port, "/streams/a/live.mjpeg?frames=1");
  await client.end();

  assert.deepEqual(pictures(client), ["before"]);
  assert.ok(client.text.endsWith(END));
});

test("pictures that are sent again in a silence do not count", async (t) => {
  const set = await stage(t);
  const client = await watching(set, "frames=2", IMG);

  set.hub.publish(image("one"));
  await client.until(() => pictures(client).length === 2, "the first picture again");
  set.hub.publish(image("two"));
  await client.end();

  assert.deepEqual(pictures(client), ["one", "one", "two", "two"]);
});

test("?duration=s ends the stream properly after so many seconds, in both layouts, also without a picture", async (t) => {
  const set = await stage(t);
  const from = performance.now();
  const program = await watching(set, "duration=0.3");
  const browser = await watching(set, "duration=0.3", IMG);
  const quiet = await stage(t);
  const empty = await watching(quiet, "duration=0.3");

  set.hub.publish(image("one"));
  await Promise.all([program.end(), browser.end(), empty.end()]);

  const tookMs = performance.now() - from;
  assert.ok(tookMs >= 299 && tookMs < 10_000, `${tookMs} ms`);
  for (const client of [program, browser]) {
    assert.equal(pictures(client).at(-1), "one");
    assert.ok(client.text.endsWith(END));
  }
  assert.deepEqual(pictures(empty), []);
  await until(() => set.audience.size + quiet.audience.size === 0, "all have left");
});

test("a stream that ends earlier than it was asked to ends once, and its timer with it", async (t) => {
  const set = await stage(t);
  const client = await watching(set, "duration=0.5&frames=9");
  set.hub.publish(image("one"));
  await client.until((text) => text.includes("one\xff\xd9"), "the picture");

  set.hub.close();
  await client.end();
  await sleep(300); // past the duration

  assert.equal(client.text.split(END).length, 2);
  assert.deepEqual(set.mistakes, []);
});

test("as a WebSocket both end it with a close message", async (t) => {
  const set = await stage(t);
  set.hub.publish(image("one"));
  const open = (query: string) => new WebSocket(`ws://127.0.0.1:${set.port}/streams/a/live.mjpeg?${query}`);

  for (const [query, count] of [
    ["frames=1", 1],
    ["duration=0.3", 1],
  ] as const) {
    const socket = open(query);
    let messages = 0;
    socket.addEventListener("message", () => messages++);
    const [{ code, wasClean }] = (await once(socket, "close")) as [CloseEvent];

    assert.deepEqual([messages, code, wasClean], [count, 1001, true], query);
  }
});

test("a slow viewer gets the last picture it asked for whole, however long that takes", async (t) => {
  const set = await stage(t);
  const client = await watching(set, "frames=1");
  const size = 30_000_000; // more than the system takes at once
  client.socket.pause();
  set.hub.publish({ jpeg: Buffer.alloc(size, "b"), capturedAt: 0 });
  await until(() => (set.sockets[0]?.writableLength ?? 0) > 0, "the line is full");

  await sleep(800); // longer than a viewer has that is ended
  let received = 0;
  let lastBytes = Buffer.alloc(0);
  client.socket.removeAllListeners("data").on("data", (chunk: Buffer) => {
    received += chunk.length;
    lastBytes = Buffer.concat([lastBytes, chunk]).subarray(-100);
  });
  client.socket.resume();
  await client.end(20_000);

  assert.ok(received > size, `${received} bytes`);
  assert.ok(lastBytes.toString("latin1").endsWith(`bbbb${END}`));
});

test("HEAD with them is the head alone, and values that cannot be are 400 with the range", async (t) => {
  const { port } = await stage(t);
  const ask = (query: string, method = "GET") =>
    fetch(`http://127.0.0.1:${port}/streams/a/live.mjpeg?${query}`, { method });

  const head = await ask("frames=3&duration=2", "HEAD");

  assert.equal(head.status, 200);
  assert.equal(await head.text(), "");
  for (const query of [
    "frames=0",
    "frames=1.5",
    "frames=",
    "frames=x",
    "duration=0",
    "duration=-1",
    "duration=x",
  ]) {
    const [name = ""] = query.split("=");
    for (const method of ["GET", "HEAD"]) {
      const answer = await ask(query, method);
      assert.equal(answer.status, 400, `${method} ${query}`);
      if (method === "GET") assert.match(await answer.text(), new RegExp(`${name}.*from .*to`), query);
    }
  }
});
