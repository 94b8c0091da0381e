import assert from "node:assert/strict";
import { createServer } from "node:http";
import test, { type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ImageServer, SourceError, type ImageServerOptions, type StreamStatus } from "../src/index.ts";
import { RawClient } from "./support/raw-client.ts";
import { GREEN, RED } from "./support/two-pictures.ts";
import { ManualSource } from "./support/manual-source.ts";
import { until } from "./support/until.ts";

async function running(t: TestContext, options: ImageServerOptions): Promise<ImageServer & { port: number }> {
  const server = new ImageServer(options);
  await server.start(0);
  t.after(() => server.stop());
  assert.ok(server.port !== undefined);
  return server as ImageServer & { port: number };
}

async function firstStatus(server: ImageServer): Promise<StreamStatus> {
  const answer = await fetch(`${server.url ?? ""}api/streams`);
  const [status] = (await answer.json()) as StreamStatus[];
  assert.ok(status !== undefined);
  return status;
}

function count(client: RawClient, picture: Uint8Array): number {
  return client.text.split(Buffer.from(picture).toString("latin1")).length - 1;
}

test("two lines stream your own pictures", async (t) => {
  const server = new ImageServer({ source: () => RED });
  await server.start(0);
  t.after(() => server.stop());

  const client = RawClient.get(server.port ?? 0, "/streams/main/live.mjpeg");
  await client.until(() => count(client, RED) >= 3, "three pictures");

  assert.equal(server.running, true);
  assert.match(server.url ?? "", /^http:\/\/127\.0\.0\.1:\d+\/$/);
  client.close();
});

test("a source runs from its first viewer until the linger time after its last", async (t) => {
  const source = new ManualSource();
  const server = await running(t, { source, lingerMs: 100 });
  assert.equal(source.opened, 0);

  const first = RawClient.get(server.port, "/video_feed");
  await until(() => source.open === 1, "the source is open");
  source.give(RED);
  await first.until(() => count(first, RED) > 0, "a picture");
  first.close();
  await sleep(30);
  const second = RawClient.get(server.port, "/video_feed");
  await second.until(() => count(second, RED) > 0, "the picture, at once");
  await sleep(150);
  assert.equal(source.opened, 1);
  second.close();
  await until(() => source.open === 0, "the source is closed");

  assert.equal(source.opened, 1);
  assert.equal((await firstStatus(server)).state, "idle");
});

test("whoever comes to a stream that slept is not shown its old picture", async (t) => {
  const source = new ManualSource();
  const server = await running(t, { source, lingerMs: 0 });
  const first = RawClient.get(server.port, "/video_feed");
  await until(() => source.open === 1, "the source is open");
  source.give(RED);
  await first.until(() => count(first, RED) > 0, "a picture");
  first.close();
  await until(() => source.open === 0, "the source is closed");

  const second = RawClient.get(server.port, "/video_feed");
  await until(() => source.open === 1, "the source is open again");
  source.give(GREEN);
  await second.until(() => count(second, GREEN) > 0, "the new picture");

  assert.equal(count(second, RED), 0);
  second.close();
});

test("a snapshot of a cold source starts it and is its first picture", async (t) => {
  const source = new ManualSource();
  const server = await running(t, { source, lingerMs: 0 });

  const answer = fetch(`http://127.0.0.1:${server.port}/static.jpg`);
  await until(() => source.open === 1, "the source is open");
  source.give(RED);

  assert.deepEqual(Buffer.from(await (await answer).arrayBuffer()), RED);
  await until(() => source.open === 0, "the source is closed again");
});

test("a snapshot that cannot be had is 503 with the reason and when to ask again", async (t) => {
  const source = new ManualSource();
  const server = await running(t, { source });
  const failure = new SourceError("ERR_SOURCE_UNREACHABLE", "the camera at 10.0.0.7 does not answer", {
    retryable: true,
  });

  const answer = fetch(`http://127.0.0.1:${server.port}/static.jpg`);
  source.give(failure);
  const { status, headers } = await answer;

  assert.equal(status, 503);
  assert.equal(headers.get("retry-after"), "1");
  assert.match(await (await answer).text(), /10\.0\.0\.7 does not answer/);
});

