import { SourceError, type ErrorCode } from "../../core/errors.ts";
import type { ProgramEnd } from "../../system/program.ts";

interface Trouble {
  /** What libcamera or the camera program writes. */
  readonly words: RegExp;
  readonly code: ErrorCode;
  /** What is wrong, and what to do. */
  readonly says: string;
}

/** The first one that is found counts. */
const TROUBLES: readonly Trouble[] = [
  {
    words: /failed to acquire camera|in use by another process|device or resource busy/i,
    code: "ERR_CAMERA_BUSY",
    says: "another program uses the camera; end it (`fuser -v /dev/media*` names it)",
  },
  {
    words: /no cameras available/i,
    code: "ERR_CAMERA_MISSING",
    says: "no camera is connected; switch the Pi off and check both ends of the ribbon cable, then see `rpicam-hello --list-cameras`",
  },
  {
    words: /selected camera is not available|failed to find camera/i,
    code: "ERR_CAMERA_MISSING",
    says: "there is no camera of this number; `kinora devices` lists those there are",
  },
  {
    words: /permission denied|could not open any dma-?(?:buf )?heap/i,
    code: "ERR_CAMERA_PERMISSION",
    says: 'the camera may not be used by this user; add it to the group with "sudo usermod -aG video $USER" and log in again',
  },
  {
    words: /frontend has timed out|device timeout detected/i,
    code: "ERR_CAMERA_STALLED",
    says: "the camera sends no pictures; switch the Pi off and check both ends of the ribbon cable",
  },
];

const NOT_INSTALLED =
  "the program rpicam-vid is not installed; on a Raspberry Pi: sudo apt install rpicam-apps";

/** The sentence for what the camera program said before it ended. */
export function piTrouble(label: string, end: ProgramEnd, lines: readonly string[]): SourceError {
  if (end.failure !== undefined) return piProgramMissing(label);
  const all = lines.join("\n");
  const trouble = TROUBLES.find(({ words }) => words.test(all));
  if (trouble !== undefined) return failed(trouble.code, `${label}: ${trouble.says}`);
  const how = end.code === null ? `was ended by ${end.signal ?? "a signal"}` : `ended with code ${end.code}`;
  const [word] = lines.filter((line) => /error|\*\*\*|unrecogni[sz]ed|invalid/i.test(line)).slice(-1);
  const said = word ?? lines.at(-1);
  return failed(
    "ERR_SOURCE_FAILED",
    `${label}: the camera program ${how}${said === undefined ? "" : `; it said: ${said}`}`,
  );
}

/** Neither of the camera programs is there. */
export function piProgramMissing(label: string): SourceError {
  return failed("ERR_PROGRAM_MISSING", `${label}: ${NOT_INSTALLED}`);
}

function failed(code: ErrorCode, text: string): SourceError {
  return new SourceError(code, text, { retryable: true });
}
