import assert from "node:assert/strict";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { RawClient } from "./support/raw-client.ts";
import { stage } from "./support/stage.ts";
import { until } from "./support/until.ts";

const IMG = "Accept: image/avif,image/webp,image/*,*/*;q=0.8";
const OPENING_BROWSER = "--boundarydonotcross\r\nContent-Type: image/jpeg\r\n\r\n";
const OPENING_MACHINE = "--boundarydonotcross\r\n";

/** Not a picture: delivery does not look inside, and these are easy to find in the bytes. */
function image(text: string): { jpeg: Uint8Array; capturedAt: number } {
  return { jpeg: Buffer.from(`\xff\xd8${text}\xff\xd9`, "latin1"), capturedAt: 1_700_000_000_123.456 };
}

test("the head and the opening come at once, before any picture, with no chunks and no blank in the type", async (t) => {
  const { port } = await stage(t);

  const client = RawClient.get(port, "/streams/a/live.mjpeg");
  await client.until((text) => text.endsWith(OPENING_MACHINE), "the opening");

  const [statusLine, ...headers] = client.text.slice(0, client.text.indexOf("\r\n\r\n")).split("\r\n");
  assert.equal(statusLine, "HTTP/1.1 200 OK");
  assert.ok(headers.includes("Content-Type: multipart/x-mixed-replace;boundary=boundarydonotcross"));
  assert.ok(headers.includes("Connection: close"));
  assert.ok(headers.includes("X-Accel-Buffering: no"));
  assert.doesNotMatch(client.text, /transfer-encoding|content-length|content-encoding/i);
  assert.equal(client.body, OPENING_MACHINE);
});

test("the address of a stream without a file's name is the stream", async (t) => {
  const { port } = await stage(t);

  for (const path of ["/streams/a", "/streams/a/?raw=1"]) {
    const client = RawClient.get(port, path);
    await client.until((text) => text.endsWith(OPENING_MACHINE), `the opening at ${path}`);
    client.close();
  }
});

test("the machine layout has length, time and the delimiter behind each picture in one write", async (t) => {
  const { port, hub } = await stage(t);
  const client = RawClient.get(port, "/streams/a/live.mjpeg", "Accept: */*");
  await client.until((text) => text.endsWith(OPENING_MACHINE), "the opening");

  hub.publish(image("one"));
  hub.publish(image("two"));
  await client.until(
    (text) => text.includes("two\xff\xd9\r\n--boundarydonotcross\r\n"),
    "the second picture",
  );

  const part = (text: string) =>
    "Content-Type: image/jpeg\r\nContent-Length: 7\r\nX-Timestamp: 1700000000.123456\r\n\r\n" +
    `\xff\xd8${text}\xff\xd9\r\n--boundarydonotcross\r\n`;
  assert.equal(client.body, OPENING_MACHINE + part("one") + part("two"));
});

test("the browser layout sends the next part's headers behind each picture, and no length", async (t) => {
  const { port, hub } = await stage(t);
  const client = RawClient.get(port, "/streams/a/live.mjpeg", IMG);
  await client.until((text) => text.endsWith(OPENING_BROWSER), "the opening");

  hub.publish(image("one"));
  await client.until((text) => text.includes("one\xff\xd9"), "the picture");

  assert.equal(client.body, `${OPENING_BROWSER}\xff\xd8one\xff\xd9\r\n${OPENING_BROWSER}`);
});

test("?layout= overrides Accept, and ?raw=1 changes the type alone", async (t) => {
  const { port } = await stage(t);

  const machine = RawClient.get(port, "/streams/a/live.mjpeg?layout=machine", IMG);
  const raw = RawClient.get(port, "/streams/a/live.mjpeg?raw=1&layout=browser");
  await machine.until((text) => text.endsWith(OPENING_MACHINE), "the machine opening");
  await raw.until((text) => text.endsWith(OPENING_BROWSER), "the browser opening");

  assert.match(raw.text, /Content-Type: application\/octet-stream\r\n/);
  assert.equal(machine.body, OPENING_MACHINE);
});

