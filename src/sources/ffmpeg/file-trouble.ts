import { open, stat } from "node:fs/promises";
import { SourceError } from "../../core/errors.ts";
import { VIDEO_TROUBLE, type Trouble } from "./trouble.ts";

/** What goes wrong with a file that is there. */
export const FILE_TROUBLE: readonly Trouble[] = [
  ...VIDEO_TROUBLE,
  {
    words: /no such file/i,
    code: "ERR_FILE_UNREADABLE",
    retryable: true,
    says: "is not there any more",
  },
  {
    words: /invalid data found|end of file|could not find/i,
    code: "ERR_VIDEO_INVALID",
    retryable: true,
    says: "is no video that ffmpeg can read, or is cut off near its beginning",
  },
];

/** What sharp decodes, and shows better: one picture is no video. */
const PICTURE = /\.(?:jpe?g|png|webp|tiff?|avif|bmp)$/i;

/**
 * Looks whether a file could be a video, without reading it.
 * @throws SourceError `ERR_FILE_UNREADABLE` where it is not there, no file, empty or may not be read;
 *   `ERR_VIDEO_INVALID` for a picture.
 */
export async function checkFile(path: string, label: string): Promise<void> {
  let reason: string | undefined;
  try {
    const found = await stat(path);
    if (found.isDirectory()) reason = `is a folder; write folder:${path} to show the pictures in it`;
    else if (!found.isFile())
      reason = "is no file; what is written while it is read comes by stdin: or exec:";
    else if (found.size === 0) reason = "is empty";
    else await (await open(path)).close();
  } catch (error) {
    throw unreadable(label, whyNot(error), error);
  }
  if (reason !== undefined) throw unreadable(label, reason);
  if (PICTURE.test(path)) {
    throw new SourceError("ERR_VIDEO_INVALID", `${label} is a picture, not a video; write folder:${path}`, {
      retryable: false,
    });
  }
}

function whyNot(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return "is not there; is the path right?";
    case "EACCES":
    case "EPERM":
      return "may not be read by this user; see its permissions with `ls -l`";
    default:
      return `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function unreadable(label: string, reason: string, cause?: unknown): SourceError {
  return new SourceError("ERR_FILE_UNREADABLE", `${label} ${reason}`, { retryable: true, cause });
}
