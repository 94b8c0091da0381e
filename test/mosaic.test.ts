import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { ImageServer, SourceError, type ImageServerOptions } from "../src/index.ts";
import { frames } from "../src/wire/index.ts";
import { Command } from "./support/command.ts";
import { ManualSource } from "./support/manual-source.ts";
import { coloursOf, looksLike, picture, pixelsOf, type Rgb } from "./support/pictures.ts";
import { until } from "./support/until.ts";
import { withoutPackage } from "./support/without-package.ts";

const RED: Rgb = [200, 30, 30];
const GREEN: Rgb = [30, 160, 60];
const BLUE: Rgb = [40, 60, 200];
const BLACK: Rgb = [0, 0, 0];
/** How the cell of a stream without a picture begins, in its corner. */
const DARK: Rgb = [0x16, 0x1c, 0x25];

interface Running {
  readonly server: ImageServer;
  readonly url: string;
}

async function running(
  t: TestContext,
  streams: Readonly<Record<string, ManualSource>>,
  options: ImageServerOptions = {},
): Promise<Running> {
  const server = new ImageServer({ lingerMs: 0, ...options });
  for (const [name, source] of Object.entries(streams)) server.addStream(name, source);
  await server.start(0);
  t.after(() => server.stop());
  return { server, url: server.url ?? "" };
}

function giving(jpeg: Uint8Array): ManualSource {
  const source = new ManualSource();
  source.give(jpeg);
  return source;
}

/** Pictures of a mosaic, until the test is over. */
async function watch(t: TestContext, url: string, query = ""): Promise<AsyncGenerator<Uint8Array>> {
  const leave = new AbortController();
  t.after(() => leave.abort());
  const answer = await fetch(`${url}mosaic.mjpeg${query}`, { signal: leave.signal });
  assert.equal(answer.status, 200);
  assert.ok(answer.body);
  return frames(answer.body, answer.headers.get("content-type"));
}

/** The first picture that is as wanted. */
async function first(
  pictures: AsyncIterator<Uint8Array>,
  isWanted: (colours: (x: number, y: number) => Rgb) => boolean,
): Promise<Uint8Array> {
  for (let count = 0; count < 100; count++) {
    const { value } = (await pictures.next()) as { value: Uint8Array | undefined };
    assert.ok(value, "the mosaic has ended");
    if (isWanted(await coloursOf(value))) return value;
  }
  throw new Error("no picture as wanted among 100");
}

async function snapshotOf(url: string, query: string): Promise<Uint8Array> {
  const answer = await fetch(`${url}mosaic.jpg${query}`);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("content-type"), "image/jpeg");
  return new Uint8Array(await answer.arrayBuffer());
}

test("a mosaic shows every stream in a cell, whole, on black, with its name", async (t) => {
  const { url } = await running(t, {
    red: giving(await picture("jpeg", 640, 360, RED)),
    square: giving(await picture("jpeg", 300, 300, GREEN)),
    blue: giving(await picture("jpeg", 64, 36, BLUE)),
  });

  const jpeg = await snapshotOf(url, "?width=642");

  const { width, height } = await pixelsOf(jpeg);
  assert.deepEqual({ width, height }, { width: 642, height: 362 }); // two cells of 320x180 and a gap of 2 each way
  const at = await coloursOf(jpeg);
  const seen = [
    [at(160, 60), RED],
    [at(5, 5), RED],
    [at(322 + 160, 60), GREEN],
    [at(322 + 40, 60), BLACK], // beside the square one
    [at(160, 182 + 60), BLUE],
    [at(322 + 160, 182 + 60), BLACK], // the cell that is left
  ] as const;
  for (const [colour, wanted] of seen)
    assert.ok(looksLike(colour, wanted), `${colour.join()} for ${wanted.join()}`);
  const label = Array.from({ length: 40 }, (_, x) => at(x, 172)).some(([r, g]) => r > 150 && g > 150);
  assert.ok(label, "no light letters at the bottom of the red cell");
});

test("streams stand in the order asked for, in as many columns", async (t) => {
  const { url } = await running(t, {
    red: giving(await picture("jpeg", 640, 360, RED)),
    blue: giving(await picture("jpeg", 640, 360, BLUE)),
  });

  const jpeg = await snapshotOf(url, "?streams=blue,red,blue&columns=1&width=160");

  const { width, height } = await pixelsOf(jpeg);
  assert.deepEqual({ width, height }, { width: 160, height: 272 });
  const at = await coloursOf(jpeg);
  for (const [y, colour] of [
    [20, BLUE],
    [111, RED],
    [202, BLUE],
  ] as const) {
    assert.ok(looksLike(at(80, y), colour), `${at(80, y).join()} at ${y}`);
  }
});

test("a mosaic shows new pictures, and its streams sleep when its last viewer has left", async (t) => {
  const red = giving(await picture("jpeg", 640, 360, RED));
  const blue = giving(await picture("jpeg", 640, 360, BLUE));
  const { server, url } = await running(t, { red, blue });
  const isRed = (colour: Rgb) => looksLike(colour, RED);

  const pictures = await watch(t, url, "?width=642&fps=30");
  await first(pictures, (at) => isRed(at(160, 60)) && looksLike(at(482, 60), BLUE));
  const [viewer] = server.viewers;
  red.give(await picture("jpeg", 640, 360, GREEN));
  await first(pictures, (at) => looksLike(at(160, 60), GREEN) && looksLike(at(482, 60), BLUE));
  await pictures.return(undefined);

  assert.equal(viewer?.stream, "mosaic");
  await until(() => red.open === 0 && blue.open === 0, "both sources to be closed");
  assert.equal(server.viewers.length, 0);
});

