import { MjpegError } from "../core/errors.ts";
import type { Frame } from "../core/frame.ts";
import { repairJpeg } from "../core/jpeg-repair.ts";
import { ascii } from "./ascii.ts";
import { encodeEnd, encodeOpening, encodePart, type Layout } from "./multipart-encoder.ts";

/** Options of {@link multipartBody}. */
export interface MultipartBodyOptions {
  /**
   * Who reads it: `browser` for `<img>`, which paints each picture at once only so; `machine` for programs, which want
   * Content-Length. Ask the request: a browser's Accept header names `image/` or `text/html`.
   * @default "machine"
   */
  readonly layout?: Layout;
}

/**
 * Writes pictures as the body of a multipart response, each as one chunk of bytes with all that belongs to it; the
 * Content-Type to send with it is `MULTIPART_TYPE`. Takes a picture only when the one before was asked for, so a slow
 * reader slows the pictures down. Pictures are repaired; a thumbnail inside would stop many a client.
 *
 * When the pictures end, the last one is sent once more before the closing delimiter, as WebKit needs it.
 * @param jpegs whole JPEG images, as they are to be shown.
 * @throws MjpegError `ERR_IMAGE_INVALID` for one that is no JPEG: sent, it would break the picture in a browser for good.
 */
export async function* multipartBody(
  jpegs: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: MultipartBodyOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const { layout = "machine" } = options;
  yield ascii(encodeOpening(layout));
  let last: Frame | undefined;
  for await (const bytes of jpegs) {
    const sequence: number = last === undefined ? 0 : last.sequence + 1;
    last = { jpeg: repaired(bytes, sequence), sequence, capturedAt: Date.now() };
    yield encodePart(last, layout);
  }
  if (last !== undefined) yield encodeEnd(last, layout);
}

function repaired(bytes: Uint8Array, sequence: number): Uint8Array {
  const jpeg = repairJpeg(bytes);
  if (jpeg !== undefined) return jpeg;
  throw new MjpegError(
    "ERR_IMAGE_INVALID",
    `writing picture ${sequence} (counted from 0): its ${bytes.length} bytes are no whole JPEG; convert it first`,
  );
}
