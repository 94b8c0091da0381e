import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { usablePicture } from "../src/core/usable-picture.ts";
import { ImageServer, SourceError } from "../src/index.ts";
import { ManualSource } from "./support/manual-source.ts";
import { answerTo } from "./support/replay.ts";
import { stage } from "./support/stage.ts";
import { RED } from "./support/two-pictures.ts";
import { until } from "./support/until.ts";

const HOST = "Host: 127.0.0.1:8080";

async function serving(t: TestContext, add: (server: ImageServer) => void): Promise<ImageServer> {
  const server = new ImageServer();
  add(server);
  await server.start(0);
  t.after(() => server.stop());
  return server;
}

test("addresses of all streams show the first 36 where there are more", async (t) => {
  const { port = 0 } = await serving(t, (server) => {
    for (let number = 0; number < 40; number++) server.addStream(`s${number}`, () => RED);
  });

  for (const url of ["/image/index", "/axis-cgi/jpg/image.cgi?camera=quad", "/0/static/stream"]) {
    const { head, body } = await answerTo(port, [`GET ${url} HTTP/1.1`, HOST]);

    assert.equal(head.status, 200, `${url}: ${body.toString().slice(0, 200)}`);
    assert.ok(usablePicture(body) !== undefined, url);
  }
  for (const url of ["/0/mjpg/stream", "/mjpg/index/video.mjpg", "/axis-cgi/mjpg/video.cgi?camera=quad"]) {
    const { head } = await answerTo(port, [`HEAD ${url} HTTP/1.1`, HOST]);

    assert.equal(head.status, 200, url);
  }
});

test("what a mosaic does not know is passed over at addresses of other servers", async (t) => {
  const { port = 0 } = await serving(t, (server) => {
    for (const name of ["door", "yard"]) server.addStream(name, () => RED);
  });

  const url = "/grab.jpg?oids=1,2&size=320x240&max_age=1&after=now&warmup=3&wait=60000&rotate=90";
  const { head, body } = await answerTo(port, [`GET ${url} HTTP/1.1`, HOST]);

  assert.equal(head.status, 200, body.toString().slice(0, 200));
  assert.equal(usablePicture(body)?.info.width, 320);
});

test("addresses in camera-streamer's status are below the base path, and of the camera that was asked", async (t) => {
  const { port, hub } = await stage(t, { basePath: "/cams" });
  hub.publish({ jpeg: RED, capturedAt: Date.now() });
  const cases = [
    ["/cams/status", "/cams/"],
    ["/cams//webcam/status/?x=/a/b", "/cams/webcam/"],
    ["/cams/webcam1/status", "/cams/webcam1/"],
  ] as const;

  for (const [url, folder] of cases) {
    const { body } = await answerTo(port, [`GET ${url} HTTP/1.1`, HOST]);
    const { endpoints } = JSON.parse(body.toString()) as {
      endpoints: Record<"stream" | "snapshot", { uri: string }>;
    };

    assert.equal(endpoints.stream.uri, `http://127.0.0.1:8080${folder}stream`);
    assert.equal(endpoints.snapshot.uri, `http://127.0.0.1:8080${folder}snapshot`);
    const { pathname } = new URL(endpoints.snapshot.uri);
    const { head } = await answerTo(port, [`GET ${pathname} HTTP/1.1`, HOST]);
    assert.equal(head.status, 200, pathname);
  }
});

test("Frigate's snapshots say when their camera is away", async (t) => {
  const [live, ended, failed] = [new ManualSource(), new ManualSource(), new ManualSource()];
  live.give(RED);
  ended.give(RED);
  failed.give(new SourceError("ERR_CAMERA_LOST", "the camera was unplugged", { retryable: false }));
  const server = await serving(t, (each) => {
    each.addStream("live", live);
    each.addStream("ended", ended);
    each.addStream("failed", failed);
  });
  const offline = async (name: string) => {
    const { head } = await answerTo(server.port ?? 0, [`GET /api/${name}/latest.jpg HTTP/1.1`, HOST]);
    return [head.status, head.get("X-Frigate-Offline")];
  };

  const before = await offline("ended");
  ended.give("end");
  await until(() => server.streams.some(({ state }) => state === "ended"), "the end");

  assert.deepEqual(before, [200, undefined]);
  assert.deepEqual(await offline("live"), [200, undefined]);
  assert.deepEqual(await offline("ended"), [200, "true"]);
  assert.deepEqual(await offline("failed"), [503, "true"]);
});
