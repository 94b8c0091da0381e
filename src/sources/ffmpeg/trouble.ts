import { SourceError, type ErrorCode } from "../../core/errors.ts";

/** What ffmpeg's words mean. */
export interface Trouble {
  /** Found in one of its last lines. */
  readonly words: RegExp;
  /** What it is. */
  readonly code: ErrorCode;
  /** Whether trying again may help. */
  readonly retryable: boolean;
  /** Half a sentence behind the name of the source, with what to do. `LINE` stands for what ffmpeg said. */
  readonly says: string;
}

/** The first trouble of the list that ffmpeg's last lines tell of, as the error of a source. */
export function troubleIn(
  label: string,
  lines: readonly string[],
  list: readonly Trouble[],
): SourceError | undefined {
  for (const { words, code, retryable, says } of list) {
    const line = lines.find((each) => words.test(each));
    if (line !== undefined) {
      // A function, as `$` in what a peer said must mean itself.
      return new SourceError(code, `${label} ${says.replace("LINE", () => line)}`, { retryable });
    }
  }
  return undefined;
}

/** What is wrong with what was asked for or with the video, wherever it comes from. */
export const VIDEO_TROUBLE: readonly Trouble[] = [
  {
    words: /exceeds specified max pixel count/i,
    code: "ERR_VIDEO_INVALID",
    retryable: true,
    says: "has pictures of more than 67 megapixels (8192×8192), which are not decoded: make them smaller where they come from",
  },
  {
    words: /no such filter|error (?:re)?initializing filter|parsing filter|filtergraph|parsing a filter/i,
    code: "ERR_OPTION_INVALID",
    retryable: false,
    says: "cannot be filtered like this: LINE; see `ffmpeg -filters`",
  },
  {
    words: /does not contain any stream|matches no streams/i,
    code: "ERR_VIDEO_INVALID",
    retryable: false,
    says: "has no pictures in it, at most sound",
  },
  {
    words: /moov atom not found/i,
    code: "ERR_VIDEO_INVALID",
    retryable: true,
    says: "is cut off, still being written (the index of an MP4 is at its end), or no MP4: copy it again, or record as MKV",
  },
  {
    words: /decoder .*not found|unknown decoder|could not find codec parameters/i,
    code: "ERR_VIDEO_INVALID",
    retryable: false,
    says: "is in a format that this ffmpeg cannot read: LINE",
  },
  {
    words: /protocol not found|protocol '.*' not on whitelist/i,
    code: "ERR_SOURCE_REFUSED",
    retryable: false,
    says: "cannot be opened: this ffmpeg does not know the protocol, or the playlist names one that is not allowed (LINE)",
  },
];
