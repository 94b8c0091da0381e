import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import sharp from "sharp";
import { PICTURE_SIZE } from "./bench-pictures.ts";

const COUNT = 15;
/** As many pixels has what is seen, and so strong it is: like a photograph, coarse things stronger than fine ones. */
const DETAILS = [
  { pixels: 2, strength: 1.2 },
  { pixels: 4, strength: 2 },
  { pixels: 8, strength: 3 },
  { pixels: 24, strength: 24 },
  { pixels: 80, strength: 70 },
] as const;
/** Makes them about 46 KB. */
const QUALITY = 75;

/**
 * Pictures with details of all sizes, about 46 KB each, drawn once a machine: those of noise alone shrink to nothing when
 * they are made smaller, as no camera's do. Returns their folder.
 */
export async function scenePictures(): Promise<string> {
  const cache = path.join(os.tmpdir(), `kinora-load-${os.userInfo().uid}`);
  const folder = path.join(cache, `scenes-${COUNT}-${QUALITY}`);
  if (existsSync(folder)) return folder;
  await mkdir(cache, { recursive: true });
  const draft = await mkdtemp(`${folder}.`);
  for (let number = 0; number < COUNT; number++) {
    await writeFile(path.join(draft, `${String(number).padStart(4, "0")}.jpg`), await draw(number));
  }
  // Whoever is second finds the name taken, by the same pictures.
  await rename(draft, folder).catch(() => rm(draft, { recursive: true, force: true }));
  return folder;
}

async function draw(number: number): Promise<Uint8Array> {
  const { width, height } = PICTURE_SIZE;
  const pixels = new Int16Array(width * height).fill(128);
  for (const [at, detail] of DETAILS.entries()) {
    const layer = await grains(width, height, detail.pixels, 1 + number + 100 * at);
    layer.forEach(
      (value, index) => (pixels[index] = (pixels[index] ?? 0) + ((value - 128) * detail.strength) / 128),
    );
  }
  return sharp(Buffer.from(Uint8ClampedArray.from(pixels).buffer), { raw: { width, height, channels: 1 } })
    .toColourspace("srgb")
    .jpeg({ quality: QUALITY, optimiseCoding: false })
    .toBuffer();
}

/** Grey, in grains of that many pixels. */
function grains(width: number, height: number, pixels: number, seed: number): Promise<Buffer> {
  const size = { width: Math.ceil(width / pixels), height: Math.ceil(height / pixels) };
  let random = seed;
  const coarse = Buffer.from(
    Array.from({ length: size.width * size.height }, () => {
      random = (Math.imul(random, 1_664_525) + 1_013_904_223) | 0;
      return random >>> 24;
    }),
  );
  return sharp(coarse, { raw: { ...size, channels: 1 } })
    .resize(width, height, { fit: "fill", kernel: "cubic" })
    .toColourspace("b-w")
    .raw()
    .toBuffer();
}
