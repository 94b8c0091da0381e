import assert from "node:assert/strict";
import test from "node:test";
import { isWholeJpeg, readJpegInfo } from "../src/core/jpeg-markers.ts";
import { paintPlaceholder, plainPlaceholder, type PlaceholderOptions } from "../src/images/placeholder.ts";
import { loadSharp } from "../src/images/sharp.ts";
import { makeTestCard } from "../src/images/test-card.ts";
import { looksLike, picture, pixelAt, pixelsOf, sameBytes, type Rgb } from "./support/pictures.ts";
import { readCard } from "./support/read-card.ts";
import { runWithout } from "./support/without-package.ts";

const notice = {
  title: "front door",
  state: "down",
  reason: "camera /dev/video0 is gone; plug it in again",
  since: new Date(2025, 0, 31, 13, 5, 9).getTime(),
} as const satisfies Partial<PlaceholderOptions>;

const endless =
  "folder /home/anna/Pictures/the-best-pictures-of-the-year cannot be read: permission denied; ".repeat(9);

/** Mean difference of two pictures of one size, 0–255. */
async function meanDifference(one: Uint8Array, other: Uint8Array): Promise<number> {
  const [a, b] = [await pixelsOf(one), await pixelsOf(other)];
  assert.deepEqual([a.width, a.height], [b.width, b.height]);
  return a.rgba.reduce((sum, value, at) => sum + Math.abs(value - (b.rgba[at] ?? 0)), 0) / a.rgba.length;
}

for (const [width, height] of [
  [320, 240],
  [1280, 720],
  [720, 1280],
  [1920, 200],
  [200, 1000],
  [37, 1999],
  [64, 48],
  [1, 1],
] as const) {
  test(`a placeholder of ${width}x${height} has the stream's size, with and without a last picture, whatever it says`, async () => {
    const last = await picture("jpeg", width, height, [200, 180, 60]);

    for (const more of [{}, { last }, { reason: endless, title: endless }, { reason: "", title: "" }]) {
      const jpeg = await paintPlaceholder({ width, height, ...notice, ...more });

      assert.ok(isWholeJpeg(jpeg));
      assert.deepEqual([readJpegInfo(jpeg)?.width, readJpegInfo(jpeg)?.height], [width, height]);
    }
  });
}

test("the last picture is to be recognised behind the card, darker and with less colour", async () => {
  const last = await picture("jpeg", 640, 480, [240, 40, 40]);

  const jpeg = await paintPlaceholder({ last, width: 640, height: 480, ...notice });

  const [red, green, blue] = await pixelAt(jpeg, 5, 5);
  assert.ok(red > 50 && red < 120, `red ${red}`);
  assert.ok(red > green * 1.5 && red > blue * 1.5, "still red");
  const card = await pixelAt(jpeg, 320, 240);
  assert.ok(Math.max(...card) < 40 || Math.min(...card) > 150, "the card, dark, or its text");
});

test("the number of a test card is not read from its dimmed picture", async () => {
  const card = await makeTestCard({ width: 640, height: 480, fps: 30, title: "a" });
  const last = await card.paint(5, notice.since);

  const { rgba, width, height } = await pixelsOf(
    await paintPlaceholder({ last, width: 640, height: 480, ...notice }),
  );

  assert.equal(readCard(rgba, width, height), undefined);
});

test("title, reason and time are in the picture, and starting looks different from being down", async () => {
  const paint = (change: Partial<PlaceholderOptions>) =>
    paintPlaceholder({ width: 320, height: 240, ...notice, ...change });
  const first = await paint({});

  for (const change of [
    { title: "back door" },
    { reason: "camera /dev/video0 is gone; plug it in again!!" },
    { since: notice.since + 3_600_000 },
    { state: "starting" },
  ] as const) {
    assert.ok(!sameBytes(await paint(change), first), JSON.stringify(change));
  }
  assert.ok(sameBytes(await paint({}), first));
});

test("for each EXIF orientation the size as stored stays, and picture and card stand upright", async () => {
  const sharp = await loadSharp();
  // As stored: a band at the left, so that each orientation shows it elsewhere.
  const stored = sharp({ create: { width: 480, height: 320, channels: 3, background: "#c8c8c8" } }).composite(
    [{ input: { create: { width: 80, height: 320, channels: 3, background: "#282828" } }, left: 0, top: 0 }],
  );

  for (const orientation of [1, 2, 3, 4, 5, 6, 7, 8]) {
    const last = await stored.clone().jpeg().withMetadata({ orientation }).toBuffer();
    const upright = await sharp(last).autoOrient().jpeg({ quality: 95 }).toBuffer();
    const { width, height } = await sharp(upright).metadata();

    const jpeg = await paintPlaceholder({ last, width: 480, height: 320, ...notice });

    const info = readJpegInfo(jpeg);
    assert.deepEqual([info?.width, info?.height, info?.orientation], [480, 320, orientation]);
    const expected = await paintPlaceholder({ last: upright, width, height, ...notice });
    assert.ok((await meanDifference(jpeg, expected)) < 3, `orientation ${orientation}`);
  }
});

