import { Kept } from "../core/kept.ts";
import { CHANNELS, type RawPicture } from "./raw-picture.ts";
import type { Sharp } from "./sharp.ts";
import { loadLettering, type Lettering } from "./svg-text.ts";
import { wrapText } from "./wrap-text.ts";

/** A piece of writing with its half-dark ground, ready to be laid over a picture: four bytes a pixel, the last its cover. */
interface Caption {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/** Height of an em as a share of the picture's size, and at least, in pixels: less cannot be read after JPEG. */
const EM_SHARE = 1 / 28;
const SMALLEST_EM = 10;

/** In ems. */
const LINE_HEIGHT = 1.35;
const PADDING = 0.5;
const NARROWEST = 4;

const MOST_LINES = 3;
/** How black the ground is: white on it can be read on a white picture, too (contrast 5.7 : 1). */
const GROUND_OPACITY = 0.6;

/**
 * Those of all streams. Three lines over 1920x1080 have 1.8 MB, over the largest picture 11 MB: such are drawn for each
 * frame. A time is not used any more when its second is over.
 */
const kept = new Kept<Caption | undefined>({
  mostBytes: 16_000_000,
  largestBytes: 2_000_000,
  unusedMs: 3_000,
  bytesOf: (caption) => caption?.pixels.length ?? 0,
  now: () => performance.now(),
});

/**
 * Writes a text over the top or the bottom of a picture, in letters of a size that fits it; over a picture that is too
 * small for any, nothing. Drawn once for each text and size of picture while it is used; of a frame, only the pixels behind
 * it are touched.
 */
export async function writeCaption(
  picture: RawPicture,
  text: string,
  edge: "top" | "bottom",
  sharp: Sharp,
): Promise<void> {
  const key = `${picture.width}x${picture.height} ${text}`;
  const caption = await kept.get(key, async () => draw(text, picture, await loadLettering(), sharp));
  if (caption !== undefined) lay(caption, picture, edge === "top" ? 0 : picture.height - caption.height);
}

async function draw(
  text: string,
  picture: RawPicture,
  lettering: Lettering,
  sharp: Sharp,
): Promise<Caption | undefined> {
  const em = Math.max(SMALLEST_EM, Math.sqrt(picture.width * picture.height) * EM_SHARE);
  const room = picture.width / em - 2 * PADDING;
  const most = Math.min(MOST_LINES, Math.floor((picture.height / 2 / em - PADDING) / LINE_HEIGHT));
  if (room < NARROWEST || most < 1) return undefined;
  const measure = (line: string) => lettering.width(line);
  const lines = wrapText(text, room, most, measure);
  if (lines.length === 0) return undefined;
  const width = Math.min(picture.width, Math.ceil((Math.max(...lines.map(measure)) + 2 * PADDING) * em));
  const height = Math.ceil((lines.length * LINE_HEIGHT + PADDING) * em);
  const drawn = lines.map((line, index) =>
    lettering.line(line, {
      x: PADDING * em,
      y: (PADDING / 2 + index * LINE_HEIGHT + 1) * em,
      size: em,
      fill: "#fff",
      anchor: "start",
    }),
  );
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">` +
    `<rect width="${width}" height="${height}" fill="#000" fill-opacity="${GROUND_OPACITY}"/>${drawn.join("")}</svg>`;
  const { data, info } = await sharp(Buffer.from(svg), { limitInputPixels: false, unlimited: true })
    .ensureAlpha()
    .toColourspace("srgb")
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, pixels: data };
}

function lay({ width, height, pixels }: Caption, picture: RawPicture, top: number): void {
  for (let row = 0; row < height; row++) {
    let from = row * width * 4;
    let to = (top + row) * picture.width * CHANNELS;
    for (let column = 0; column < width; column++, from += 4, to += CHANNELS) {
      const cover = pixels[from + 3] ?? 0;
      const below = 255 - cover;
      for (let channel = 0; channel < CHANNELS; channel++) {
        const over = (pixels[from + channel] ?? 0) * cover + (picture.pixels[to + channel] ?? 0) * below;
        picture.pixels[to + channel] = (over + 127) / 255;
      }
    }
  }
}