test("a browser gets the last picture again after a short silence, once, and a program does not", async (t) => {
  const { port, hub } = await stage(t);
  const browser = RawClient.get(port, "/streams/a/live.mjpeg", IMG);
  const program = RawClient.get(port, "/streams/a/live.mjpeg");
  await browser.until((text) => text.endsWith(OPENING_BROWSER), "the opening");
  await program.until((text) => text.endsWith(OPENING_MACHINE), "the opening");
  const times = (client: RawClient) => client.text.split("still").length - 1;

  hub.publish(image("still"));
  const publishedAt = performance.now();
  await browser.until(() => times(browser) === 2, "the repeat");
  const repeatedAfterMs = performance.now() - publishedAt;
  await sleep(1_500);

  assert.ok(repeatedAfterMs >= 100 && repeatedAfterMs < 600, `repeated after ${repeatedAfterMs} ms`);

  assert.equal(times(browser), 2);
  assert.equal(times(program), 1);
});

test("a quiet stream sends its last picture at least every five seconds", async (t) => {
  const { port, hub } = await stage(t);
  const program = RawClient.get(port, "/streams/a/live.mjpeg");
  await program.until((text) => text.endsWith(OPENING_MACHINE), "the opening");

  hub.publish(image("still"));
  const publishedAt = performance.now();
  await program.until((text) => text.split("still").length === 3, "the heartbeat", 6_000);

  assert.ok(performance.now() - publishedAt < 5_000);
});

test("whoever joins late sees the newest picture at once", async (t) => {
  const { port, hub } = await stage(t);

  hub.publish(image("newest"));
  const client = RawClient.get(port, "/streams/a/live.mjpeg");

  await client.until(
    (text) => text.includes("newest\xff\xd9\r\n--boundarydonotcross\r\n"),
    "the newest picture",
  );
});

test("a stream that is ended gets its last picture again, the closing delimiter and FIN", async (t) => {
  const { port, hub } = await stage(t);
  const browser = RawClient.get(port, "/streams/a/live.mjpeg", IMG);
  const program = RawClient.get(port, "/streams/a/live.mjpeg");
  const neverSeen = RawClient.get(port, "/streams/a/live.mjpeg", IMG);
  await Promise.all(
    [browser, program, neverSeen].map((client) => client.until((text) => text !== "", "the head")),
  );
  neverSeen.close();

  hub.publish(image("last"));
  await program.until((text) => text.includes("last"), "the picture");
  hub.end();
  await Promise.all([browser.end(), program.end()]);

  assert.ok(browser.text.endsWith("\xff\xd8last\xff\xd9\r\n--boundarydonotcross--\r\n"));
  assert.ok(program.text.endsWith("\r\n\r\n\xff\xd8last\xff\xd9\r\n--boundarydonotcross--\r\n"));
});

test("a stream that is ended before its first picture sends no empty part", async (t) => {
  const { port, hub } = await stage(t);
  const browser = RawClient.get(port, "/streams/a/live.mjpeg", IMG);
  await browser.until((text) => text.endsWith(OPENING_BROWSER), "the opening");

  hub.end();
  await browser.end();

  assert.equal(browser.body, OPENING_BROWSER);
});

test("junk after the request is ignored while the stream runs", async (t) => {
  const { port, hub } = await stage(t);
  const client = RawClient.get(port, "/streams/a/live.mjpeg");
  await client.until((text) => text.endsWith(OPENING_MACHINE), "the opening");

  client.send("\0\0junk\r\n\r\nGET / HTTP/1.1\r\n\r\n");
  client.send(Buffer.alloc(300_000, 0x41));
  hub.publish(image("one"));
  await client.until((text) => text.includes("one"), "a picture after the junk");
  hub.publish(image("two"));

  await client.until((text) => text.includes("two"), "another one");
  assert.doesNotMatch(client.text, /400/);
});

test("a request with a stray NUL behind it gets its stream", async (t) => {
  const { port, hub } = await stage(t);
  hub.publish(image("one"));

  const client = new RawClient(port);
  client.send("GET /?action=stream HTTP/1.0\r\n\r\n\0");

  await client.until((text) => text.includes("one"), "the picture");
});

