import assert from "node:assert/strict";
import { randomFillSync } from "node:crypto";
import test from "node:test";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { sameBytes } from "./support/pictures.ts";
import { BodyPublisher, part, pushServer } from "./support/publisher.ts";
import { RawClient } from "./support/raw-client.ts";
import { stateOf, statusOf } from "./support/status.ts";
import { GREEN, RED } from "./support/two-pictures.ts";
import { until } from "./support/until.ts";
import { Watcher } from "./support/watcher.ts";

function watch(t: test.TestContext, port: number): Watcher {
  const watcher = new Watcher(port, "door");
  t.after(() => watcher.close());
  return watcher;
}

/** Sends the same again and again until the server answers or the time is over; returns how many bytes were sent. */
async function flood(publisher: BodyPublisher, bytes: Buffer, forMs: number): Promise<number> {
  const over = new AbortController();
  publisher.request.once("response", () => over.abort()).once("close", () => over.abort());
  const deadline = performance.now() + forMs;
  let sent = 0;
  while (!over.signal.aborted && performance.now() < deadline) {
    if (publisher.request.writableLength < 4_000_000) {
      publisher.request.write(bytes);
      sent += bytes.length;
    }
    await nextTurn();
  }
  return sent;
}

test("garbage for ever is answered 415 before long, and a viewer of the last picture stays and is told", async (t) => {
  const { url, port } = await pushServer(t);
  const watcher = watch(t, port);
  const first = new BodyPublisher(t, `${url}/streams/door/live.mjpeg`);
  await first.send(RED);
  await watcher.next(({ jpeg }) => sameBytes(jpeg, RED), "the picture");
  const publisher = new BodyPublisher(t, `${url}/streams/door/live.mjpeg?takeover`);

  // Without FF, so that no picture begins by chance.
  const garbage = randomFillSync(Buffer.alloc(100_000)).map((byte) => byte & 0x7f);
  const sent = await flood(publisher, Buffer.from(garbage), 5_000);

  assert.equal((await publisher.answer()).status, 415);
  assert.ok(sent < 50_000_000, `${sent} bytes`);
  assert.equal((await stateOf(url, "door", "down")).code, "ERR_NOBODY_PUBLISHES");
  assert.equal(watcher.trouble, undefined);
});

test("pictures first and garbage for ever then is answered 415, too", async (t) => {
  const { url } = await pushServer(t);
  const publisher = new BodyPublisher(t, `${url}/streams/door/live.mjpeg`);
  await publisher.send(RED);

  await flood(publisher, Buffer.alloc(100_000, "abc"), 8_000);

  assert.equal((await publisher.answer()).status, 415);
});

for (const [what, body] of [
  ["nothing at all", ""],
  ["text", "hello"],
  ["half a picture", RED.subarray(0, RED.length - 40)],
  ["a picture's first and last bytes only", Buffer.of(0xff, 0xd8, 0xff, 0xd9)],
] as const) {
  test(`a body of ${what} is answered 415, and shows nothing`, async (t) => {
    const { url } = await pushServer(t);

    for (const file of ["live.mjpeg", "snapshot.jpg"]) {
      const answer = await fetch(`${url}/streams/door/${file}`, { method: "POST", body });
      assert.equal(answer.status, 415, file);
      assert.match(await answer.text(), /send JPEGs/);
    }

    assert.equal((await fetch(`${url}/streams/door/snapshot.jpg`)).status, 503);
  });
}

test("a type that says what it is, is believed at once: HTML and PNG are answered 415 before their bytes come", async (t) => {
  const { url } = await pushServer(t);

  for (const type of ["text/html", "image/png", "application/json"]) {
    const publisher = new BodyPublisher(t, `${url}/streams/door/live.mjpeg`, { "Content-Type": type });
    assert.equal((await publisher.answer()).status, 415, type);
  }
});

test("a picture of more than 16 MiB is answered 413 while it still comes, in a part, bare and by PUT", async (t) => {
  const { url } = await pushServer(t);
  // A picture that never ends: a head, then data without a marker.
  const head = RED.subarray(0, RED.length - 20);
  const data = Buffer.alloc(1_000_000, 0x55);
  const partHead = Buffer.from("--frame\r\nContent-Type: image/jpeg\r\nContent-Length: 2000000000\r\n\r\n");

  for (const start of [Buffer.from(head), Buffer.concat([partHead, head])]) {
    const publisher = new BodyPublisher(t, `${url}/streams/door/live.mjpeg`);
    await publisher.send(start);
    const sent = await flood(publisher, data, 8_000);
    const { status } = await publisher.answer();

    assert.equal(status, 413);
    assert.ok(sent < 80_000_000, `${sent} bytes`);
  }
  const put = new BodyPublisher(
    t,
    `${url}/streams/door/snapshot.jpg`,
    { "Content-Length": "99999999" },
    "PUT",
  );
  assert.equal((await put.answer()).status, 413);
});

test("a picture that is cut in the middle is passed over, and the next one is shown", async (t) => {
  const { url, port } = await pushServer(t);
  const watcher = watch(t, port);
  const publisher = new BodyPublisher(t, `${url}/streams/door/live.mjpeg`);
  await publisher.send(part(RED));
  await watcher.next(({ jpeg }) => sameBytes(jpeg, RED), "the first picture");

  await publisher.send(part(RED.subarray(0, 200)));
  await publisher.send(part(GREEN));
  await watcher.next(({ jpeg }) => sameBytes(jpeg, GREEN), "the next whole picture");

  assert.ok((await statusOf(url, "door")).sourceDrops >= 1);
});

