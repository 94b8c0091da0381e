import assert from "node:assert/strict";
import test from "node:test";
import { BodyPublisher, pushServer } from "./support/publisher.ts";
import { stateOf, statusOf } from "./support/status.ts";
import { RED } from "./support/two-pictures.ts";
import { until } from "./support/until.ts";
import { Watcher } from "./support/watcher.ts";

const change = (url: string, name: string, body: string, headers: Record<string, string> = {}) =>
  fetch(`${url}/api/streams/${name}`, { method: "PUT", body, headers });

test("the source of a running stream is changed by API, and its viewers see the new one without joining again", async (t) => {
  const { url, port, server } = await pushServer(t);
  const watcher = new Watcher(port, "main");
  t.after(() => watcher.close());
  await stateOf(url, "main", "live");

  const answer = await change(url, "main", '{"source":"test:?size=320x240&fps=10"}');
  await until(async () => (await statusOf(url, "main")).width === 320, "the new size");
  await watcher.next(() => true, "a picture more");

  assert.equal(answer.status, 200);
  assert.equal(((await answer.json()) as { name: string }).name, "main");
  assert.equal(watcher.trouble, undefined);
  assert.equal(server.source, "test:?size=320x240&fps=10");
});

test("the library changes the source of any stream by its name, to addresses and to your own pictures", async (t) => {
  const { url, server } = await pushServer(t);

  server.setSource("door", "test:?size=320x240");
  await fetch(`${url}/streams/door/snapshot.jpg`);
  const { width } = await statusOf(url, "door");
  server.setSource("door", () => RED);
  await fetch(`${url}/streams/door/snapshot.jpg`);

  assert.equal(width, 320);
  assert.equal((await statusOf(url, "door")).source, "your function");
  assert.throws(() => server.setSource("nowhere", "test:"), {
    code: "ERR_NOT_FOUND",
    message: 'there is no stream "nowhere" (there are: main, door)',
  });
  assert.throws(() => server.setSource("door", "test:?size=big"), { code: "ERR_OPTION_INVALID" });
  assert.equal((await statusOf(url, "door")).source, "your function");
});

test("who publishes to a stream that gets another source is ended with 409", async (t) => {
  const { url, server } = await pushServer(t);
  const publisher = new BodyPublisher(t, `${url}/streams/door/live.mjpeg`);
  await publisher.send(RED);
  await until(async () => (await fetch(`${url}/streams/door/snapshot.jpg`)).ok, "its picture");

  server.setSource("door", "test:");

  const { status, text } = await publisher.answer();
  assert.equal(status, 409);
  assert.match(text, /^"door" has another source now/);
});

test("sources that could show what is on the machine are 403, also in a list, and the stream goes on as it was", async (t) => {
  const { url } = await pushServer(t);
  const kinds = [
    "folder:/",
    "FOLDER:/etc",
    " folder:/",
    "camera:",
    "camera:/dev/video0",
    "exec:ls",
    "stdin:",
    "pi:",
  ];
  const more = [
    "file:/x.mp4",
    "watch:/x.jpg",
    "screen:",
    "window:x",
    "ffmpeg:file:/x.mp4",
    "[test:, folder:/]",
  ];
  const filters = [
    "rtsp://127.0.0.1/#filter=drawtext=textfile=/x",
    "[test:, http://127.0.0.1/x.m3u8#FILTER=movie=/x]",
  ];
  const ports = [
    "udp://:5000",
    "udp://239.0.0.1:5000",
    "rtp://0.0.0.0:5000",
    "[test:, UDP://@:5000]",
    "tcp://0.0.0.0:5000?listen=1",
    "tcp://0.0.0.0:5000?timeout=9&listen",
    "rtmp://0.0.0.0/x?%6cisten=1",
    "[test:, http://127.0.0.1/x.m3u8?LISTEN=1]",
    "srt://0.0.0.0:5000?mode=listener",
    "srt://10.0.0.7:5000?mode=caller&mode=rendezvous",
  ];
  const works = [
    "test:#preload",
    "test:?PRELOAD=1",
    "[test:]#preload",
    "[test:#preload, push:]",
    "rtsp://127.0.0.1/#fps=1&preload",
    "test:?size=1922x1080",
    "[push:, test:#size=8192x8192]",
    "rtsp://127.0.0.1/#size=8192x8192",
    "[test:, test:, test:, test:, test:]",
  ];
  const sources = [...kinds, ...more, ...filters, ...ports, ...works];

  for (const source of sources) {
    const answer = await change(url, "main", JSON.stringify({ source }));
    const { code, error } = (await answer.json()) as { code: string; error: string };
    assert.deepEqual([answer.status, code], [403, "ERR_FORBIDDEN"], source);
    assert.match(error, / can only be chosen by who runs the server/);
  }

  assert.equal((await statusOf(url, "main")).source, "test");
});

