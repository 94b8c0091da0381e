import assert from "node:assert/strict";
import { once } from "node:events";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { RawClient } from "./support/raw-client.ts";
import { stage } from "./support/stage.ts";
import { GREEN, RED } from "./support/two-pictures.ts";
import { until } from "./support/until.ts";

const HANDSHAKE = [
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
];

/** A WebSocket client as programs and browsers have it, that keeps what it gets. */
function open(t: test.TestContext, url: string): { socket: WebSocket; pictures: Buffer[] } {
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  const pictures: Buffer[] = [];
  socket.addEventListener("message", ({ data }) => pictures.push(Buffer.from(data as ArrayBuffer)));
  t.after(() => socket.close());
  return { socket, pictures };
}

test("a WebSocket at a live address gets each picture as one binary message, whatever its size", async (t) => {
  const { port, hub, audience } = await stage(t);
  const { pictures } = open(t, `ws://127.0.0.1:${port}/streams/a/live.mjpeg`);
  await until(() => audience.size === 1, "the viewer joined");
  const sizes = [1, 125, 126, 65_535, 65_536, 1_000_000];

  for (const [number, size] of sizes.entries()) {
    hub.publish({ jpeg: Buffer.alloc(size, number + 1), capturedAt: 0 });
    await until(() => pictures.length > number, `message ${number}`);
  }

  assert.deepEqual(
    pictures.map((picture) => picture.length),
    sizes,
  );
  assert.ok(pictures.every((picture, number) => picture.every((byte) => byte === number + 1)));
});

test("whoever joins sees the newest picture at once, and a stream that ends closes with 1001", async (t) => {
  const { port, hub } = await stage(t);
  hub.publish({ jpeg: RED, capturedAt: 0 });
  const { socket, pictures } = open(t, `ws://127.0.0.1:${port}/?action=stream`);
  await until(() => pictures.length === 1, "the newest picture");
  const closed = once(socket, "close");

  hub.publish({ jpeg: GREEN, capturedAt: 0 });
  hub.end();

  const [event] = (await closed) as [CloseEvent];
  assert.deepEqual([event.code, event.wasClean], [1001, true]);
  assert.deepEqual(pictures, [RED, GREEN]);
});

test("a client that closes, and one that vanishes, are viewers no more", async (t) => {
  const { port, audience, wishes } = await stage(t);
  const { socket } = open(t, `ws://127.0.0.1:${port}/streams/a/live.mjpeg`);
  const raw = RawClient.get(port, "/streams/a/live.mjpeg", ...HANDSHAKE);
  await until(() => audience.size === 2, "both joined");

  socket.close();
  raw.socket.resetAndDestroy();
  await until(() => audience.size === 0, "both left");

  assert.equal(wishes.now, 0);
});

test("the handshake is answered as RFC 6455 says; a wrong one is refused and is no viewer", async (t) => {
  const { port, hub, audience, mistakes } = await stage(t);

  const right = RawClient.get(port, "/streams/a/live.mjpeg", ...HANDSHAKE);
  await right.until((text) => text.includes("\r\n\r\n"), "the head");
  const wrong = RawClient.get(port, "/streams/a/live.mjpeg", "Connection: Upgrade", "Upgrade: websocket");
  await wrong.until((text) => text.includes("\r\n\r\n"), "the refusal");
  hub.publish({ jpeg: RED, capturedAt: 0 });
  await until(() => wrong.closed, "the refused one is closed");
  right.socket.destroy();

  assert.match(right.text, /^HTTP\/1.1 101 /);
  assert.match(right.text, /Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=/);
  assert.match(wrong.text, /^HTTP\/1.1 400 /);
  assert.ok(!wrong.text.includes("JFIF"));
  await until(() => audience.size === 0, "nobody watches");
  assert.deepEqual(mistakes, []);
});

test("without the key there is no handshake, and an unknown stream is 404", async (t) => {
  const { port } = await stage(t, { key: "secret-key" });

  const noKey = RawClient.get(port, "/streams/a/live.mjpeg", ...HANDSHAKE);
  await noKey.until((text) => text.includes("\r\n\r\n"), "the answer");
  const unknown = RawClient.get(port, "/streams/b/live.mjpeg?key=secret-key", ...HANDSHAKE);
  await unknown.until((text) => text.includes("\r\n\r\n"), "the answer");
  [noKey, unknown].forEach(({ socket }) => socket.destroy());

  assert.match(noKey.text, /^HTTP\/1.1 401 /);
  assert.match(unknown.text, /^HTTP\/1.1 404 /);
});

