import assert from "node:assert/strict";
import { once } from "node:events";
import test, { type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ImageServer, type ImageServerOptions } from "../src/index.ts";
import { readJpegInfo } from "../src/core/jpeg-markers.ts";
import {
  decodeAcknowledgements,
  decodeLiveHead,
  encodeAcknowledgements,
  encodeLiveHead,
  LIVE_HEAD_BYTES,
  type LiveState,
} from "../src/wire/live-message.ts";
import { LiveClient, type LivePicture } from "./support/live-client.ts";
import { Pump } from "./support/pump.ts";
import { stage } from "./support/stage.ts";
import { GREEN, RED } from "./support/two-pictures.ts";
import { until } from "./support/until.ts";

/** A server with streams that the test pushes pictures into. */
async function serve<Name extends string>(
  t: TestContext,
  names: readonly Name[],
  options: ImageServerOptions = {},
): Promise<{ server: ImageServer; url: string; pumps: Record<Name, Pump> }> {
  const server = new ImageServer({ lingerMs: 0, ...options });
  const pumps = Object.fromEntries(names.map((name) => [name, new Pump()])) as Record<Name, Pump>;
  for (const name of names) server.addStream(name, pumps[name]);
  await server.start(0);
  t.after(() => server.stop());
  return { server, url: `ws://127.0.0.1:${server.port ?? 0}/api/live`, pumps };
}

/** Pushes a picture again and again until something has come of it. */
async function push(pump: Pump, jpeg: Uint8Array, isDone: () => boolean, what: string): Promise<void> {
  await until(async () => {
    pump.push(jpeg);
    await sleep(20);
    return isDone();
  }, what);
}

/** Whether the stream's source runs: somebody watches. */
function isOn(server: ImageServer, name: string): boolean {
  return server.streams.find((stream) => stream.name === name)?.state !== "idle";
}

function widths(pictures: readonly LivePicture[]): readonly (number | undefined)[] {
  return pictures.map(({ jpeg }) => readJpegInfo(jpeg)?.width);
}

test("one connection shows several streams, each in its own variant, and each is a viewer", async (t) => {
  const { server, url, pumps } = await serve(t, ["door", "yard"]);
  const client = await LiveClient.open(t, url);

  client.watch(7, "door");
  client.watch(65_535, "door", "width=16");
  client.watch(0, "yard", "fps=100");
  await until(() => server.viewers.length === 3, "three viewers");
  await push(pumps.door, RED, () => widths(client.of(65_535)).includes(16), "the small one");
  await push(
    pumps.yard,
    GREEN,
    () => client.of(0).some(({ jpeg }) => jpeg.equals(GREEN)),
    "the other stream",
  );

  const [picture] = client.of(7).filter(({ jpeg }) => jpeg.equals(RED));
  assert.ok(picture !== undefined, "untouched bytes");
  assert.ok(picture.capturedAt <= picture.sentAt && picture.sentAt <= picture.cameAt);
  assert.ok(picture.cameAt - picture.capturedAt < 10_000);
  assert.deepEqual(server.viewers.map(({ stream }) => stream).sort(), ["door", "door", "yard"]);
  assert.ok(server.viewers.every(({ frames, bytes }) => frames > 0 && bytes > 0));
});

test("a client is told what each stream does, when it begins to watch it and when that changes", async (t) => {
  const { url, pumps } = await serve(t, ["door"]);
  const client = await LiveClient.open(t, url);

  client.watch(1, "door");
  await until(() => client.replies.length > 0, "the first state");
  await push(pumps.door, RED, () => client.replies.length > 1, "the change");

  const [first, second] = client.said("state", 1);
  assert.equal(first?.state, "starting");
  assert.equal(first.width, null);
  const { fps, since, ...rest } = second ?? assert.fail("nothing was said");
  assert.deepEqual(rest, {
    ...{ type: "state", id: 1, state: "live", reason: null, code: null },
    ...{ width: 32, height: 24 },
  });
  assert.ok(fps >= 0 && since <= Date.now());
});

