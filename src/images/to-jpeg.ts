import { MjpegError } from "../core/errors.ts";
import { loadSharp } from "./sharp.ts";

/** Most bytes of an image that is converted: 64 MiB. */
const MOST_BYTES = 64 * 1024 * 1024;

/** Most pixels of an image that is converted; decoded they take 400 MB. */
const MOST_PIXELS = 100_000_000;

/** Longest side of the JPEG in pixels; what is longer is scaled down. Decoders in browsers refuse more. */
const LONGEST_SIDE = 16_384;

/** Longest time a conversion may take, in seconds: some images are small and made to keep a decoder busy. */
const LONGEST_SECONDS = 20;

const QUALITY = 85;

/**
 * Converts a PNG, WebP, GIF (its first picture), TIFF or AVIF image to a JPEG: sRGB, upright, on white where it was
 * transparent. The work is done off the main thread.
 * @throws MjpegError `ERR_IMAGE_INVALID` for anything else, a damaged image, one of more than 64 MiB or 100 million
 *   pixels; `ERR_MODULE_MISSING` where sharp is not installed.
 */
export async function toJpeg(bytes: Uint8Array): Promise<Uint8Array> {
  if (bytes.length > MOST_BYTES) {
    throw new MjpegError(
      "ERR_IMAGE_INVALID",
      `the image is too large to be converted: ${bytes.length} bytes, at most ${MOST_BYTES} are read`,
    );
  }
  if (!hasKnownFormat(bytes)) {
    throw new MjpegError("ERR_IMAGE_INVALID", "it is not a PNG, WebP, GIF, TIFF or AVIF image");
  }
  const sharp = await loadSharp();
  try {
    return await sharp(bytes, { limitInputPixels: MOST_PIXELS, failOn: "error" })
      .autoOrient()
      .resize(LONGEST_SIDE, LONGEST_SIDE, { fit: "inside", withoutEnlargement: true })
      .flatten({ background: "#fff" })
      .toColourspace("srgb")
      .jpeg({ quality: QUALITY, optimiseCoding: false })
      .timeout({ seconds: LONGEST_SECONDS })
      .toBuffer();
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    // Decoders write for terminals: over several lines, with nothing behind the last colon.
    const why = what.replaceAll(/\s+/g, " ").replace(/\W+$/, "");
    throw new MjpegError("ERR_IMAGE_INVALID", `the image cannot be decoded: ${why}`, { cause: error });
  }
}

/** How the formats that are taken begin. The decoder knows more, SVG for example, and would open what that names. */
const FORMATS: readonly RegExp[] = [
  /^\x89PNG\r\n/,
  /^GIF8[79]a/,
  /^RIFF....WEBP/s,
  /^(?:II\x2a\0|MM\0\x2a|II\x2b\0|MM\0\x2b)/, // TIFF, BigTIFF
  /^....ftyp(?:avi[fs]|mif1|msf1)/s, // AVIF
];

function hasKnownFormat(bytes: Uint8Array): boolean {
  const head = String.fromCharCode(...bytes.subarray(0, 12));
  return FORMATS.some((format) => format.test(head));
}