test("viewers of a source that is down stay, see a placeholder of the stream's size within a second, and the picture again", async (t) => {
  const source = new ManualSource();
  const server = await running(t, { source });
  const client = RawClient.get(server.port, "/streams/main/live.mjpeg");
  await until(() => source.open === 1, "the source is open");
  source.give(RED);
  await client.until(() => count(client, RED) === 1, "the picture");

  // Three failures in a row: tries after 0.5 s and 1 s, so it is out for 1.5 s at least.
  const failure = new SourceError("ERR_CAMERA_LOST", "somebody pulled the plug", { retryable: true });
  source.give(failure, failure, failure);
  const downAt = performance.now();
  const parts = () => client.text.split("Content-Length: ").length - 1;
  await client.until(() => parts() >= 2, "the placeholder");
  const shownAfterMs = performance.now() - downAt;
  const status = await firstStatus(server);
  await client.until(() => parts() >= 3, "its heartbeat", 1_500);
  await until(() => source.opened === 4, "it is tried again");
  source.give(GREEN);
  await client.until(() => count(client, GREEN) === 1, "the new picture");

  assert.ok(shownAfterMs < 1_000, `shown after ${shownAfterMs} ms`);
  assert.equal(status.state, "down");
  assert.equal(status.reason, "somebody pulled the plug");
  assert.equal(status.code, "ERR_CAMERA_LOST");
  assert.equal((await firstStatus(server)).state, "live");
  assert.equal((await firstStatus(server)).reason, null);
  assert.equal(count(client, RED), 1);
  client.close();
});

test("a source that cannot come back stops at once, with the reason in the API", async (t) => {
  const source = new ManualSource();
  const server = await running(t, { source });
  const client = RawClient.get(server.port, "/video_feed");
  source.give(new SourceError("ERR_SOURCE_REFUSED", "wrong password", { retryable: false }));
  await until(async () => (await firstStatus(server)).state === "failed", "it failed");

  await sleep(700);

  assert.equal(source.opened, 1);
  assert.equal((await firstStatus(server)).reason, "wrong password");
  assert.equal(client.closed, false);
  client.close();
});

test("pictures that end, end their viewers properly, and begin again for the next one", async (t) => {
  // Without an interval: one skips what a busy machine gives a little early, the last picture too.
  const server = await running(t, { source: [RED, GREEN] });

  for (let viewer = 0; viewer < 2; viewer++) {
    const client = RawClient.get(server.port, "/video_feed");
    await client.end();

    // Once more where it had gone out already; a busy machine may not have sent it before the end.
    assert.ok(client.text.endsWith(`${Buffer.from(GREEN).toString("latin1")}\r\n--boundarydonotcross--\r\n`));
  }
  assert.equal((await firstStatus(server)).state, "ended");
});

test("what has ended stays so when its last viewer has gone, until somebody comes", async (t) => {
  const server = await running(t, { source: [RED, GREEN], interval: 20, lingerMs: 0 });
  await RawClient.get(server.port, "/video_feed").end();

  await until(async () => (await firstStatus(server)).viewers === 0, "no viewer is left");

  assert.equal((await firstStatus(server)).state, "ended");
  await RawClient.get(server.port, "/video_feed").end();
});

test("what is no JPEG never reaches a viewer and is counted", async (t) => {
  const source = new ManualSource();
  const server = await running(t, { source });
  const client = RawClient.get(server.port, "/video_feed");
  await until(() => source.open === 1, "the source is open");

  source.give(
    new Uint8Array(0),
    Buffer.from("text"),
    new Uint8Array([0xff, 0xd8, 0xff, 0xd9]),
    RED.slice(0, 150),
    RED,
  );
  await client.until(() => count(client, RED) === 1, "the picture");

  assert.equal(client.text.split("Content-Length: ").length - 1, 1);
  assert.equal((await firstStatus(server)).sourceDrops, 4);
  client.close();
});

test("the source can be changed at any time, and viewers stay", async (t) => {
  const server = await running(t, { source: () => RED });
  const client = RawClient.get(server.port, "/streams/main/live.mjpeg");
  await client.until(() => count(client, RED) > 0, "the first source");

  server.source = (async function* () {
    yield GREEN;
    await new Promise(() => undefined);
  })();
  await client.until(() => count(client, GREEN) > 0, "the second source");

  assert.equal(client.closed, false);
  client.close();
});

test("the interval skips pictures that come faster, and may be set at any time", async (t) => {
  const source = new ManualSource();
  const server = await running(t, { source, interval: 60_000 });
  const client = RawClient.get(server.port, "/video_feed");
  await until(() => source.open === 1, "the source is open");

  source.give(RED, RED, RED, RED);
  await client.until(() => count(client, RED) === 1, "the first");
  server.interval = 0;
  source.give(GREEN);
  await client.until(() => count(client, GREEN) === 1, "the next");

  assert.equal(count(client, RED), 1);
  client.close();
});

