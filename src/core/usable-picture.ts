import { readJpegInfo, type JpegInfo } from "./jpeg-markers.ts";
import { repairJpeg } from "./jpeg-repair.ts";

/** A picture that every decoder takes, and what its head tells. */
export interface UsablePicture {
  /** The picture, mended where it was needed. */
  readonly jpeg: Uint8Array;
  /** What its head tells. */
  readonly info: JpegInfo;
}

/**
 * Makes a picture fit to be shown; undefined where it cannot be. A side of 0 is a header that lies: no browser shows such a
 * picture, and Chromium's <img> breaks for good.
 */
export function usablePicture(bytes: Uint8Array): UsablePicture | undefined {
  const jpeg = repairJpeg(bytes);
  const info = jpeg && readJpegInfo(jpeg);
  if (jpeg === undefined || info === undefined || info.width * info.height === 0) return undefined;
  return { jpeg, info };
}