test("a lost camera shows as its placeholder, the others go on", async (t) => {
  const lost = giving(await picture("jpeg", 640, 360, RED));
  const well = giving(await picture("jpeg", 640, 360, BLUE));
  const { server, url } = await running(t, { lost, well });

  const pictures = await watch(t, url, "?width=642&fps=30");
  await first(pictures, (at) => looksLike(at(10, 10), RED));
  lost.give(new SourceError("ERR_CAMERA_LOST", "the camera was unplugged", { retryable: false }));
  const isDimmed = ([r, g, b]: Rgb) => r < 120 && r > g && r > b;
  await first(pictures, (at) => isDimmed(at(10, 10)) && looksLike(at(482, 60), BLUE));
  well.give(await picture("jpeg", 640, 360, GREEN));
  await first(pictures, (at) => isDimmed(at(10, 10)) && looksLike(at(482, 60), GREEN));

  assert.equal(server.streams[0]?.state, "failed");
});

test("a stream that ends becomes a dark cell with words", async (t) => {
  const ended = giving(await picture("jpeg", 640, 360, RED));
  const { url } = await running(t, {
    ended,
    well: giving(await picture("jpeg", 64, 36, BLUE)),
  });

  const pictures = await watch(t, url, "?width=642&fps=30");
  await first(pictures, (at) => looksLike(at(10, 10), RED));
  ended.give("end");
  await first(pictures, (at) => looksLike(at(10, 10), DARK) && looksLike(at(482, 60), BLUE));
});

test("a mosaic ends after as many pictures as asked for, and with the server", async (t) => {
  const moving = new ManualSource();
  for (let side = 0; side < 20; side++) moving.give(await picture("jpeg", 64 + side, 64, RED));
  const { server, url } = await running(t, { moving });

  const counted = await watch(t, url, "?frames=1");
  const endless = await watch(t, url, "?width=320");
  let count = 0;
  for await (const jpeg of counted) count += jpeg.length > 0 ? 1 : 0;
  await endless.next();
  await server.stop();
  for await (const jpeg of endless) assert.ok(jpeg.length > 0);

  assert.ok(count >= 1 && count <= 2, `${count} pictures`); // the last one comes once more with the end
});

test("equal mosaics are one, at most eight different ones are shown", async (t) => {
  const { url } = await running(t, { red: giving(await picture("jpeg", 64, 36, RED)) });

  const eight = [];
  for (let index = 0; index < 8; index++) eight.push(await watch(t, url, `?width=${200 + index}`));
  for (const pictures of eight) await pictures.next();
  const ninth = await fetch(`${url}mosaic.mjpeg?width=300`);
  const equal = await watch(t, url, "?width=200");
  const shared = (await equal.next()).value as Uint8Array;
  await eight[7]?.return(undefined);
  await until(async () => {
    const answer = await fetch(`${url}mosaic.mjpeg?width=300&frames=1`);
    await answer.arrayBuffer();
    return answer.status === 200;
  }, "room for another");

  assert.equal(ninth.status, 503);
  assert.equal(ninth.headers.get("retry-after"), "1");
  assert.match(await ninth.text(), /already shows 8 different mosaics/);
  assert.equal((await pixelsOf(shared)).width, 200);
});

test("parameters that cannot be are refused with what may stand there", async (t) => {
  const { url } = await running(t, { red: new ManualSource() });
  const many = Array.from({ length: 37 }, () => "red").join(",");
  const refused: readonly (readonly [string, number, RegExp])[] = [
    ["streams=", 400, /streams must be 1 to 36 names .* got none/],
    [`streams=${many}`, 400, /streams must be 1 to 36 names .* got 37/],
    ["streams=red,attic", 404, /no stream "attic" .*\(there are: red\)/],
    ["streams=red,,red", 404, /no stream ""/],
    ["streams=%3Csvg%3E%0a", 404, /no stream "<svg>\\n"/],
    [`streams=${"x".repeat(9_000)}`, 404, /no stream "x{64}"/],
    ["columns=0", 400, /columns must be an integer from 1 to 6/],
    ["columns=7", 400, /columns must be an integer from 1 to 6/],
    ["columns=two", 400, /columns .* got "two"/],
    ["width=159", 400, /width must be an integer from 160 to 3840 \(pixels\)/],
    ["width=1e9", 400, /width/],
    ["width=99999999999999999999", 400, /width/],
    ["fps=0", 400, /fps must be a number from 0.1 to 30/],
    ["fps=31", 400, /fps/],
    ["quality=101", 400, /quality must be an integer from 1 to 100/],
  ];

  for (const file of ["mosaic.mjpeg", "mosaic.jpg"]) {
    for (const [query, status, sentence] of refused) {
      const answer = await fetch(`${url}${file}?${query}`);

      assert.match(await answer.text(), sentence, query);
      assert.equal(answer.status, status, query);
    }
  }
  const frame = await fetch(`${url}mosaic.mjpeg?frames=0`);
  assert.match(await frame.text(), /frames must be an integer/);
});

test("the key of the server is asked for", async (t) => {
  const { url } = await running(t, { red: new ManualSource() }, { key: "key-of-this-test" });

  for (const file of ["mosaic.mjpeg", "mosaic.jpg"]) {
    const answer = await fetch(`${url}${file}`);
    await answer.arrayBuffer();
    assert.equal(answer.status, 401);
  }
});

test("without sharp a mosaic is answered 503 with what to install", async (t) => {
  const env = { NODE_OPTIONS: `--import=${withoutPackage("sharp")}` };
  const { url } = await Command.serve(t, ["door=push:"], env);

  for (const file of ["mosaic.mjpeg", "mosaic.jpg"]) {
    const answer = await fetch(`${url}/${file}`);

    assert.match(await answer.text(), /sharp is not installed.*npm install sharp/);
    assert.equal(answer.status, 503);
  }
});
