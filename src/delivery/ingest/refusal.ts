import { MjpegError, type ErrorCode } from "../../core/errors.ts";
import { HttpError } from "../answers.ts";

/** What a publisher is answered; any other error is a mistake of ours. */
const STATUSES: Partial<Record<ErrorCode, number>> = {
  ERR_ADDRESS_INVALID: 400,
  ERR_OPTION_INVALID: 400,
  ERR_FORBIDDEN: 403,
  ERR_NOT_FOUND: 404,
  ERR_STREAM_EXISTS: 409,
  ERR_STREAM_TAKEN: 409,
  ERR_TOO_MANY_STREAMS: 429,
};

/** The answer to a publisher that cannot have what it asks for. */
export function asRefusal(error: unknown): unknown {
  if (!(error instanceof MjpegError) || error instanceof HttpError) return error;
  const status = STATUSES[error.code];
  return status === undefined ? error : new HttpError(status, error.code, error.message, { cause: error });
}