test("a new state is told before the first picture that comes in it", async (t) => {
  const { server, url, pumps } = await serve(t, ["door"]);
  const client = await LiveClient.open(t, url);
  const order: string[] = [];
  client.socket.on("message", (data: Buffer, isBinary) => {
    if (!isBinary) order.push((JSON.parse(data.toString()) as LiveState).state);
    else order.push(data.subarray(LIVE_HEAD_BYTES).equals(RED) ? "red" : "placeholder");
  });
  client.watch(1, "door");
  await push(pumps.door, RED, () => order.includes("red"), "a live picture");
  server.setSource("door", "http://127.0.0.1:9/gone");
  await until(() => order.includes("placeholder"), "its placeholder");

  const before = order.slice(0, order.indexOf("placeholder")).filter((each) => each !== "red");
  assert.equal(order[order.indexOf("red") - 1], "live", order.join());
  assert.notEqual(before.at(-1), "live", order.join());
});

test("what is not watched any more stops its camera, and so does a client that leaves", async (t) => {
  const { server, url } = await serve(t, ["door", "yard"]);
  const client = await LiveClient.open(t, url);
  client.watch(1, "door");
  client.watch(2, "yard");
  await until(() => isOn(server, "door") && isOn(server, "yard"), "both sources run");

  client.unwatch(1);
  await until(() => !isOn(server, "door"), "the first one is closed");
  const left = server.viewers.map(({ stream }) => stream);
  client.socket.close();
  await until(() => !isOn(server, "yard"), "the second one is closed");

  assert.deepEqual(left, ["yard"]);
  assert.equal(server.viewers.length, 0);
});

test("another wish under the same id goes on with the same viewer; another stream replaces it", async (t) => {
  const { server, url, pumps } = await serve(t, ["door", "yard"]);
  const client = await LiveClient.open(t, url);
  client.watch(1, "door");
  await push(pumps.door, RED, () => widths(client.of(1)).includes(32), "pictures as they are");
  const [before] = server.viewers;

  client.watch(1, "door", "width=16");
  await push(pumps.door, RED, () => widths(client.of(1)).includes(16), "smaller pictures");
  const [after] = server.viewers;
  const sourceRanOn = isOn(server, "door");
  client.watch(1, "yard");
  await push(pumps.yard, GREEN, () => client.of(1).at(-1)?.jpeg.equals(GREEN) === true, "the other stream");
  await until(() => !isOn(server, "door"), "the first source is closed");

  assert.equal(after?.id, before?.id);
  assert.equal(sourceRanOn, true);
  assert.deepEqual(
    server.viewers.map(({ stream }) => stream),
    ["yard"],
  );
  assert.deepEqual(client.said("ended", 1), []);
  assert.deepEqual(
    client.said("state", 1).map(({ state }) => state),
    ["starting", "live", "live", "starting", "live"],
  );
});

test("the same wish again with the same viewer key goes on, and only the place of another id is ended", async (t) => {
  const { server, url, pumps } = await serve(t, ["door"]);
  const client = await LiveClient.open(t, url);

  client.watch(1, "door", "viewer=phone");
  client.watch(1, "door", "viewer=phone");
  client.watch(1, "door", "viewer=phone&width=16");
  await until(() => client.said("state", 1).length === 3, "three answers");
  await push(pumps.door, RED, () => widths(client.of(1)).includes(16), "a picture of the last wish");
  const endedOfOwn = client.said("ended", 1).length;
  client.watch(2, "door", "viewer=phone");
  await until(() => client.said("ended", 1).length === 1, "the end of the one with another id");

  assert.equal(endedOfOwn, 0);
  assert.equal(client.said("ended", 2).length, 0);
  assert.equal(server.viewers.length, 1);
});

test("what cannot be watched is refused as its address would; what was watched under that id goes on", async (t) => {
  const { server, url } = await serve(t, ["door", "yard"], { maxViewers: 2 });
  const client = await LiveClient.open(t, url);
  client.watch(1, "door");

  client.watch(2, "cellar");
  client.watch(1, "door", "width=0");
  client.watch(3, "yard");
  client.watch(4, "yard");
  await until(() => client.said("refused", 4).length === 1, "the last refusal");
  client.unwatch(3);
  client.watch(4, "yard");
  await until(() => client.said("state", 4).length === 1, "there is room again");

  const refusals = [2, 1, 4].flatMap((id) => client.said("refused", id));
  assert.deepEqual(
    refusals.map(({ status, code }) => [status, code]),
    [
      [404, "ERR_NOT_FOUND"],
      [400, "ERR_OPTION_INVALID"],
      [503, "ERR_TOO_MANY_VIEWERS"],
    ],
  );
  assert.match(refusals[0]?.error ?? "", /no stream "cellar" \(there are: door, yard\)/);
  assert.match(refusals[1]?.error ?? "", /width must be an integer from 1 to 4096 \(pixels\), got "0"/);
  assert.match(refusals[2]?.error ?? "", /this server has 2 viewers/);
  assert.deepEqual(server.viewers.map(({ stream }) => stream).sort(), ["door", "yard"]);
});