test("the source that the owner gave a stream may be set back, and given to no other", async (t) => {
  const { url, server } = await pushServer(t);
  server.addStream("files", "folder:/nowhere");
  const back = '{"source":"folder:/nowhere"}';

  const away = await change(url, "files", '{"source":"test:"}');
  const other = await change(url, "main", back);
  const again = await change(url, "files", back);

  assert.deepEqual([away.status, other.status, again.status], [200, 403, 200]);
  assert.match((await statusOf(url, "files")).source, /^folder/);
});

test("what does no harm can be chosen: a camera's parameters, a large test card, a few to fall back to", async (t) => {
  const { url } = await pushServer(t);
  const sources = [
    "http://127.0.0.1:9/video?listening=1&mode=listener#preload=false",
    "srt://127.0.0.1:9?mode=caller&latency=20",
    "test:?size=1920x1080&preload=0",
    "[http://127.0.0.1:9/a, http://127.0.0.1:9/b, push:, test:]",
  ];

  for (const source of sources) {
    const answer = await change(url, "main", JSON.stringify({ source }));
    assert.equal(answer.status, 200, `${source}: ${await answer.text()}`);
  }
});

test("what can be no source is 400 with the reason, whatever was sent", async (t) => {
  const { url } = await pushServer(t);
  const bodies = [
    ["", /is no JSON/],
    ["{", /is no JSON/],
    ["null", /has no source/],
    ["[]", /has no source/],
    ['{"source":7}', /no text/],
    ['{"source":"test:","x":1}', /"x", which nobody knows/],
    ['{"source":"nothing"}', /has no scheme/],
    ['{"source":"nosuch:x"}', /no source is called/],
    ['{"source":"test:?fps=0"}', /test: fps must be a number/],
    [`{"source":"http://h/${"x".repeat(2_040)}"}`, /^the address has 2049 characters, and 2048 is the most/],
  ] as const;

  for (const [body, reason] of bodies) {
    const answer = await change(url, "main", body);
    assert.equal(answer.status, 400, body);
    assert.match(((await answer.json()) as { error: string }).error, reason, body);
  }

  assert.equal((await change(url, "nowhere", '{"source":"test:"}')).status, 404);
  assert.equal((await change(url, "main", `{"source":"${"x".repeat(70_000)}"}`)).status, 413);
  assert.equal((await statusOf(url, "main")).source, "test");
});

test("changing a source needs the publish right: the key where there is one, else a program of this machine", async (t) => {
  const closed = await pushServer(t, { publishKey: "the publish key", key: "the view key" });
  const open = await pushServer(t);
  const body = '{"source":"test:"}';

  const bearer = { Authorization: "Bearer x" };
  assert.equal((await change(closed.url, "main", body)).status, 401);
  assert.equal((await change(closed.url, "main", body, bearer)).status, 401);
  assert.equal((await change(closed.url, "main?key=the%20view%20key", body)).status, 401);
  assert.equal((await change(closed.url, "main?key=the%20publish%20key", body)).status, 200);
  assert.equal((await change(open.url, "main", body, { Origin: "http://elsewhere.example" })).status, 403);
  assert.equal((await change(open.url, "main", body)).status, 200);
});