test("HTTP/1.0, no Host, odd queries and mjpg-streamer's addresses are answered", async (t) => {
  const { port, hub } = await stage(t);
  hub.publish(image("one"));

  for (const path of [
    "/?action=stream",
    "/?action=stream&1700000000",
    "/?action=stream?nonce=7",
    "/video_feed",
    "/video.mjpg?cacheBust=1",
    "/live.jpg",
    "/streams/a/live.mjpeg?%%%&&=&x",
  ]) {
    const client = new RawClient(port);
    client.send(`GET ${path} HTTP/1.0\r\n\r\n`);
    await client.until((text) => text.includes("one"), `a picture from ${path}`);
    assert.match(client.text, /^HTTP\/1\.0 200 OK\r\n/);
    client.close();
  }
});

test("HEAD gets the same head without a body", async (t) => {
  const { port, audience } = await stage(t);
  const get = RawClient.get(port, "/streams/a/live.mjpeg");
  await get.until((text) => text.endsWith(OPENING_MACHINE), "the opening");

  const head = new RawClient(port);
  head.send("HEAD /streams/a/live.mjpeg HTTP/1.1\r\nHost: x\r\n\r\n");
  await head.end();

  assert.equal(head.text, get.text.slice(0, -OPENING_MACHINE.length));
  assert.equal(audience.size, 1);
});

test("OPTIONS says what pages of other origins may do", async (t) => {
  const { port } = await stage(t, { key: "a secret key" });

  const answer = await fetch(`http://127.0.0.1:${port}/streams/a/live.mjpeg`, { method: "OPTIONS" });

  assert.equal(answer.status, 204);
  assert.equal(answer.headers.get("access-control-allow-origin"), "*");
  assert.match(answer.headers.get("access-control-allow-methods") ?? "", /GET/);
  assert.match(answer.headers.get("access-control-allow-headers") ?? "", /Authorization/);
});

test("a viewer that leaves takes back its wish and is forgotten", async (t) => {
  const { port, audience, wishes } = await stage(t);
  const client = RawClient.get(port, "/streams/a/live.mjpeg");
  await client.until((text) => text.endsWith(OPENING_MACHINE), "the opening");
  assert.equal(wishes.now, 1);

  client.close();
  for (let tries = 0; audience.size > 0 && tries < 100; tries++) await sleep(10);

  assert.equal(audience.size, 0);
  assert.equal(wishes.now, 0);
});

test("a viewer that closes only its own side has left, too", async (t) => {
  const { port, audience } = await stage(t);
  const client = RawClient.get(port, "/streams/a/live.mjpeg");
  await client.until((text) => text.endsWith(OPENING_MACHINE), "the opening");

  client.socket.end();
  await client.end();

  assert.equal(audience.size, 0);
});

test("one viewer too many is answered 503 with a sentence, and has room later", async (t) => {
  const { port, audience } = await stage(t, { maxSubscribers: 1 });
  const first = RawClient.get(port, "/streams/a/live.mjpeg");
  await first.until((text) => text.endsWith(OPENING_MACHINE), "the opening");

  const second = await fetch(`http://127.0.0.1:${port}/streams/a/live.mjpeg`);
  const sentence = await second.text();
  first.close();
  for (let tries = 0; audience.size > 0 && tries < 100; tries++) await sleep(10);
  const third = RawClient.get(port, "/streams/a/live.mjpeg");
  await third.until((text) => text.endsWith(OPENING_MACHINE), "the opening");

  assert.equal(second.status, 503);
  assert.equal(second.headers.get("retry-after"), "1");
  assert.match(sentence, /already has/);
});

