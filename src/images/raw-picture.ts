/** Pixels of a picture: three bytes each, red, green, blue, rows from the top without padding. */
export interface RawPicture {
  /** Pixels across. */
  readonly width: number;
  /** Pixels down. */
  readonly height: number;
  /** `width * height * 3` bytes. */
  readonly pixels: Uint8Array;
}

/** A rectangle in whole pixels. */
export interface Box {
  /** Pixels from the left edge. */
  readonly x: number;
  /** Pixels from the top edge. */
  readonly y: number;
  /** Pixels across. */
  readonly width: number;
  /** Pixels down. */
  readonly height: number;
}

/** Bytes a pixel. */
export const CHANNELS = 3;

/** Copies the box `from` of one picture to (`x`, `y`) of another. What would fall outside of the target is cut off. */
export function copyBox(source: RawPicture, from: Box, target: RawPicture, x: number, y: number): void {
  const left = Math.max(0, -x);
  const right = Math.min(from.width, target.width - x);
  const bottom = Math.min(from.height, target.height - y);
  for (let row = Math.max(0, -y); row < bottom && left < right; row++) {
    const start = ((from.y + row) * source.width + from.x + left) * CHANNELS;
    const at = ((y + row) * target.width + x + left) * CHANNELS;
    target.pixels.set(source.pixels.subarray(start, start + (right - left) * CHANNELS), at);
  }
}

/** Fills a box with one shade of grey, 0–255. */
export function fillBox(target: RawPicture, { x, y, width, height }: Box, grey: number): void {
  for (let row = y; row < y + height; row++) {
    const at = (row * target.width + x) * CHANNELS;
    target.pixels.fill(grey, at, at + width * CHANNELS);
  }
}

/** Lays a colour over one pixel, as much of it as `cover` says (0–1). Pixels outside of the picture are passed over. */
export function blendPixel(target: RawPicture, x: number, y: number, colour: Colour, cover: number): void {
  if (x < 0 || y < 0 || x >= target.width || y >= target.height) return;
  const at = (y * target.width + x) * CHANNELS;
  for (let channel = 0; channel < CHANNELS; channel++) {
    const below = target.pixels[at + channel] ?? 0;
    target.pixels[at + channel] = below + ((colour[channel] ?? 0) - below) * cover;
  }
}

/** Red, green and blue, each 0–255. */
export type Colour = readonly [number, number, number];