test("grey, CMYK and progressive last pictures are dimmed like any other", async () => {
  const sharp = await loadSharp();
  const base = sharp({ create: { width: 320, height: 240, channels: 3, background: "#c86432" } });
  const lasts = {
    grey: await base.clone().greyscale().jpeg().toBuffer(),
    cmyk: await base.clone().toColourspace("cmyk").jpeg().toBuffer(),
    progressive: await base.clone().jpeg({ progressive: true }).toBuffer(),
  };

  for (const [kind, last] of Object.entries(lasts)) {
    const jpeg = await paintPlaceholder({ last, width: 320, height: 240, ...notice });

    const corner = await pixelAt(jpeg, 3, 3);
    assert.ok(Math.max(...corner) > 30 && Math.max(...corner) < 110, `${kind}: ${corner.join()}`);
    assert.equal((await sharp(jpeg).metadata()).space, "srgb", kind);
  }
});

test("a last picture of another size fills the stream's size, one that is damaged is left out", async () => {
  const ground = await pixelAt(await paintPlaceholder({ width: 320, height: 240, ...notice }), 3, 3);
  const small = await picture("jpeg", 64, 48, [250, 250, 250]);

  const filled = await paintPlaceholder({ last: small, width: 320, height: 240, ...notice });
  const none = await paintPlaceholder({ last: small.subarray(0, 200), width: 320, height: 240, ...notice });
  const rubbish = await paintPlaceholder({
    last: Buffer.alloc(9_999, 7),
    width: 320,
    height: 240,
    ...notice,
  });

  for (const [x, y] of [
    [3, 3],
    [316, 236],
  ] as const) {
    assert.ok(looksLike(await pixelAt(filled, x, y), [105, 105, 105]), "white, dimmed");
  }
  assert.ok(looksLike(await pixelAt(none, 3, 3), ground));
  assert.ok(looksLike(await pixelAt(rubbish, 3, 3), ground));
});

test("more than 33 million pixels are neither decoded nor painted", async () => {
  const sharp = await loadSharp();
  const background = "#fafafa";
  const last = await sharp({ create: { width: 6_000, height: 6_000, channels: 3, background } })
    .jpeg()
    .toBuffer();
  const small = await picture("jpeg", 64, 48, [250, 250, 250]);
  const without = await paintPlaceholder({ width: 320, height: 240, ...notice });

  const behind = await paintPlaceholder({ last, width: 320, height: 240, ...notice });
  const painted = await paintPlaceholder({ last: small, width: 6_000, height: 6_000, ...notice });

  assert.ok(sameBytes(behind, without));
  assert.ok(sameBytes(painted, await plainPlaceholder()));
});

test("placeholders that are wanted at once are painted one after another", async () => {
  const sharp = await loadSharp();
  const last = await picture("jpeg", 1280, 720, [90, 120, 200]);
  let isOver = false;
  let most = 0;
  const watch = (): void => {
    const { queue, process } = sharp.counters();
    most = Math.max(most, queue + process);
    if (!isOver) setImmediate(watch);
  };
  watch();

  const one = () => paintPlaceholder({ last, width: 1280, height: 720, ...notice });
  const all = await Promise.all(Array.from({ length: 6 }, one));
  isOver = true;

  assert.equal(all.length, 6);
  // One may still be counted when the next has begun; all at once they would be six.
  assert.ok(most <= 2, `${most} at once`);
});

test("without sharp a placeholder is the plain picture that comes with Kinora", async () => {
  const program = `
    const { paintPlaceholder } = await import(${JSON.stringify(new URL("../src/images/placeholder.ts", import.meta.url))});
    const { toJpeg } = await import(${JSON.stringify(new URL("../src/images/to-jpeg.ts", import.meta.url))});
    const jpeg = await paintPlaceholder(${JSON.stringify({ width: 320, height: 240, ...notice })});
    const error = await toJpeg(Buffer.from("\\x89PNG\\r\\n\\x1a\\n0000", "latin1")).catch((error) => error);
    console.log(JSON.stringify({ jpeg: Buffer.from(jpeg).toString("base64"), code: error.code, message: error.message }));`;

  const stdout = await runWithout("sharp", program);

  const { jpeg, code, message } = JSON.parse(stdout) as { jpeg: string; code: string; message: string };
  const plain = await plainPlaceholder();
  assert.ok(isWholeJpeg(plain));
  assert.ok(sameBytes(Buffer.from(jpeg, "base64"), plain));
  assert.equal(code, "ERR_MODULE_MISSING");
  assert.match(message, /npm install sharp/);
});

test("a placeholder is painted beside the event loop, not in it", async () => {
  const last = await picture("jpeg", 1920, 1080, [90, 120, 200] satisfies Rgb);
  await paintPlaceholder({ last, width: 1920, height: 1080, ...notice });
  const before = performance.eventLoopUtilization();

  await paintPlaceholder({ last, width: 1920, height: 1080, ...notice });

  const { active, idle } = performance.eventLoopUtilization(before);
  assert.ok(
    active < idle,
    `the event loop was busy for ${active.toFixed(1)} ms and free for ${idle.toFixed(1)} ms`,
  );
});