test("a publisher that sends as fast as it can is read at a pace that leaves room for others, in little memory", async (t) => {
  const { url, port } = await pushServer(t);
  const watcher = watch(t, port);
  const publisher = new BodyPublisher(t, `${url}/streams/door/live.mjpeg`);
  const many = Buffer.concat(Array<Buffer>(1_000).fill(part(RED)));
  const memory = process.memoryUsage().rss;
  const from = performance.now();

  const bytes = await flood(publisher, many, 1_500);

  const seconds = (performance.now() - from) / 1000;
  const { frames, sourceDrops, state } = await statusOf(url, "door");
  const grownMb = (process.memoryUsage().rss - memory) / 1e6;
  assert.ok(bytes / many.length > 5, "it tried to send far more");
  assert.ok(
    frames + sourceDrops < 2_000 * seconds + 1_000,
    `${frames + sourceDrops} pictures in ${seconds} s`,
  );
  assert.ok(grownMb < 200, `${grownMb} MB`);
  assert.equal(state, "live");
  assert.equal(watcher.trouble, undefined);
});

test("of 400 pictures a second 120 are shown, always the newest, and the last one too", async (t) => {
  const { url, port } = await pushServer(t);
  const watcher = watch(t, port);
  const publisher = new BodyPublisher(t, `${url}/streams/door/live.mjpeg`);
  const from = performance.now();

  for (let number = 1; number <= 400; number++) {
    await sleep(Math.max(0, from + number * 2.5 - performance.now()));
    await publisher.send(RED);
  }
  await publisher.send(GREEN);
  await watcher.next(({ jpeg }) => sameBytes(jpeg, GREEN), "the last picture", { from: 0 });

  const seconds = (performance.now() - from) / 1000;
  assert.ok(watcher.parts.length < 125 * seconds + 10, `${watcher.parts.length} shown in ${seconds} s`);
  assert.ok(watcher.parts.length > 20, `${watcher.parts.length} shown`);
});

test("a size that changes in the middle is shown as it comes", async (t) => {
  const { server, url, port } = await pushServer(t);
  const small = await snapshotOf(`${url}/streams/main/snapshot.jpg`);
  server.setSource("main", "test:?size=320x240");
  const large = await snapshotOf(`${url}/streams/main/snapshot.jpg`, small);
  const watcher = watch(t, port);
  const publisher = new BodyPublisher(t, `${url}/streams/door/live.mjpeg`);

  for (const [picture, width] of [
    [small, 64],
    [large, 320],
    [small, 64],
  ] as const) {
    await publisher.send(picture);
    await watcher.next(({ jpeg }) => sameBytes(jpeg, picture), "the picture");
    assert.equal((await statusOf(url, "door")).width, width);
  }
});

test("refusals reach a client that goes on sending: an answer, then the end, and no reset before it", async (t) => {
  const { url, port } = await pushServer(t, { publishKey: "the publish key" });

  for (const path of ["/streams/door/live.mjpeg", "/streams/door/snapshot.jpg", "/nowhere"]) {
    const client = new RawClient(port);
    t.after(() => client.close());
    client.send(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 20000000\r\n\r\n`);
    for (let number = 0; number < 40; number++) client.send(Buffer.alloc(100_000, number));
    await client.end();

    assert.match(client.text, /^HTTP\/1\.1 (?:401|405) [^]*Connection: close[^]*\r\n\r\n[^]*\n$/, path);
  }
  assert.equal((await fetch(`${url}/favicon.ico`)).ok, true);
});

test("a body without a length is answered 411 with what to do, and pictures behind it do no harm", async (t) => {
  const { port } = await pushServer(t);

  for (const version of ["1.0", "1.1"]) {
    const client = new RawClient(port);
    t.after(() => client.close());
    client.send(`POST /streams/door/live.mjpeg HTTP/${version}\r\nHost: 127.0.0.1\r\n\r\n`);
    for (let number = 0; number < 20; number++) client.send(part(RED));
    await client.end();

    assert.match(client.text, /^HTTP\/1\.1 411 Length Required\r\n/);
    assert.match(client.body, /^a POST without a length has no body in HTTP\/1\.\d: send Content-Length/);
  }
});

test("a WebSocket publisher that is silent for 45 seconds, pings unanswered, is cut", async (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const { port, server, log } = await pushServer(t);
  const client = RawClient.get(
    port,
    "/streams/door/publish",
    ...["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"],
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  );
  t.after(() => client.close());
  await client.until((text) => text.includes("ready"), "the handshake");

  for (let seconds = 0; seconds < 60; seconds += 15) t.mock.timers.tick(15_000);

  await client.end();
  assert.deepEqual(log.slice(-1), ["door: 127.0.0.1 has left"]);
  assert.equal(server.running, true);
});

test("a publisher by HTTP that sends nothing for a minute is answered 408, and the place is free", async (t) => {
  const { url, log } = await pushServer(t);
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const publisher = new BodyPublisher(t, `${url}/streams/door/live.mjpeg`);
  publisher.request.write(RED);
  const answer = publisher.answer();
  while (!log.includes("door: 127.0.0.1 publishes")) await nextTurn();

  t.mock.timers.tick(60_001);

  const { status, text } = await answer;
  t.mock.timers.reset();
  assert.equal(status, 408);
  assert.match(text, /^nothing came for 60 s/);
  await until(() => log.includes("door: 127.0.0.1 has left"), "it left");
});

async function snapshotOf(url: string, other?: Uint8Array): Promise<Buffer> {
  let picture: Buffer = Buffer.alloc(0);
  await until(async () => {
    const answer = await fetch(url);
    picture = Buffer.from(await answer.arrayBuffer());
    return answer.ok && (other === undefined || picture.length > other.length * 2);
  }, "a snapshot");
  return picture;
}
