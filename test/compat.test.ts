import assert from "node:assert/strict";
import { once } from "node:events";
import test, { type TestContext } from "node:test";
import { usablePicture } from "../src/core/usable-picture.ts";
import { chosenFamilies } from "../src/delivery/compat/chosen-families.ts";
import { FAMILIES } from "../src/delivery/compat/families.ts";
import type { RequestContext } from "../src/delivery/route.ts";
import type { Show } from "../src/delivery/show.ts";
import { ImageServer, type ImageServerOptions } from "../src/index.ts";
import { go2rtc, snapshotOf } from "./support/client-parsers.ts";
import { Command } from "./support/command.ts";
import { everyAddress, sampleOf } from "./support/compat-table.ts";
import { RawClient } from "./support/raw-client.ts";
import { answerTo, Replay } from "./support/replay.ts";
import { stage } from "./support/stage.ts";
import { GREEN, RED } from "./support/two-pictures.ts";

const HOST = "Host: 127.0.0.1:8080";

const byAnswer = (wanted: string) =>
  everyAddress().filter(({ address }) => address.answer === wanted && address.isOfAll !== true);

/** A server whose first stream, `door`, is red and whose second, `yard`, is green. */
async function twoStreams(t: TestContext, options: ImageServerOptions = {}): Promise<{ port: number }> {
  const server = new ImageServer(options);
  server.addStream("door", () => RED);
  server.addStream("yard", () => GREEN);
  await server.start(0);
  t.after(() => server.stop());
  return { port: server.port ?? 0 };
}

async function snapshotAt(port: number, url: string): Promise<Buffer> {
  const { head, body } = await answerTo(port, [`GET ${url} HTTP/1.1`, HOST]);
  return snapshotOf(head, body);
}

async function statusOf(port: number, url: string, method = "GET"): Promise<number> {
  const { head } = await answerTo(port, [`${method} ${url} HTTP/1.1`, HOST]);
  return head.status;
}

test("every address for streams of every family gives whole pictures, with its family's boundary and lines", async (t) => {
  const { port, hub, mistakes } = await stage(t);
  hub.publish({ jpeg: RED, capturedAt: 1_700_000_000_000 });
  const streams = byAnswer("stream");
  assert.ok(streams.length > 60);

  for (const { family, address } of streams) {
    const { url } = sampleOf(address.at);
    // An address that an earlier family answers is asked of this family alone.
    const alone = await stage(t, { compat: [family] });
    alone.hub.publish({ jpeg: RED, capturedAt: 1_700_000_000_000 });
    for (const asked of [port, alone.port]) {
      const client = new Replay(asked, [`GET ${url} HTTP/1.1`, HOST], go2rtc);
      const head = await client.head;
      assert.deepEqual(await client.next(url), RED, url);
      client.close();
      if (asked !== alone.port) continue;
      const { boundary, lines = [] } = family.style ?? { boundary: "boundarydonotcross" };
      assert.ok(
        head.text.includes(`\r\nContent-Type: multipart/x-mixed-replace;boundary=${boundary}\r\n`),
        url,
      );
      for (const line of lines) assert.ok((await rawPart(asked, url, line)).includes(`\r\n${line}\r\n`), url);
    }
  }
  assert.deepEqual(mistakes, []);
});

test("every address for snapshots gives a whole picture, and HEAD the same head without it", async (t) => {
  const { port, hub } = await stage(t);
  hub.publish({ jpeg: RED, capturedAt: Date.now() });
  const snapshots = byAnswer("snapshot");
  assert.ok(snapshots.length > 30);

  for (const { address } of snapshots) {
    const { url } = sampleOf(address.at);
    const { head, body } = await answerTo(port, [`HEAD ${url} HTTP/1.1`, HOST]);

    assert.deepEqual(await snapshotAt(port, url), RED, url);
    assert.equal(head.get("Content-Length"), String(RED.length), url);
    assert.equal(body.length, 0, url);
  }
});

test("every address that changes a camera or records says truthfully that it cannot", async (t) => {
  const { port } = await stage(t);
  const refusals = byAnswer("refusal");
  assert.ok(refusals.length > 15);

  for (const { address } of refusals) {
    const { url } = sampleOf(address.at);
    const { head, body } = await answerTo(port, [`GET ${url} HTTP/1.1`, HOST]);

    assert.equal(head.status, 501, url);
    assert.match(body.toString(), /neither steers cameras nor records/);
  }
});

