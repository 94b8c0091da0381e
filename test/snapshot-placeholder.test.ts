import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import test, { type TestContext } from "node:test";
import { setTimeout } from "node:timers/promises";
import { paintInTurn } from "../src/app/paint-in-turn.ts";
import { ENCODE_TURNS, MOST_ENCODED } from "../src/app/turns.ts";
import { StillPlaceholder } from "../src/app/still-placeholder.ts";
import { LateError } from "../src/app/snapshots.ts";
import { readJpegInfo } from "../src/core/jpeg-markers.ts";
import { MjpegError } from "../src/core/errors.ts";
import type { Frame } from "../src/core/frame.ts";
import { ImageServer, SourceError } from "../src/index.ts";
import { openPage, type BrowserName } from "./support/browser.ts";
import { picture } from "./support/pictures.ts";
import { GREEN, RED } from "./support/two-pictures.ts";
import { until } from "./support/until.ts";

/** The port of a server whose only stream gave a picture of 320x180 and then failed. */
async function brokenCamera(t: TestContext): Promise<number> {
  const jpeg = await picture("jpeg", 320, 180, [200, 30, 30]);
  const failure = new SourceError("ERR_CAMERA_LOST", "somebody pulled the plug", { retryable: false });
  const server = new ImageServer({
    source: (async function* () {
      yield await Promise.resolve(jpeg);
      throw failure;
    })(),
  });
  await server.start(0);
  t.after(() => server.stop());
  const port = server.port ?? 0;
  await fetch(`http://127.0.0.1:${port}/streams/main/snapshot.jpg`);
  await until(() => server.streams[0]?.state === "failed", "the failure");
  return port;
}

test("?placeholder gives the reason as a picture of the stream's size or the variant's, still 503", async (t) => {
  const port = await brokenCamera(t);
  const sizes: unknown[] = [];

  for (const query of [
    "",
    "&width=160",
    "&width=50&height=50&fit=stretch",
    "&rotate=90&crop=0,0,10,10",
    "=1&text=x",
  ]) {
    const answer = await fetch(`http://127.0.0.1:${port}/streams/main/snapshot.jpg?placeholder${query}`);
    const info = readJpegInfo(new Uint8Array(await answer.arrayBuffer()));

    assert.equal(answer.status, 503);
    assert.equal(answer.headers.get("content-type"), "image/jpeg");
    assert.equal(answer.headers.get("retry-after"), "1");
    assert.match(answer.headers.get("cache-control") ?? "", /no-store/);
    assert.equal(answer.headers.get("etag"), null);
    sizes.push([info?.width, info?.height]);
  }

  assert.deepEqual(sizes, [
    [320, 180],
    [160, 90],
    [50, 50],
    [320, 180],
    [320, 180],
  ]);
});

test("HEAD of a placeholder tells its length; without ?placeholder it is text", async (t) => {
  const port = await brokenCamera(t);
  const address = `http://127.0.0.1:${port}/streams/main/snapshot.jpg`;

  const head = await fetch(`${address}?placeholder`, { method: "HEAD" });
  const off = await fetch(`${address}?placeholder=0`);

  assert.equal(head.status, 503);
  assert.ok(Number(head.headers.get("content-length")) > 500);
  assert.match(await off.text(), /somebody pulled the plug/);
  assert.match(off.headers.get("content-type") ?? "", /^text\/plain/);
});

const OF_DOOR = { title: "door", since: () => 0, size: () => ({ width: 64, height: 48 }) };

/** Gives another picture for every one, where it gives any. */
const variants = {
  enter: () => () => undefined,
  picture: (frame: Frame) => Promise.resolve({ ...frame, jpeg: GREEN }),
};

test("a placeholder is painted once a second a reason, however many ask", async (t) => {
  let now = 5_000;
  t.mock.method(performance, "now", () => now);
  const painted: string[] = [];
  const placeholder = new StillPlaceholder({
    ...OF_DOOR,
    paint: ({ reason }) => {
      painted.push(reason);
      return Promise.resolve(RED);
    },
    variants,
  });
  const late = (text: string) => new LateError("ERR_SOURCE_SILENT", text);
  const lost = new MjpegError("ERR_CAMERA_LOST", "lost");
  const askAll = () =>
    Promise.all(
      [lost, late("1 s old"), late("2 s old"), lost].map((error) => placeholder.picture(error, {})),
    );

  const pictures = await askAll();
  now += 999;
  await askAll();
  const inFirstSecond = [...painted];
  now += 1;
  await askAll();

  assert.deepEqual(new Set(pictures), new Set([GREEN]));
  assert.deepEqual(inFirstSecond, ["lost", "No picture as new as asked came in time"]);
  assert.equal(painted.length, 4);
});

