import type { MosaicLayout } from "./mosaic-layout.ts";
import { paintLabel, paintWords } from "./mosaic-texts.ts";
import { CHANNELS, copyBox, type Box, type RawPicture } from "./raw-picture.ts";
import { loadSharp, type Sharp } from "./sharp.ts";

/** Most pixels of a picture that is decoded for a cell: those of 8K. */
const MOST_PIXELS = 7_680 * 4_320;

/** Several pictures in one. Its pixels are kept, so that only cells that change are decoded and scaled. */
export interface MosaicCanvas {
  /**
   * Puts a picture into a cell, whole, on black, with the stream's name at the bottom.
   * @throws what sharp throws at a picture it cannot decode; the cell then stays as it is.
   */
  show(cell: number, jpeg: Uint8Array): Promise<void>;
  /** Makes a cell dark, with the stream's name and words. */
  tell(cell: number, words: string): Promise<void>;
  /** All of it as a JPEG of that quality, 1–100. Nothing may be put into a cell meanwhile. */
  encode(quality: number): Promise<Uint8Array>;
}

/**
 * An empty canvas. Its pictures are decoded, scaled and encoded off the main thread.
 * @param names of the streams, one a cell
 * @throws MjpegError `ERR_MODULE_MISSING` where sharp is not installed.
 */
export async function openMosaic(layout: MosaicLayout, names: readonly string[]): Promise<MosaicCanvas> {
  const sharp = await loadSharp();
  const { width, height } = layout;
  const canvas: RawPicture = { width, height, pixels: new Uint8Array(width * height * CHANNELS) };
  const put = (picture: RawPicture, x: number, y: number) =>
    copyBox(picture, { ...picture, x: 0, y: 0 }, canvas, x, y);
  const cells = await Promise.all(
    layout.cells.map(async (box, index) => {
      const name = names[index] ?? "";
      return { box, name, label: await paintLabel(sharp, name, box) };
    }),
  );
  const cellAt = (index: number) => {
    const cell = cells[index];
    if (cell !== undefined) return cell;
    throw new RangeError(`a mosaic of ${cells.length} cells has no cell ${index}`);
  };
  return {
    async show(cell, jpeg) {
      const { box, label } = cellAt(cell);
      put(await fitted(sharp, jpeg, box), box.x, box.y);
      if (label !== undefined) put(label, box.x, box.y + box.height - label.height);
    },
    async tell(cell, words) {
      const { box, name } = cellAt(cell);
      put(await paintWords(sharp, name, words, box), box.x, box.y);
    },
    encode: (quality) =>
      sharp(canvas.pixels, { raw: { width, height, channels: CHANNELS }, limitInputPixels: false })
        .jpeg({ quality, optimiseCoding: false })
        .toBuffer(),
  };
}

async function fitted(sharp: Sharp, jpeg: Uint8Array, { width, height }: Box): Promise<RawPicture> {
  const pixels = await sharp(jpeg, { limitInputPixels: MOST_PIXELS, failOn: "none" })
    .autoOrient()
    .resize(width, height, { fit: "contain", background: "#000" })
    .toColourspace("srgb")
    .removeAlpha()
    .raw()
    .toBuffer();
  if (pixels.length !== width * height * CHANNELS) throw new Error("a picture of other channels than three");
  return { width, height, pixels };
}
