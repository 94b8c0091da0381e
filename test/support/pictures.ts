import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { loadSharp } from "../../src/images/sharp.ts";

/** Red, green and blue, 0–255. */
export type Rgb = readonly [number, number, number];

/** Formats that the tests make pictures in. */
export type Format = "jpeg" | "png" | "webp" | "gif" | "tiff" | "avif";

/** A picture of one colour. */
export async function picture(
  format: Format,
  width: number,
  height: number,
  [r, g, b]: Rgb,
): Promise<Buffer> {
  const sharp = await loadSharp();
  const image = sharp({ create: { width, height, channels: 3, background: { r, g, b } } });
  return image.toFormat(format, format === "avif" ? { effort: 0 } : {}).toBuffer();
}

/** A square JPEG of so many pixels that no encoder can make small. */
export async function noise(side: number): Promise<Buffer> {
  const sharp = await loadSharp();
  return sharp(randomBytes(side * side), { raw: { width: side, height: side, channels: 1 } })
    .jpeg()
    .toBuffer();
}

/** A picture drawn from an SVG. */
export async function drawn(format: Format, svg: string): Promise<Buffer> {
  const sharp = await loadSharp();
  return sharp(Buffer.from(svg)).toFormat(format).toBuffer();
}

/** The pixels of a picture, four bytes each, upright, scaled to `width` where that is given. */
export async function pixelsOf(
  bytes: Uint8Array,
  width?: number,
): Promise<{ rgba: Uint8Array; width: number; height: number }> {
  const sharp = await loadSharp();
  const { data, info } = await sharp(bytes)
    .autoOrient()
    .resize(width === undefined ? {} : { width })
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { rgba: data, width: info.width, height: info.height };
}

/** Colour of one pixel. */
export async function pixelAt(bytes: Uint8Array, x: number, y: number): Promise<Rgb> {
  const { rgba, width } = await pixelsOf(bytes);
  const at = (y * width + x) * 4;
  return [rgba[at] ?? -1, rgba[at + 1] ?? -1, rgba[at + 2] ?? -1];
}

/** The colour of each pixel of a picture. */
export async function coloursOf(jpeg: Uint8Array): Promise<(x: number, y: number) => Rgb> {
  const { rgba, width } = await pixelsOf(jpeg);
  return (x, y) => {
    const at = (y * width + x) * 4;
    return [rgba[at] ?? -1, rgba[at + 1] ?? -1, rgba[at + 2] ?? -1];
  };
}

/** Whether two colours look the same; JPEG changes them a little. */
export function looksLike(one: Rgb, other: Rgb, tolerance = 12): boolean {
  return one.every((value, channel) => Math.abs(value - (other[channel] ?? 0)) <= tolerance);
}

/** Whether two pictures are the same, byte for byte; assert.deepEqual takes minutes to tell how large ones differ. */
export function sameBytes(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  return one !== undefined && other !== undefined && Buffer.compare(one, other) === 0;
}

/** A folder that is removed after the test. */
export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "kinora-test-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
