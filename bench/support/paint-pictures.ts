// Pictures whose number can be read off a screen, at any scale: a frame of one colour, to find them, and across their
// middle a few large cells, each bit white or black and beside it the opposite.
import { fillBox, type RawPicture } from "../../src/images/raw-picture.ts";
import { loadSharp } from "../../src/images/sharp.ts";
import type { Pixels } from "./paint-screen.ts";

/** Where a picture stands on a screen, in pixels. */
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** As much as the peers were measured with. */
const SIZE = { width: 1280, height: 720 };
const BITS = 6;
/** So many different pictures there are; their numbers begin again behind the last one. */
export const PICTURES: number = 2 ** BITS;
const FRAME = SIZE.height / 30;
const FRAME_COLOUR = [230, 0, 230] as const;
/** Gives about 45 KB with this much noise. */
const QUALITY = 60;

/** Every picture there is, as JPEGs of 1280x720 and about 45 KB. */
export async function paintPictures(): Promise<Buffer[]> {
  const scene = await paintScene();
  const numbers = Array.from({ length: PICTURES }, (_, number) => number);
  return Promise.all(numbers.map((number) => paintNumber(scene, number)));
}

/** Finds the picture by its frame; undefined while there is none. */
export function findPicture({ bgrx, width, height }: Pixels): Place | undefined {
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 4;
      if ((bgrx[at] ?? 0) < 190 || (bgrx[at + 1] ?? 255) > 60 || (bgrx[at + 2] ?? 0) < 190) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
  }
  const place = { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
  // Half a picture may stand there while the page is still being put together.
  const isWhole = Math.abs(place.width / place.height / (SIZE.width / SIZE.height) - 1) < 0.02;
  return right > left && isWhole ? place : undefined;
}

/** The one row of pixels that {@link readNumber} needs. */
export function rowOf({ x, y, width, height }: Place): Place {
  return { x, y: y + Math.floor(height / 2), width, height: 1 };
}

/** The number in that row; undefined when it is not one whole picture of ours that stands there. */
export function readNumber({ bgrx, width }: Pixels): number | undefined {
  let number = 0;
  for (let bit = 0; bit < BITS; bit++) {
    const [one, other] = [0, 1].map((half) => {
      const x = Math.floor(cellCentre(2 * bit + half) * width);
      return bgrx[x * 4 + 1] ?? 128;
    });
    if (one === undefined || other === undefined || Math.abs(one - other) < 120) return undefined;
    number = number * 2 + (one > other ? 1 : 0);
  }
  return number;
}

/** As a share of the width; the cells stand inside the frame. */
function cellCentre(cell: number): number {
  return (FRAME + ((cell + 0.5) * (SIZE.width - 2 * FRAME)) / (2 * BITS)) / SIZE.width;
}

async function paintScene(): Promise<RawPicture> {
  const sharp = await loadSharp();
  const noise = { type: "gaussian", mean: 128, sigma: 9 } as const;
  const inner = { width: SIZE.width - 2 * FRAME, height: SIZE.height - 2 * FRAME };
  const [r, g, b] = FRAME_COLOUR;
  const small = { width: inner.width / 8, height: inner.height / 8 };
  const rough = await sharp({ create: { ...round(small), channels: 3, background: "#888", noise } })
    .png()
    .toBuffer();
  const pixels = await sharp(rough)
    .resize({ ...round(inner), fit: "fill" })
    .extend({ top: FRAME, bottom: FRAME, left: FRAME, right: FRAME, background: { r, g, b } })
    .removeAlpha()
    .raw()
    .toBuffer();
  return { ...SIZE, pixels };
}

function round({ width, height }: { width: number; height: number }): { width: number; height: number } {
  return { width: Math.round(width), height: Math.round(height) };
}

async function paintNumber(scene: RawPicture, number: number): Promise<Buffer> {
  const sharp = await loadSharp();
  const picture = { ...SIZE, pixels: Uint8Array.from(scene.pixels) };
  const width = Math.floor((SIZE.width - 2 * FRAME) / (2 * BITS));
  const height = Math.floor(SIZE.height / 6);
  const y = Math.floor((SIZE.height - height) / 2);
  for (let cell = 0; cell < 2 * BITS; cell++) {
    const isSet = ((number >> (BITS - 1 - (cell >> 1))) & 1) === 1;
    const x = Math.round(cellCentre(cell) * SIZE.width - width / 2);
    fillBox(picture, { x, y, width, height }, isSet === (cell % 2 === 0) ? 255 : 0);
  }
  return sharp(picture.pixels, { raw: { ...SIZE, channels: 3 } })
    .jpeg({ quality: QUALITY, optimiseCoding: false })
    .toBuffer();
}
