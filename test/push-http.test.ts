import assert from "node:assert/strict";
import { once } from "node:events";
import http2 from "node:http2";
import test from "node:test";
import { sameBytes } from "./support/pictures.ts";
import { http2Client } from "./support/http2-client.ts";
import { BodyPublisher, part, pushServer } from "./support/publisher.ts";
import { stateOf, statusOf } from "./support/status.ts";
import { GREEN, RED } from "./support/two-pictures.ts";
import { until } from "./support/until.ts";
import { Watcher } from "./support/watcher.ts";

const MULTIPART = { "Content-Type": "multipart/x-mixed-replace; boundary=frame" };

function watch(t: test.TestContext, port: number, name: string): Watcher {
  const watcher = new Watcher(port, name);
  t.after(() => watcher.close());
  return watcher;
}

test("pictures of a multipart body are shown one by one, as they come, without waiting for a delimiter", async (t) => {
  const { url, port } = await pushServer(t);
  const watcher = watch(t, port, "door");
  const publisher = new BodyPublisher(t, `${url}/streams/door/live.mjpeg`, MULTIPART);

  for (const picture of [RED, GREEN, RED]) {
    await publisher.send(part(picture).subarray(0, -2));
    await watcher.next(({ jpeg }) => sameBytes(jpeg, picture), "the picture");
    await publisher.send("\r\n");
  }

  const { status, text } = await publisher.end().answer();
  assert.deepEqual([status, text], [200, '{"pictures":3}']);
});

test("JPEGs one after another are taken without any type, and without a viewer", async (t) => {
  const { url } = await pushServer(t);
  const publisher = new BodyPublisher(t, `${url}/streams/door/live.mjpeg`);

  await publisher.send(RED);
  await publisher.send(GREEN);

  const { status, text } = await publisher.end().answer();
  assert.deepEqual([status, text], [200, '{"pictures":2}']);
});

test("a snapshot and the first viewer get what was published while nobody watched: the newest picture", async (t) => {
  const { url, port } = await pushServer(t, { lingerMs: 0 });
  const publisher = new BodyPublisher(t, `${url}/streams/door/live.mjpeg`);
  await publisher.send(RED);
  await publisher.send(GREEN);
  await until(async () => (await fetch(`${url}/streams/door/snapshot.jpg`)).status === 200, "a picture");

  const snapshot = Buffer.from(await (await fetch(`${url}/streams/door/snapshot.jpg`)).arrayBuffer());
  const first = await watch(t, port, "door").next(({ jpeg }) => jpeg.length < 2_000, "no placeholder");

  assert.ok(sameBytes(snapshot, GREEN));
  assert.ok(sameBytes(first.jpeg, GREEN));
});

test("when the publisher leaves, viewers stay and are told; when one comes back its picture is shown at once", async (t) => {
  const { url, port, log } = await pushServer(t);
  const watcher = watch(t, port, "door");
  const publisher = new BodyPublisher(t, `${url}/streams/door/live.mjpeg`);
  await publisher.send(RED);
  await watcher.next(({ jpeg }) => sameBytes(jpeg, RED), "the picture");

  publisher.vanish();
  const { reason, code } = await stateOf(url, "door", "down");
  const placeholder = await watcher.next(({ jpeg }) => !sameBytes(jpeg, RED), "the placeholder");
  const again = new BodyPublisher(t, `${url}/streams/door/live.mjpeg`);
  await again.send(GREEN);
  await watcher.next(({ jpeg }) => sameBytes(jpeg, GREEN), "the new publisher's picture");

  assert.equal(code, "ERR_NOBODY_PUBLISHES");
  assert.match(
    reason ?? "",
    /^nobody publishes to "door"; the last picture came at \d\d:\d\d:\d\d; publish on/,
  );
  assert.ok(placeholder.jpeg.length > RED.length);
  assert.equal((await statusOf(url, "door")).state, "live");
  const told = log.filter((line) => /publishes$|has left$/.test(line));
  assert.deepEqual(told, [
    "door: 127.0.0.1 publishes",
    "door: 127.0.0.1 has left",
    "door: 127.0.0.1 publishes",
  ]);
  assert.equal(watcher.trouble, undefined);
});

test("a picture that is put stays: a viewer that comes later sees it, and no publisher is missed", async (t) => {
  const { url, port } = await pushServer(t, { lingerMs: 0 });
  const put = await fetch(`${url}/streams/door/snapshot.jpg`, { method: "PUT", body: RED });
  const posted = await fetch(`${url}/streams/door/snapshot.jpg`, { method: "POST", body: GREEN });

  const first = watch(t, port, "door");
  await first.next(({ jpeg }) => sameBytes(jpeg, GREEN), "the picture");
  first.close();
  await stateOf(url, "door", "idle");
  const late = await watch(t, port, "door").next(({ jpeg }) => jpeg.length < 2_000, "a picture");

  assert.deepEqual([put.status, posted.status], [204, 204]);
  assert.ok(sameBytes(late.jpeg, GREEN));
  assert.equal((await statusOf(url, "door")).state, "live");
});

