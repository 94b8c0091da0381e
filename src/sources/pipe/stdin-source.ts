import { MjpegError, SourceError } from "../../core/errors.ts";
import type { CapturedImage } from "../../core/frame.ts";
import type { SourceAddress } from "../address.ts";
import { newestPictures } from "../newest-pictures.ts";
import type { Source, SourceReport } from "../source.ts";
import { anyPictureReader } from "./any-pictures.ts";

/** There is one standard input, and who reads of it takes it from everybody else. */
let isRead = false;

/**
 * `stdin:`: the pictures that are piped into this process: multipart parts, JPEGs one after another, or Motion JPEG in AVI.
 * To be captured from the start on, viewers or not, so that whoever writes them never waits.
 * @throws MjpegError `ERR_ADDRESS_INVALID` for anything behind the colon, `ERR_OPTION_INVALID` for an unknown option.
 */
export function openStdin({ target, options }: SourceAddress): Source {
  options.end();
  if (target !== "" && target !== "-") {
    const text = `"stdin:${target}": nothing stands behind "stdin:"; pipe the pictures into kinora`;
    throw new MjpegError("ERR_ADDRESS_INVALID", text);
  }
  return {
    label: "stdin",
    check: async () => assertPiped(),
    capture: readStdin,
  };
}

async function* readStdin(
  signal: AbortSignal,
  report: SourceReport,
): AsyncGenerator<CapturedImage, void, undefined> {
  assertPiped();
  if (isRead) {
    throw refused("stdin: is read by another stream; only one stream can show what is piped into kinora");
  }
  isRead = true;
  try {
    const makeReader = (onPicture: (jpeg: Uint8Array) => void) => anyPictureReader(report, onPicture);
    // It is left paused, and then does not keep a stopped server alive.
    yield* newestPictures(process.stdin, report, makeReader, signal);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const text = `stdin: what is piped into kinora cannot be read as pictures: ${why}`;
    throw new SourceError("ERR_SOURCE_FAILED", text, { retryable: true, cause: error });
  } finally {
    isRead = false;
  }
}

function assertPiped(): void {
  if (process.stdin.isTTY) {
    throw refused("stdin: is a terminal; pipe pictures into kinora, as in: PROGRAM | kinora stdin:");
  }
}

function refused(text: string): SourceError {
  return new SourceError("ERR_ADDRESS_INVALID", text, { retryable: false });
}
