/** Every code this package throws. Each has an entry in docs/errors.md; a test keeps the two equal. */
export type ErrorCode =
  | "ERR_ADDRESS_INVALID"
  | "ERR_CAMERA_BUSY"
  | "ERR_CAMERA_FORMAT"
  | "ERR_CAMERA_LOST"
  | "ERR_CAMERA_MISSING"
  | "ERR_CAMERA_PERMISSION"
  | "ERR_CAMERA_STALLED"
  | "ERR_FFMPEG_MISSING"
  | "ERR_FILE_UNREADABLE"
  | "ERR_FILE_UNWRITABLE"
  | "ERR_FOLDER_EMPTY"
  | "ERR_FOLDER_UNREADABLE"
  | "ERR_FORBIDDEN"
  | "ERR_HTTP_VERSION"
  | "ERR_HUB_CLOSED"
  | "ERR_HUB_FULL"
  | "ERR_IMAGE_INVALID"
  | "ERR_INTERNAL"
  | "ERR_KEY_NEEDED"
  | "ERR_LENGTH_NEEDED"
  | "ERR_METHOD"
  | "ERR_MODULE_MISSING"
  | "ERR_NOBODY_PUBLISHES"
  | "ERR_NOT_A_PICTURE"
  | "ERR_NOT_FOUND"
  | "ERR_NOT_SUPPORTED"
  | "ERR_OPTION_INVALID"
  | "ERR_PART_MALFORMED"
  | "ERR_PORT_REFUSED"
  | "ERR_PORT_TAKEN"
  | "ERR_PROGRAM_MISSING"
  | "ERR_PUBLISHER_SILENT"
  | "ERR_PUSH_REFUSED"
  | "ERR_SCREEN_MISSING"
  | "ERR_SCREEN_PERMISSION"
  | "ERR_SCREEN_UNSUPPORTED"
  | "ERR_SERVER_RUNNING"
  | "ERR_SOURCE_FAILED"
  | "ERR_SOURCE_REFUSED"
  | "ERR_SOURCE_SILENT"
  | "ERR_SOURCE_UNREACHABLE"
  | "ERR_STREAM_EXISTS"
  | "ERR_STREAM_TAKEN"
  | "ERR_TOO_LARGE"
  | "ERR_TOO_MANY_MOSAICS"
  | "ERR_TOO_MANY_STREAMS"
  | "ERR_TOO_MANY_UPLOADS"
  | "ERR_TOO_MANY_VARIANTS"
  | "ERR_TOO_MANY_VIEWERS"
  | "ERR_VIDEO_INVALID"
  | "ERR_WINDOW_MISSING";

/** Base of every error thrown on purpose. Match on {@link code}; the message is for people. */
export class MjpegError extends Error {
  override readonly name: string = "MjpegError";
  /** Stable name of what went wrong; see docs/errors.md. */
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A source could not deliver frames. The supervisor retries unless {@link retryable} is false. */
export class SourceError extends MjpegError {
  override readonly name = "SourceError";
  /** False when trying again cannot help, e.g. HTTP 401 or an unknown scheme. */
  readonly retryable: boolean;

  constructor(code: ErrorCode, message: string, options: ErrorOptions & { readonly retryable: boolean }) {
    super(code, message, options);
    this.retryable = options.retryable;
  }
}
