import { MjpegError } from "../core/errors.ts";
import type { Frame } from "../core/frame.ts";
import { readJpegInfo } from "../core/jpeg-markers.ts";
import { DEFAULT_QUALITY, type Variant } from "../core/variant.ts";
import { writeCaption } from "./caption.ts";
import { localDate, localTime } from "./local-time.ts";
import { CHANNELS } from "./raw-picture.ts";
import { loadSharp, type Sharp } from "./sharp.ts";
import { layOut, type VariantLayout } from "./variant-layout.ts";

/** Most pixels of a picture that is changed: those of 8K. */
const MOST_PIXELS = 7_680 * 4_320;

/** Longest time a change may take, in seconds: some pictures are small and made to keep a decoder busy. */
const LONGEST_SECONDS = 10;

/**
 * The picture of a frame in a variant, decoded, changed and encoded off the main thread.
 * @throws MjpegError `ERR_MODULE_MISSING` where sharp is not installed, `ERR_IMAGE_INVALID` for a picture that cannot be
 *   decoded or has more pixels than 8K.
 */
export async function changePicture(frame: Frame, variant: Variant): Promise<Uint8Array> {
  const info = readJpegInfo(frame.jpeg);
  if (info === undefined) throw new MjpegError("ERR_IMAGE_INVALID", "it is no JPEG");
  if (info.width * info.height > MOST_PIXELS) {
    throw new MjpegError(
      "ERR_IMAGE_INVALID",
      `the picture has ${info.width}x${info.height} pixels, and only pictures of at most ${MOST_PIXELS} are changed`,
    );
  }
  const sharp = await loadSharp();
  try {
    return await changed(frame, variant, layOut(info, variant), sharp);
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    const why = what.replaceAll(/\s+/g, " ").replace(/\W+$/, "");
    throw new MjpegError("ERR_IMAGE_INVALID", `the picture cannot be changed: ${why}`, { cause: error });
  }
}

async function changed(
  frame: Frame,
  variant: Variant,
  layout: VariantLayout,
  sharp: Sharp,
): Promise<Uint8Array> {
  const { text, time, grey } = variant;
  const placed = place(frame.jpeg, layout, sharp);
  const output = { quality: variant.quality ?? DEFAULT_QUALITY, optimiseCoding: false };
  if (text === undefined && time === undefined && grey === undefined) return placed.jpeg(output).toBuffer();
  // In two steps, as sharp works on all pixels of the source's size where it is told to draw or to take colours away.
  const { data, info } = await placed.toColourspace("srgb").raw().toBuffer({ resolveWithObject: true });
  const pixels = info.channels === CHANNELS ? data : tripled(data);
  const { width, height } = info;
  const picture = { width, height, pixels };
  if (text !== undefined) await writeCaption(picture, text, "top", sharp);
  if (time !== undefined) await writeCaption(picture, timeOf(frame), "bottom", sharp);
  return sharp(pixels, { raw: { width, height, channels: CHANNELS } })
    .greyscale(grey === true)
    .jpeg(output)
    .toBuffer();
}

/** The pixels cut, scaled and turned. */
function place(jpeg: Uint8Array, { cut, scaled, cover, turn }: VariantLayout, sharp: Sharp) {
  // Motion JPEG of cheap cameras is often damaged a little: what can be decoded is shown, as browsers do.
  const picture = sharp(jpeg, { limitInputPixels: MOST_PIXELS, failOn: "none" });
  if (cut !== undefined) {
    picture.extract({ left: cut.x, top: cut.y, width: cut.width, height: cut.height });
  }
  // Asked for behind the scaling, the turn is made behind it, too.
  return picture
    .resize({ ...scaled, fit: cover ? "cover" : "fill" })
    .flop(turn.mirrored)
    .rotate(turn.quarters * 90)
    .timeout({ seconds: LONGEST_SECONDS });
}

function timeOf({ capturedAt }: Frame): string {
  const at = new Date(capturedAt);
  return `${localDate(at)} ${localTime(at)}`;
}

/** Pixels of one channel, as those of a picture without colours are, as pixels of three. */
function tripled(grey: Uint8Array): Uint8Array {
  const pixels = new Uint8Array(grey.length * CHANNELS);
  for (let at = 0; at < pixels.length; at++) pixels[at] = grey[Math.floor(at / CHANNELS)] ?? 0;
  return pixels;
}
