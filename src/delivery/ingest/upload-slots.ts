import { HttpError } from "../answers.ts";

/** So many pictures sent by themselves may be on their way at once: each takes up to 16 MiB until it is whole. */
const MOST_UPLOADS = 8;

/** A module global, as the memory is the process's, however many servers it runs. */
let uploads = 0;

/**
 * Reads a picture that is sent by itself, as one of a few at once.
 * @throws HttpError 503 `ERR_TOO_MANY_UPLOADS` when there are as many already; what `read` throws.
 */
export async function inUploadSlot(read: () => Promise<void>): Promise<void> {
  if (uploads >= MOST_UPLOADS) throw tooManyUploads();
  uploads++;
  try {
    await read();
  } finally {
    uploads--;
  }
}

function tooManyUploads(): HttpError {
  return new HttpError(
    503,
    "ERR_TOO_MANY_UPLOADS",
    `${MOST_UPLOADS} single pictures are being sent already; send it again in a moment, or many over one connection to live.mjpeg`,
    { headers: { "Retry-After": "1" } },
  );
}