test("a viewer that sends junk or too much is closed, and the others go on", async (t) => {
  const { port, hub, audience } = await stage(t);
  const { pictures } = open(t, `ws://127.0.0.1:${port}/streams/a/live.mjpeg`);
  const junk = RawClient.get(port, "/streams/a/live.mjpeg", ...HANDSHAKE);
  const chatty = open(t, `ws://127.0.0.1:${port}/streams/a/live.mjpeg`);
  // It has joined before it knows.
  await Promise.all([once(chatty.socket, "open"), until(() => audience.size === 3, "all joined")]);

  junk.send(Buffer.alloc(100, 0xff));
  chatty.socket.send("x".repeat(100_000));
  await until(() => audience.size === 1, "two are closed");
  hub.publish({ jpeg: RED, capturedAt: 0 });
  await until(() => pictures.length === 1, "the third gets its picture");

  assert.deepEqual(pictures, [RED]);
});

test("a WebSocket that reads nothing costs one frame, and is shown the newest next", async (t) => {
  const { port, hub, audience, viewers, sockets } = await stage(t);
  const client = RawClient.get(port, "/streams/a/live.mjpeg", ...HANDSHAKE);
  t.after(() => client.socket.destroy());
  await until(() => audience.size === 1, "the viewer joined");
  client.socket.pause();
  const jpeg = (number: number): Uint8Array => Buffer.alloc(100_000, number);

  for (let number = 0; number < 200; number++) {
    hub.publish({ jpeg: jpeg(number), capturedAt: 0 });
    await sleep(1);
  }
  const held = Math.max(...sockets.map(({ writableLength }) => writableLength));
  client.socket.resume();
  await until(() => client.bytes.at(-1) === 199, "the newest picture");

  assert.ok(held > 0 && held <= 100_010, `${held} bytes are held`);
  assert.ok((viewers.values()[0]?.drops ?? 0) > 50);
});

test("a page of another origin gets nothing by the cookie or login of whoever looks at it, only by the key", async (t) => {
  const { port } = await stage(t, { key: "secret-key" });
  const answer = async (path: string, ...headers: string[]): Promise<string> => {
    const client = RawClient.get(port, path, ...HANDSHAKE, ...headers);
    await client.until((text) => text.includes("\r\n\r\n"), "the answer");
    client.socket.destroy();
    return client.text.slice(9, 12);
  };
  const live = "/streams/a/live.mjpeg";
  const login = `Authorization: Basic ${btoa(":secret-key")}`;
  const cookie = `Cookie: kinora_${port}=secret-key`;

  assert.equal(await answer(live, login, "Origin: http://127.0.0.1:1"), "401");
  assert.equal(await answer(live, cookie, "Origin: https://elsewhere.example"), "401");
  assert.equal(await answer(live, cookie, "Origin: http://127.0.0.1"), "101");
  assert.equal(await answer(live, login), "101");
  assert.equal(await answer(`${live}?key=secret-key`, "Origin: https://elsewhere.example"), "101");
});

test("HTTP/1.0 knows no WebSocket: it gets the stream", async (t) => {
  const { port } = await stage(t);
  const client = new RawClient(port);
  t.after(() => client.socket.destroy());

  client.send(["GET /live.jpg HTTP/1.0", ...HANDSHAKE, "", ""].join("\r\n"));
  await client.until((text) => text.includes("\r\n\r\n"), "the head");

  assert.match(client.text, /^HTTP\/1.0 200 /);
});

test("once the client has begun to close, no message follows", async (t) => {
  const { port, hub, audience } = await stage(t);
  const client = RawClient.get(port, "/streams/a/live.mjpeg", ...HANDSHAKE);
  await until(() => audience.size === 1, "the viewer joined");
  const publishing = setInterval(() => hub.publish({ jpeg: RED, capturedAt: 0 }), 1);
  t.after(() => clearInterval(publishing));
  await client.until((text) => text.length > 5_000, "some pictures");

  client.send(Uint8Array.of(0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8));
  await until(() => client.closed, "the connection is closed");

  assert.deepEqual([...client.bytes.subarray(-4)], [0x88, 2, 0x03, 0xe8]);
});
