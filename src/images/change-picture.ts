import type { Frame } from "../core/frame.ts";
import type { Variant } from "../core/variant.ts";
import { loadSharp } from "./sharp.ts";

const QUALITY = 80;
/** Most pixels of a picture that is changed: those of 8K. */
const MOST_PIXELS = 7_680 * 4_320;
const FITS = { contain: "inside", cover: "cover", stretch: "fill" } as const;

/**
 * The picture of a frame in a variant, decoded, changed and encoded off the main thread.
 * @throws MjpegError `ERR_MODULE_MISSING` where sharp is not installed; what sharp throws at a picture it cannot decode.
 */
export async function changePicture(frame: Frame, variant: Variant): Promise<Uint8Array> {
  const sharp = await loadSharp();
  const { width, height, fit = "contain", enlarge } = variant;
  return sharp(frame.jpeg, { limitInputPixels: MOST_PIXELS, failOn: "none" })
    .autoOrient()
    .resize({
      ...(width === undefined ? {} : { width }),
      ...(height === undefined ? {} : { height }),
      fit: FITS[fit],
      withoutEnlargement: enlarge !== true,
    })
    .jpeg({ quality: variant.quality ?? QUALITY, optimiseCoding: false })
    .toBuffer();
}