test("what cannot be changed or painted is told all the same", async () => {
  const lost = new MjpegError("ERR_CAMERA_LOST", "lost");
  const paint = () => Promise.resolve(RED);
  const picture = () => Promise.reject(new Error("no sharp"));
  const withoutSharp = new StillPlaceholder({ ...OF_DOOR, paint, variants: { ...variants, picture } });
  const withoutRoom = new StillPlaceholder({
    ...OF_DOOR,
    paint,
    variants: { ...variants, enter: () => undefined },
  });

  assert.equal(await withoutSharp.picture(lost, { width: 10 }), RED);
  assert.equal(await withoutRoom.picture(lost, { width: 10 }), RED);
});

test("a placeholder that takes long to be painted is not painted again meanwhile, and serves a second from then", async (t) => {
  let now = 5_000;
  t.mock.method(performance, "now", () => now);
  const finish: (() => void)[] = [];
  const placeholder = new StillPlaceholder({
    ...OF_DOOR,
    paint: () => new Promise((resolve) => finish.push(() => resolve(RED))),
    variants,
  });
  const lost = new MjpegError("ERR_CAMERA_LOST", "lost");

  const first = placeholder.picture(lost, {});
  now += 4_000;
  const meanwhile = placeholder.picture(lost, {});
  finish[0]?.();
  await Promise.all([first, meanwhile]);
  now += 999;
  await placeholder.picture(lost, {});
  const inItsSecond = finish.length;
  now += 1;
  const next = placeholder.picture(lost, {});
  finish[1]?.();
  await next;

  assert.equal(inItsSecond, 1);
  assert.equal(finish.length, 2);
});

test("a placeholder has the shape of the stream's pictures, and 1920 pixels at most", async () => {
  const lost = new MjpegError("ERR_CAMERA_LOST", "lost");
  for (const [claimed, painted] of [
    [{ width: 5_760, height: 5_760 }, "1920x1920"],
    [{ width: 1_080, height: 3_840 }, "540x1920"],
    [{ width: 65_535, height: 1 }, "1920x1"],
    [{ width: 320, height: 180 }, "320x180"],
  ] as const) {
    const sizes: string[] = [];
    const placeholder = new StillPlaceholder({
      ...OF_DOOR,
      size: () => claimed,
      paint: ({ width, height }) => {
        sizes.push(`${width}x${height}`);
        return Promise.resolve(RED);
      },
      variants,
    });

    await placeholder.picture(lost, {});

    assert.deepEqual(sizes, [painted]);
  }
});

test("placeholders are painted one at a time, each when it is its turn among all pictures that are made", async () => {
  const options = { title: "door", state: "down", reason: "lost", since: 0, width: 64, height: 48 } as const;
  await paintInTurn(options); // what is loaded for the first one takes longest
  const held = await Promise.all([1, 2, 3].slice(0, MOST_ENCODED).map(() => ENCODE_TURNS.next()));
  let painted = 0;
  const placeholders = [1, 2, 3].map(() => paintInTurn(options).finally(() => painted++));
  await setTimeout(100);
  const whileBusy = painted;
  const behind = ENCODE_TURNS.next("single");

  held[0]?.();
  await placeholders[0];
  // Behind the first placeholder, before the others: they took no turn yet.
  const release = await behind;
  const whenBehindHasItsTurn = painted;
  release();
  for (const each of held) each();

  assert.equal(whileBusy, 0);
  assert.equal(whenBehindHasItsTurn, 1);
  for (const jpeg of await Promise.all(placeholders)) assert.equal(readJpegInfo(jpeg)?.width, 64);
});

for (const name of ["chromium", "firefox"] satisfies BrowserName[]) {
  test(
    `${name} shows a placeholder in an <img>, though its status is 503`,
    { timeout: 90_000 },
    async (t) => {
      const port = await brokenCamera(t);
      const image = `http://127.0.0.1:${port}/streams/main/snapshot.jpg?placeholder`;
      const site = createServer((_req, res) => {
        res.setHeader("Content-Type", "text/html");
        res.end(
          `<!doctype html><img src="${image}" onload="document.title='shown'" onerror="document.title='error'">`,
        );
      });
      site.listen(0, "127.0.0.1");
      await once(site, "listening");
      t.after(() => site.close());
      const page = await openPage(t, name);

      await page.open(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
      const shown = await page.evaluate(
        `new Promise((resolve) => {
        const look = () => document.title === "" ? setTimeout(look, 20)
          : resolve([document.title, document.images[0].naturalWidth, document.images[0].naturalHeight]);
        look();
      })`,
      );

      assert.deepEqual(shown, ["shown", 320, 180]);
    },
  );
}
