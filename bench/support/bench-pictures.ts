import { existsSync, readdirSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import sharp from "sharp";

/** Size of the pictures. */
export const PICTURE_SIZE = { width: 1280, height: 720 } as const;

/** As many different ones, two seconds of video. */
const COUNT = 60;

/** Of the 0 to 255 that a pixel has: makes a picture of this size and quality about 45 KB. */
const NOISE = 9;
const QUALITY = 75;

/** Pictures on the disk. */
export interface BenchPictures {
  readonly folder: string;
  /** Their paths, in the order in which sources show them. */
  readonly files: readonly string[];
}

/** The pictures that every server of a benchmark shows, each different, about 45 KB; drawn once a machine. */
export async function benchPictures(): Promise<BenchPictures> {
  const cache = path.join(os.tmpdir(), `kinora-load-${os.userInfo().uid}`);
  const folder = path.join(cache, `pictures-${COUNT}-${NOISE}-${QUALITY}`);
  if (!existsSync(folder)) await drawAll(folder);
  const files = readdirSync(folder).sort();
  return { folder, files: files.map((file) => path.join(folder, file)) };
}

async function drawAll(folder: string): Promise<void> {
  await mkdir(path.dirname(folder), { recursive: true });
  const draft = await mkdtemp(`${folder}.`);
  for (let number = 0; number < COUNT; number++) {
    await writeFile(path.join(draft, `${String(number).padStart(4, "0")}.jpg`), await draw(number));
  }
  // Whoever is second finds the name taken, by the same pictures.
  await rename(draft, folder).catch(() => rm(draft, { recursive: true, force: true }));
}

function draw(number: number): Promise<Uint8Array> {
  const { width, height } = PICTURE_SIZE;
  const pixels = Buffer.alloc(width * height * 3, 60 + number * 2);
  let random = number + 1;
  for (let at = 0; at < pixels.length; at += 3) {
    random = (Math.imul(random, 1_664_525) + 1_013_904_223) | 0;
    pixels.fill((pixels[at] ?? 0) + ((random >>> 24) % NOISE), at, at + 3);
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: QUALITY, optimiseCoding: false })
    .toBuffer();
}
