import { MjpegError, SourceError } from "../../core/errors.ts";
import { loadLibc, type Libc } from "../../system/libc.ts";

/**
 * The C library, to read cameras with.
 * @throws SourceError `ERR_MODULE_MISSING` off Linux and without koffi; trying again cannot mend that.
 */
export function loadCameraLibc(): Libc {
  try {
    return loadLibc("reading a camera");
  } catch (error) {
    if (!(error instanceof MjpegError)) throw error;
    throw new SourceError(error.code, error.message, { retryable: false, cause: error });
  }
}