test("a second publisher is told 409 and who publishes, and takes over where it asks to, viewers unmoved", async (t) => {
  const { url, port } = await pushServer(t);
  const address = `${url}/streams/door/live.mjpeg`;
  const watcher = watch(t, port, "door");
  const first = new BodyPublisher(t, address);
  await first.send(RED);
  await watcher.next(({ jpeg }) => sameBytes(jpeg, RED), "the first one's picture");

  const refused = await new BodyPublisher(t, address).answer();
  const put = await fetch(`${url}/streams/door/snapshot.jpg?takeover=0`, { method: "PUT", body: GREEN });
  const second = new BodyPublisher(t, `${address}?takeover`);
  const ended = await first.answer();
  await second.send(GREEN);
  await watcher.next(({ jpeg }) => sameBytes(jpeg, GREEN), "the second one's picture");

  assert.equal(refused.status, 409);
  assert.match(refused.text, /^127\.0\.0\.1 publishes to "door" already: stop it, or add \?takeover/);
  assert.equal(put.status, 409);
  assert.equal(ended.status, 409);
  assert.match(ended.text, /took "door" over/);
  assert.equal(watcher.trouble, undefined);
});

test("in a list the standby is shown while nobody publishes, and the publisher from its first picture on", async (t) => {
  const { url, port, server } = await pushServer(t);
  server.addStream("both", "[push:, test:?size=64x48&fps=10]");
  const watcher = watch(t, port, "both");
  const standby = await watcher.next(({ jpeg }) => jpeg.length > RED.length, "the standby");
  await stateOf(url, "both", "live");
  const publisher = new BodyPublisher(t, `${url}/streams/both/live.mjpeg`);

  await publisher.send(RED);
  await watcher.next(({ jpeg }) => sameBytes(jpeg, RED), "the publisher's picture");

  assert.equal(sameBytes(standby.jpeg, RED), false);
  assert.equal((await statusOf(url, "both")).source, "push");
});

test("publishing to a name that is no stream makes one, up to 32; other sources are not pushed into", async (t) => {
  const { url } = await pushServer(t);
  const put = (name: string) => fetch(`${url}/streams/${name}/snapshot.jpg`, { method: "PUT", body: RED });

  const statuses: number[] = [];
  for (let number = 0; number < 40; number++) statuses.push((await put(`cam-${number}`)).status);
  const known = await put("cam-7");
  const other = await put("main");

  assert.deepEqual(statuses, [...Array<number>(32).fill(204), ...Array<number>(8).fill(429)]);
  assert.equal(known.status, 204);
  assert.equal(other.status, 409);
  assert.match(await other.text(), /"main" takes its pictures from test, and none that are published/);
});

test("names that no stream can have are 400, whatever they look like", async (t) => {
  const { url, server } = await pushServer(t);
  const before = server.streams.length;

  for (const name of [
    "a%20b",
    ".hidden",
    "%",
    "%00",
    "-x",
    "n".repeat(65),
    "a%2Fb",
    "%F0%9F%93%B7",
    "__proto__",
  ]) {
    const answer = await fetch(`${url}/streams/${name}/snapshot.jpg`, { method: "PUT", body: RED });
    assert.equal(answer.status, 400, name);
    assert.match(await answer.text(), /^a stream's name must be 1 to 64 letters/);
  }

  assert.equal(server.streams.length, before);
});

test("a stream that a publisher made goes a minute after its last picture, and is 404 from then on", async (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const { url, server } = await pushServer(t, { lingerMs: 0 });
  const put = () => fetch(`${url}/streams/yard/snapshot.jpg`, { method: "PUT", body: RED });
  let now = performance.now();
  t.mock.method(performance, "now", () => now);
  const pass = (seconds: number) => {
    for (let second = 0; second < seconds; second += 5) {
      now += 5_000;
      t.mock.timers.tick(5_000);
    }
  };
  await put();

  pass(50);
  await put();
  pass(50);
  const kept = server.streams.map(({ name }) => name);
  pass(15);

  assert.deepEqual(kept, ["main", "door", "yard"]);
  assert.deepEqual(
    server.streams.map(({ name }) => name),
    ["main", "door"],
  );
  assert.equal((await fetch(`${url}/streams/yard/snapshot.jpg`)).status, 404);
});

test("a handler in a server of one's own takes pictures, by HTTP/2 too, and refuses what is none", async (t) => {
  const { server } = await pushServer(t);
  const client = await http2Client(t, server);
  const publish = async (path: string, body: Uint8Array | string) => {
    const request = client.request({ ":method": "POST", ":path": path });
    request.end(body);
    const [headers] = (await once(request, "response")) as [http2.IncomingHttpHeaders];
    request.close();
    return headers[":status"];
  };

  assert.equal(await publish("/streams/door/snapshot.jpg", RED), 204);
  assert.equal(await publish("/streams/door/live.mjpeg", Buffer.concat([RED, GREEN])), 200);
  assert.equal(await publish("/streams/door/live.mjpeg", "no picture"), 415);
  assert.equal(await publish("/streams/main/live.mjpeg", RED), 409);
});

test("a server that stops tells publishers so, within a second", async (t) => {
  const { url, server } = await pushServer(t);
  const publishers = ["a", "b", "c"].map((name) => new BodyPublisher(t, `${url}/streams/${name}/live.mjpeg`));
  await Promise.all(publishers.map((publisher) => publisher.send(RED)));
  await until(() => server.streams.length === 5, "all publish");
  const from = performance.now();

  await server.stop();

  const tookMs = performance.now() - from;
  for (const publisher of publishers) {
    const { status, text } = await publisher.answer();
    assert.equal(status, 503);
    assert.match(text, /the server is stopping/);
  }
  assert.ok(tookMs < 1_200, `${tookMs} ms`);
});
