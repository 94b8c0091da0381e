import { HttpError } from "../answers.ts";

/** The largest picture that is taken. */
export const MOST_PICTURE_BYTES = 16_777_216;

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