test("documents are in their family's form, with the stream's own numbers", async (t) => {
  const { port } = await stage(t);
  const textAt = async (url: string) => (await answerTo(port, [`GET ${url} HTTP/1.1`, HOST])).body.toString();
  const jsonAt = async (url: string): Promise<unknown> => JSON.parse(await textAt(url));
  const client = RawClient.get(port, "/?action=stream");
  await client.until((text) => text.includes("\r\n\r\n--"), "the opening");
  t.after(() => client.close());

  assert.deepEqual(await jsonAt("/state"), {
    ok: true,
    result: {
      instance_id: "a",
      encoder: { type: "HW", quality: 0 },
      source: { resolution: { width: 1, height: 1 }, online: true, desired_fps: 0, captured_fps: 0 },
      stream: { queued_fps: 0, clients: 1, clients_stat: {} },
    },
  });
  assert.deepEqual(await jsonAt("/program.json"), {
    inputs: [{ id: "0", name: "a", plugin: "a", args: "test" }],
    outputs: [{ id: "0", name: "kinora", plugin: "kinora", args: "" }],
  });
  assert.match(await textAt("/input_0.json"), /"resolutions":\{"0":"1x1"\}/);
  assert.match(
    await textAt("/clients.json"),
    /^\{"clients":\[\{"address":"127\.0\.0\.1","timestamp":\d{10}\}\]\}$/,
  );
  assert.match(
    await textAt("/status"),
    /"stream":\{"enabled":true,"uri":"http:\/\/127\.0\.0\.1:8080\/stream"\}/,
  );
  assert.match(await textAt("/camera/info"), /^\{"status":"OK","config":\{.*"width":"1"/);
  assert.match(await textAt("/version"), /"product":"Kinora"/);
  assert.equal(await textAt("/axis-cgi/imagesize.cgi?camera=1"), "image width = 1\r\nimage height = 1\r\n");
  assert.equal(
    await textAt("/axis-cgi/param.cgi?action=list&group=Properties.Image.Resolution,root.Properties.API.*"),
    "root.Properties.API.HTTP.Version=3\r\nroot.Properties.Image.Resolution=1x1\r\n",
  );
});

test("an ESP32-CAM's status has its frame size where that has a number there", () => {
  const [family] = chosenFamilies("esp32-cam");
  const address = family?.addresses.find(({ at }) => at === "/status");
  assert.ok(typeof address?.answer === "object");
  const at = (width: number, height: number) => ({ status: () => ({ width, height }) }) as Show;
  const { text } = address.answer;
  const context = {} as RequestContext;

  assert.equal(text(at(640, 480), context), '{"pixformat":3,"framesize":10}');
  assert.equal(text(at(641, 480), context), '{"pixformat":3}');
});

test("who watches is told only to those who may manage viewers", async (t) => {
  const { port } = await stage(t);

  const { head } = await answerTo(port, ["GET /clients.json HTTP/1.1", HOST, "X-Forwarded-For: 10.0.0.9"]);

  assert.equal(head.status, 403);
});

test("the stream is the first one, the N-th one or the named one, as the family counts", async (t) => {
  const { port } = await twoStreams(t);
  const cases: readonly (readonly [string, Uint8Array])[] = [
    ["/?action=snapshot", RED],
    ["/?action=snapshot_0", RED],
    ["/?action=snapshot_1", GREEN],
    ["/webcam/?action=snapshot", RED],
    ["/webcam2/?action=snapshot", GREEN],
    ["/webcam2/snapshot", GREEN],
    ["/cam_1.jpg", RED],
    ["/cam_2.jpg", GREEN],
    ["/api/frame.jpeg?src=yard", GREEN],
    ["/2/static/stream", GREEN],
    ["/yard/static/stream/", GREEN],
    ["/snapshot?topic=/yard/image_raw", GREEN],
    ["/axis-cgi/jpg/image.cgi?camera=2", GREEN],
    ["/cgi-bin/viewer/video.jpg?channel=1", GREEN],
    ["/cgi-bin/video.jpg?cam=1", RED],
    ["/image/yard?q=50", GREEN],
    ["/image/yard.jpg", GREEN],
    ["/grab.jpg?oid=2", GREEN],
    ["/zm/cgi-bin/nph-zms?mode=single&monitor=2", GREEN],
    ["/anything/jpeg/group/yard/s.jpg", GREEN],
    ["/api/yard/latest.webp", GREEN],
  ];

  for (const [url, picture] of cases) {
    // What is changed on the way is no longer the same bytes; `q=50` is one.
    const got = await snapshotAt(port, url.replace("?q=50", ""));
    assert.deepEqual(got, picture, url);
  }
  assert.equal(await statusOf(port, "/?action=snapshot_2"), 404);
  assert.equal(await statusOf(port, "/cam_0.jpg"), 404);
  assert.equal(await statusOf(port, "/api/frame.jpeg?src=garden"), 404);
});

test("an address of all streams shows them in one picture, and so does one that names several", async (t) => {
  const { port } = await twoStreams(t);

  for (const url of [
    "/0/static/stream",
    "/grab.jpg?oids=1,2&size=320x240",
    "/axis-cgi/jpg/image.cgi?camera=quad",
  ]) {
    const picture = usablePicture(await snapshotAt(port, url));

    assert.ok(picture !== undefined && picture.info.width > 160, url);
  }
});

test("a family's parameters change the picture, and end the stream", async (t) => {
  const server = new ImageServer({ source: "test:?size=640x360&fps=30" });
  await server.start(0);
  t.after(() => server.stop());
  const port = server.port ?? 0;

  const client = new Replay(
    port,
    ["GET /axis-cgi/mjpg/video.cgi?resolution=320x180&compression=60&nbrofframes=2&fps=0 HTTP/1.1", HOST],
    go2rtc,
  );
  const picture = usablePicture(await client.next("first picture", 10_000));
  await client.next("second picture", 10_000);
  const half = usablePicture(await snapshotAt(port, "/cgi-bin/nph-zms?mode=single&scale=50"));

  assert.deepEqual([picture?.info.width, picture?.info.height], [320, 180]);
  assert.deepEqual([half?.info.width, half?.info.height], [320, 180]);
  // The end repeats the last picture, and closes.
  await assert.rejects(async () => {
    for (let more = 0; more < 3; more++) await client.next("more pictures");
  });
});

test("logins in the address count as the key, where the family has them there", async (t) => {
  const { port, hub } = await stage(t, { key: "secretkey" });
  hub.publish({ jpeg: RED, capturedAt: Date.now() });

  assert.equal(await statusOf(port, "/snapshot.cgi?user=admin"), 401);
  assert.equal(await statusOf(port, "/snapshot.cgi?user=admin&pwd=wrongkey"), 401);
  assert.equal(await statusOf(port, "/snapshot.cgi?user=admin&pwd=secretkey"), 200);
  assert.equal(await statusOf(port, "/wrongkey/jpeg/group/a/s.jpg"), 401);
  assert.equal(await statusOf(port, "/secretkey/jpeg/group/a/s.jpg"), 200);
  assert.equal(await statusOf(port, "/shot.jpg?pwd=secretkey"), 401);
  assert.equal(await statusOf(port, "/state"), 401);
  assert.equal(await statusOf(port, "/clients.json"), 401);
});

test("pictures can be pushed where go2rtc takes them", async (t) => {
  const { port } = await twoStreams(t);

  const pushed = await fetch(`http://127.0.0.1:${port}/api/stream.mjpeg?dst=porch`, {
    method: "POST",
    body: RED,
  });

  assert.deepEqual(await pushed.json(), { pictures: 1 });
  const streams = (await (await fetch(`http://127.0.0.1:${port}/api/streams`)).json()) as { name: string }[];
  assert.deepEqual(
    streams.map(({ name }) => name),
    ["door", "yard", "porch"],
  );
});

test("Kinora's own addresses are never another server's", async (t) => {
  const { port } = await twoStreams(t);

  const { body } = await answerTo(port, ["GET /api/streams HTTP/1.1", HOST]);

  assert.ok(Array.isArray(JSON.parse(body.toString())));
  assert.deepEqual(await snapshotAt(port, "/streams/yard/snapshot.jpg"), GREEN);
});

test("compat narrows what is answered, in the order wished, or switches it off", async (t) => {
  const some = await twoStreams(t, { compat: "esp32-cam, ustreamer" });
  const none = await twoStreams(t, { compat: "off" });

  const first = RawClient.get(some.port, "/stream");
  t.after(() => first.close());
  await first.until((text) => text.includes("\r\n\r\n"), "the head");

  assert.match(first.text, /boundary=123456789000000000000987654321\r\n/);
  assert.equal(await statusOf(some.port, "/state"), 200);
  assert.equal(await statusOf(some.port, "/shot.jpg"), 404);
  const others = ["/stream", "/snapshot", "/video_feed", "/state", "/webcam/"];
  for (const url of [...others, "/?action=stream", "/?action=snapshot_1&n=7"]) {
    assert.equal(await statusOf(none.port, url), 404, url);
    if (url.includes("action")) assert.equal(await statusOf(some.port, url), 404, url);
  }
  assert.equal(await statusOf(none.port, "/?action=none"), 200);
});

test("the folder of printers' proxies leads to the page, below whatever a proxy put in front, with the key", async (t) => {
  const { port } = await twoStreams(t, { basePath: "/cams" });
  const cases: readonly (readonly [string, string])[] = [
    ["/cams/webcam/", "/cams/"],
    ["/cams/webcam", "/cams/"],
    ["/cams/webcam/?key=a%20b", "/cams/?key=a+b"],
  ];

  for (const [url, page] of cases) {
    const { head } = await answerTo(port, [`GET ${url} HTTP/1.1`, HOST]);

    assert.equal(head.status, 307, url);
    const { pathname, search } = new URL(head.get("Location") ?? "", `http://127.0.0.1${url}`);
    assert.equal(pathname + search, page);
  }
});

test("an error for a wrong name quotes it, and lists ten of those that there are", async (t) => {
  const server = new ImageServer();
  for (let number = 1; number <= 23; number++) server.addStream(`cam${number}`, () => RED);
  await server.start(0);
  t.after(() => server.stop());

  const answer = await fetch(`${server.url ?? ""}streams/nobody/snapshot.jpg`);

  const text = await answer.text();
  assert.match(text, /no stream "nobody" \(there are: cam1, cam2, .*, cam10 and 13 more\)/);
  assert.doesNotMatch(text, /cam11/);
});

test("HEAD of a stream gives its head and no picture", async (t) => {
  const { port, hub, audience } = await stage(t);
  hub.publish({ jpeg: RED, capturedAt: Date.now() });

  for (const url of ["/stream", "/videofeed", "/api/stream.mjpeg?src=a", "/axis-cgi/mjpg/video.cgi"]) {
    const { head, body } = await answerTo(port, [`HEAD ${url} HTTP/1.1`, HOST]);

    assert.match(head.get("Content-Type") ?? "", /^multipart\/x-mixed-replace;boundary=/, url);
    assert.equal(body.length, 0, url);
  }
  assert.equal(audience.size, 0);
});

test("go2rtc's player gets each picture as a WebSocket message", async (t) => {
  const { port, hub } = await stage(t);
  hub.publish({ jpeg: RED, capturedAt: Date.now() });
  const socket = new WebSocket(`ws://127.0.0.1:${port}/api/ws?src=a`);
  t.after(() => socket.close());
  socket.binaryType = "arraybuffer";
  const message = once(socket, "message", { signal: AbortSignal.timeout(5_000) });
  await once(socket, "open", { signal: AbortSignal.timeout(5_000) });

  socket.send(JSON.stringify({ type: "mjpeg" }));
  const [{ data }] = (await message) as [{ data: ArrayBuffer }];

  assert.deepEqual(Buffer.from(data), RED);
});

test("--compat names what it takes where it is given something else", async () => {
  const { code, stderr } = await Command.run(["--compat", "nobody", "test:"]);

  assert.equal(code, 2);
  assert.match(stderr, /^kinora: compat must be all, off, or names of families.*go2rtc.*got "nobody"\n$/);
});

test("all and off stand alone", () => {
  assert.throws(() => chosenFamilies("off,axis"), /off stands alone, got "off,axis"/);
  assert.throws(() => chosenFamilies(["axis", "all"]), /all stands alone, got "axis,all"/);
});

test("a family that is not there is refused, with the names of those that are", () => {
  assert.throws(
    () => new ImageServer({ compat: "axis,nobody" }),
    /compat must be all, off, or names of families.*mjpg-streamer, .*got "nobody"/,
  );
  assert.deepEqual(chosenFamilies("all"), FAMILIES);
  assert.deepEqual(
    chosenFamilies(["axis", "go2rtc"]).map(({ name }) => name),
    ["axis", "go2rtc"],
  );
});

async function rawPart(port: number, url: string, line: string): Promise<string> {
  const client = RawClient.get(port, url);
  await client.until((text) => text.includes(line), line);
  client.close();
  return client.text;
}