test("viewers are known with their numbers and can be closed", async (t) => {
  const source = new ManualSource();
  const server = await running(t, { source });
  const client = RawClient.get(server.port, "/video_feed");
  await until(() => source.open === 1, "the source is open");
  source.give(RED);
  await client.until(() => count(client, RED) === 1, "the picture");

  const [viewer] = server.viewers;
  assert.equal(viewer?.address, "127.0.0.1");
  assert.equal(viewer.frames, 1);
  assert.equal(viewer.drops, 0);
  assert.ok(Date.now() - viewer.since < 5_000);
  viewer.close();
  await client.end();

  assert.ok(client.text.endsWith("--boundarydonotcross--\r\n"));
  await until(() => server.viewers.length === 0, "nobody watches");
});

test("streams have names, and the first one is the one that addresses without a name speak of", async (t) => {
  const server = new ImageServer();
  server.addStream("red", () => RED);
  server.addStream("green", () => GREEN);
  await server.start(0);
  t.after(() => server.stop());
  const picture = async (path: string) =>
    Buffer.from(await (await fetch(`http://127.0.0.1:${server.port ?? 0}${path}`)).arrayBuffer());

  assert.deepEqual(await picture("/streams/green/snapshot.jpg"), GREEN);
  assert.deepEqual(await picture("/?action=snapshot"), RED);
  assert.deepEqual(
    server.streams.map(({ name }) => name),
    ["red", "green"],
  );
  assert.throws(() => server.addStream("red", () => RED), { code: "ERR_STREAM_EXISTS" });
  assert.throws(() => server.addStream("../x", () => RED), { code: "ERR_OPTION_INVALID" });
  assert.throws(() => server.addStream("x", "nosuch:thing"), { code: "ERR_ADDRESS_INVALID" });
});

test("the handler alone serves a server of your own, which goes on when Kinora stops", async (t) => {
  const server = new ImageServer({ source: () => RED });
  const own = createServer(server.handler);
  await new Promise<void>((resolve) => own.listen(0, "127.0.0.1", resolve));
  t.after(() => own.close());
  const address = own.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;

  const client = RawClient.get(port, "/video_feed");
  await client.until(() => count(client, RED) > 0, "a picture");
  await server.stop();
  await client.end();

  assert.ok(client.text.endsWith("--boundarydonotcross--\r\n"));
  assert.equal((await fetch(`http://127.0.0.1:${port}/api/streams`)).status, 200);
});

test("stop() with 100 live viewers closes every connection within a second and frees the port", async () => {
  const server = new ImageServer({ source: () => RED });
  await server.start(0);
  const port = server.port ?? 0;
  const clients = Array.from({ length: 100 }, () => RawClient.get(port, "/video_feed"));
  // One that reads nothing more, and one that asked for nothing.
  clients[0]?.socket.pause();
  const idle = new RawClient(port);
  await Promise.all(
    clients.slice(1).map((client) => client.until(() => count(client, RED) > 0, "a picture")),
  );

  const stoppedAt = performance.now();
  await Promise.all([server.stop(), server.stop()]);
  const tookMs = performance.now() - stoppedAt;
  clients[0]?.socket.resume();
  await Promise.all([...clients, idle].map((client) => client.end(500)));

  assert.ok(tookMs < 1_000, `took ${tookMs} ms`);
  assert.equal(server.running, false);
  for (const client of clients.slice(1)) assert.ok(client.text.endsWith("--boundarydonotcross--\r\n"));
  await server.start(port);
  await assert.rejects(server.start(0), { code: "ERR_SERVER_RUNNING" });
  const other = new ImageServer();
  await assert.rejects(other.start(port), { code: "ERR_PORT_TAKEN", message: /another port/ });
  await server.stop();
  await server.stop();
});

test("after stop() nothing keeps the process alive", async () => {
  const kinora = new URL("../src/index.ts", import.meta.url).href;
  const program = `
    import { ImageServer } from ${JSON.stringify(kinora)};
    const server = new ImageServer({ source: () => new Uint8Array([0xff, 0xd8, 0xff]) });
    await server.start(0);
    const answer = await fetch(server.url + "video_feed");
    await server.stop();
    console.log("stopped", answer.status);`;
  const { execFile } = await import("node:child_process");
  const { promisify } = await import("node:util");

  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program], {
    timeout: 10_000,
  });

  assert.equal(stdout, "stopped 200\n");
});

test("wrong options are refused with their range", () => {
  assert.throws(() => new ImageServer({ interval: -1 }), {
    message: /interval must be a number from 0 to 3600000/,
  });
  assert.throws(() => new ImageServer({ lingerMs: 0.5 }), { code: "ERR_OPTION_INVALID" });
  assert.throws(
    () => new ImageServer({ key: "short" }),
    (error: Error) => !error.message.includes('short"'),
  );
  assert.throws(() => new ImageServer({ source: "nowhere" }), { code: "ERR_ADDRESS_INVALID" });
});
