import { readJpegInfo } from "../../core/jpeg-markers.ts";
import { repairJpeg } from "../../core/jpeg-repair.ts";
import { HttpError } from "../answers.ts";

/** The largest picture that is taken. */
export const MOST_PICTURE_BYTES = 16_777_216;

/** The picture, fit to be shown; undefined for what is none. */
export function asPicture(bytes: Uint8Array): Uint8Array | undefined {
  const jpeg = repairJpeg(bytes);
  const info = jpeg && readJpegInfo(jpeg);
  return info === undefined || info.width * info.height === 0 ? undefined : jpeg;
}

/** @param what what came instead */
export function notAPicture(what: string, options?: ErrorOptions): HttpError {
  return new HttpError(
    415,
    "ERR_NOT_A_PICTURE",
    `${what}; send JPEGs: one after another, or as parts of multipart/x-mixed-replace`,
    options,
  );
}

/** The answer to a picture of more than {@link MOST_PICTURE_BYTES}. */
export function pictureTooLarge(): HttpError {
  return new HttpError(
    413,
    "ERR_TOO_LARGE",
    `a picture has more than ${MOST_PICTURE_BYTES / 1_048_576} MiB; send smaller ones`,
  );
}
