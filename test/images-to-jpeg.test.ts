import assert from "node:assert/strict";
import test from "node:test";
import { crc32, deflateSync } from "node:zlib";
import { MjpegError } from "../src/core/errors.ts";
import { isWholeJpeg, readJpegInfo } from "../src/core/jpeg-markers.ts";
import { loadSharp } from "../src/images/sharp.ts";
import { toJpeg } from "../src/images/to-jpeg.ts";
import { looksLike, picture, pixelAt, type Rgb } from "./support/pictures.ts";

const teal: Rgb = [20, 140, 130];

/** Fails unless the promise is rejected as a damaged image, with a message that matches. */
async function refused(bytes: Uint8Array, message: RegExp): Promise<void> {
  await assert.rejects(toJpeg(bytes), (error) => {
    assert.ok(error instanceof MjpegError);
    assert.equal(error.code, "ERR_IMAGE_INVALID");
    assert.match(error.message, message);
    return true;
  });
}

/** A PNG whose head promises that size, and which holds next to nothing. */
function pngHead(width: number, height: number): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk("IHDR", head), chunk("IDAT", deflateSync(Buffer.alloc(99)))]);
}

function chunk(name: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, "latin1"), content]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

for (const format of ["png", "webp", "gif", "tiff", "avif"] as const) {
  test(`${format} becomes a JPEG of the same size and colour`, async () => {
    const jpeg = await toJpeg(await picture(format, 120, 80, teal));

    assert.ok(isWholeJpeg(jpeg));
    assert.deepEqual([readJpegInfo(jpeg)?.width, readJpegInfo(jpeg)?.height], [120, 80]);
    assert.ok(looksLike(await pixelAt(jpeg, 60, 40), teal));
  });
}

test("of an animation the first picture is taken", async () => {
  const sharp = await loadSharp();
  const frames = await Promise.all([
    picture("png", 32, 32, [220, 0, 0]),
    picture("png", 32, 32, [0, 0, 220]),
  ]);
  const gif = await sharp(frames, { join: { animated: true } })
    .gif()
    .toBuffer();

  const jpeg = await toJpeg(gif);

  assert.equal(readJpegInfo(jpeg)?.height, 32);
  assert.ok(looksLike(await pixelAt(jpeg, 16, 16), [220, 0, 0]));
});

test("what is transparent becomes white", async () => {
  const sharp = await loadSharp();
  const png = await sharp({
    create: { width: 32, height: 32, channels: 4, background: { r: 200, g: 0, b: 0, alpha: 0 } },
  })
    .png()
    .toBuffer();

  const jpeg = await toJpeg(png);

  assert.ok(looksLike(await pixelAt(jpeg, 16, 16), [255, 255, 255]));
});

test("a picture that lies on its side is stood up", async () => {
  const sharp = await loadSharp();
  const lying = await sharp({ create: { width: 120, height: 80, channels: 3, background: "#888" } })
    .webp()
    .withMetadata({ orientation: 6 })
    .toBuffer();

  const info = readJpegInfo(await toJpeg(lying));

  assert.deepEqual([info?.width, info?.height, info?.orientation], [80, 120, 1]);
});

test("16 bit, grey, palette and CMYK images become pictures that browsers show", async () => {
  const sharp = await loadSharp();
  const base = sharp({ create: { width: 64, height: 64, channels: 3, background: "#808080" } });
  const images = {
    "16 bit": await base.clone().toColourspace("rgb16").png().toBuffer(),
    grey: await base.clone().greyscale().png().toBuffer(),
    palette: await base.clone().png({ palette: true }).toBuffer(),
    cmyk: await base.clone().toColourspace("cmyk").tiff().toBuffer(),
  };

  for (const [kind, image] of Object.entries(images)) {
    const jpeg = await toJpeg(image);

    assert.ok(looksLike(await pixelAt(jpeg, 32, 32), [128, 128, 128], 20), kind);
  }
});

test("a picture longer than decoders take is scaled down", async () => {
  const jpeg = await toJpeg(await picture("png", 20_000, 40, teal));

  assert.equal(readJpegInfo(jpeg)?.width, 16_384);
});

test("half an image, an empty one and other files are refused with the reason", async () => {
  const png = await picture("png", 200, 200, teal);

  await refused(png.subarray(0, png.length / 2), /cannot be decoded/);
  await refused(new Uint8Array(0), /not a PNG/);
  await refused(Buffer.from("hello, I am not a picture"), /not a PNG/);
  await refused(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'), /not a PNG/);
  await refused(Buffer.alloc(1_000, 0xff), /not a PNG/);
});

test("an image of too many pixels or bytes is refused before it is decoded", async () => {
  const startedAt = performance.now();

  await refused(pngHead(20_000, 20_000), /pixel limit/);
  await refused(Buffer.alloc(64 * 1024 * 1024 + 1), /too large/);

  assert.ok(performance.now() - startedAt < 2_000);
});