test("a connection watches 256 streams; the next one is refused", async (t) => {
  const { port, viewers } = await stage(t);
  const client = await LiveClient.open(t, `ws://127.0.0.1:${port}/api/live`);

  for (let id = 0; id <= 256; id++) client.watch(id, "a");
  await until(() => client.said("refused", 256).length === 1, "the refusal");
  client.watch(3, "a", "frames=1000");
  await until(() => client.said("state", 3).length === 2, "one of them is replaced");

  assert.equal(viewers.size, 256);
  assert.match(client.said("refused", 256)[0]?.error ?? "", /watches 256 streams/);
});

test("a stream that ends, one that is to end and one whose viewer is ended are told, and the rest goes on", async (t) => {
  const { port, hub, viewers, wishes } = await stage(t);
  const client = await LiveClient.open(t, `ws://127.0.0.1:${port}/api/live`);
  client.watch(1, "a", "frames=2");
  client.watch(2, "a", "duration=0.2");
  client.watch(3, "a");
  client.watch(4, "a");
  await until(() => viewers.size === 4, "four viewers");

  hub.publish({ jpeg: RED, capturedAt: 0 });
  hub.publish({ jpeg: GREEN, capturedAt: 0 });
  await until(() => client.said("ended", 1).length + client.said("ended", 2).length === 2, "their ends");
  viewers.values()[0]?.close();
  await until(() => client.said("ended", 3).length === 1, "the end of the viewer");
  const left = viewers.size;
  hub.publish({ jpeg: RED, capturedAt: 0 });
  await until(() => client.of(4).length === 3, "the fourth goes on");
  hub.end();
  await until(() => client.said("ended", 4).length === 1, "the end of the stream");

  assert.equal(client.of(1).length, 2);
  assert.equal(left, 1);
  assert.deepEqual([viewers.size, wishes.now], [0, 0]);
  assert.equal(client.closed, undefined);
});

test("a server that stops closes with 1001, also a connection that watches nothing, and ends no stream", async (t) => {
  const { server, url } = await serve(t, ["door"]);
  const client = await LiveClient.open(t, url);
  const idle = await LiveClient.open(t, url);
  client.watch(1, "door");
  await until(() => client.replies.length > 0, "its state");

  await Promise.all([once(client.socket, "close"), once(idle.socket, "close"), server.stop()]);

  assert.deepEqual(client.closed, [1001, "the server stops"]);
  assert.deepEqual(idle.closed, [1001, "the server stops"]);
  assert.deepEqual(client.said("ended", 1), []);
});

test("heads and acknowledgements are read as they were written, at their largest, too", () => {
  const head = { id: 65_535, sequence: 2 ** 32 - 1, capturedAt: 1_700_000_000_123.5, sentAt: 2e12 };
  const bytes = encodeLiveHead(head);
  const entries = [head, { id: 0, sequence: 0 }];
  const seen: number[][] = [];

  decodeAcknowledgements(encodeAcknowledgements(entries), (...entry) => seen.push(entry));

  assert.deepEqual([...bytes.subarray(0, 8)], [1, 0, 255, 255, 255, 255, 255, 255]);
  assert.deepEqual(decodeLiveHead(Uint8Array.from(bytes).buffer), head);
  assert.deepEqual(seen, [
    [65_535, 2 ** 32 - 1],
    [0, 0],
  ]);
  assert.equal(decodeLiveHead(Uint8Array.from(bytes).fill(2, 0, 1).buffer), undefined);
  assert.equal(decodeLiveHead(new ArrayBuffer(23)), undefined);
  assert.throws(() => decodeAcknowledgements(new Uint8Array(7), () => undefined), /6 bytes each/);
});