test("a snapshot is the newest picture with its length and its time, never stored", async (t) => {
  const { port, hub } = await stage(t);
  hub.publish(image("newest"));

  for (const path of ["/streams/a/snapshot.jpg", "/static.jpg", "/?action=snapshot&_=1"]) {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`);
    const body = Buffer.from(await answer.arrayBuffer());

    assert.equal(body.toString("latin1"), "\xff\xd8newest\xff\xd9");
    assert.equal(answer.headers.get("content-type"), "image/jpeg");
    assert.equal(answer.headers.get("content-length"), String(body.length));
    assert.equal(answer.headers.get("x-timestamp"), "1700000000.123456");
    assert.match(answer.headers.get("cache-control") ?? "", /no-store/);
  }
});

test("a mistake of ours is told to the log, and nothing of it to the client", async (t) => {
  const { port, mistakes } = await stage(t);

  const answer = await fetch(`http://127.0.0.1:${port}/streams/a/snapshot.jpg`);

  assert.equal(answer.status, 500);
  assert.doesNotMatch(await answer.text(), /secret/);
  assert.match(String(mistakes[0]), /secret detail/);
});

test("unknown addresses, unknown streams and other methods are answered with a sentence", async (t) => {
  const { port } = await stage(t);
  const base = `http://127.0.0.1:${port}`;

  const nothing = await fetch(`${base}/nothing`);
  const stream = await fetch(`${base}/streams/b/live.mjpeg`);
  const api = await fetch(`${base}/api/nothing`);
  const post = await fetch(`${base}/video_feed`, { method: "POST", body: "x" });

  assert.equal(nothing.status, 404);
  assert.match(await stream.text(), /there are: a/);
  assert.deepEqual(Object.keys((await api.json()) as object), ["code", "error"]);
  assert.equal(post.status, 405);
  assert.equal(post.headers.get("allow"), "GET, HEAD, OPTIONS");
});

test("with a key nothing is shown without it, and it is taken in four ways", async (t) => {
  const key = "s3cret/key+1";
  const { port, hub } = await stage(t, { key });
  hub.publish(image("one"));
  const url = `http://127.0.0.1:${port}/static.jpg`;
  const status = async (address: string, headers: Record<string, string> = {}) => {
    const answer = await fetch(address, { headers });
    await answer.arrayBuffer();
    return answer.status;
  };

  assert.equal(await status(url), 401);
  assert.equal(await status(`${url}?key=wrong`), 401);
  assert.equal(await status(`http://127.0.0.1:${port}/streams/a/live.mjpeg`), 401);
  assert.equal(await status(`http://127.0.0.1:${port}/api/streams`), 401);
  assert.equal(await status(`${url}?key=${encodeURIComponent(key)}`), 200);
  assert.equal(await status(url, { authorization: `Bearer ${key}` }), 200);
  assert.equal(await status(url, { authorization: `Basic ${btoa(`anyone:${key}`)}` }), 200);
  assert.equal(await status(url, { cookie: `x=1; kinora_${port}=${encodeURIComponent(key)}` }), 200);
});

test("a page opened with the key sets a cookie that scripts cannot read, and asks for no password from the API", async (t) => {
  const key = "a secret key";
  const { port } = await stage(t, { key });

  const opened = await fetch(`http://127.0.0.1:${port}/api/streams?key=${encodeURIComponent(key)}`);
  const wrong = await fetch(`http://127.0.0.1:${port}/api/streams?key=wrong`);
  const page = await fetch(`http://127.0.0.1:${port}/`);

  assert.match(
    opened.headers.get("set-cookie") ?? "",
    /^kinora_\d+=a%20secret%20key; .*HttpOnly; SameSite=Lax$/,
  );
  assert.equal(wrong.headers.get("set-cookie"), null);
  assert.equal(wrong.headers.get("www-authenticate"), null);
  assert.match(page.headers.get("www-authenticate") ?? "", /^Basic /);
});

test("a client that asks for the head and stays is no viewer and keeps no connection", async (t) => {
  const { port, audience } = await stage(t);
  const client = new RawClient(port);

  client.send("HEAD /live.jpg HTTP/1.1\r\nHost: x\r\n\r\n");
  await until(() => client.closed, "the connection is closed");

  assert.match(client.text, /^HTTP\/1.1 200 OK\r\n/);
  assert.equal(client.body, "");
  assert.equal(audience.size, 0);
});
