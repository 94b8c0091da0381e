import { readJpegInfo, type JpegInfo } from "../core/jpeg-markers.ts";
import { repairJpeg } from "../core/jpeg-repair.ts";

/** A picture that every decoder takes, and what its head tells. */
export interface UsablePicture {
  /** The picture, mended where it was needed. */
  readonly jpeg: Uint8Array;
  /** What its head tells. */
  readonly info: JpegInfo;
}

/** Makes a picture of a source fit to be shown; undefined where it cannot be. A side of 0 is a header that lies. */
export function usablePicture(bytes: Uint8Array): UsablePicture | undefined {
  const jpeg = repairJpeg(bytes);
  const info = jpeg && readJpegInfo(jpeg);
  if (jpeg === undefined || info === undefined || info.width * info.height === 0) return undefined;
  return { jpeg, info };
}
