import { SourceError } from "../../core/errors.ts";
import { answerOf } from "./answer-of.ts";
import { installCommand } from "./install-command.ts";

/** The ffmpeg of this machine. */
export interface Ffmpeg {
  /** What to start: `ffmpeg`, which is looked for in PATH, or the path that KINORA_FFMPEG names. */
  readonly path: string;
  /** Its version as a number: 4.4, 5.1, 8. Infinity where it does not tell, as builds between two versions. */
  readonly version: number;
}

/** Names a program that answers `-version` later than this does not work. The first start from a slow disk takes seconds. */
const ANSWER_MS = 5_000;

/** The versions of libavcodec that came with each version of ffmpeg, for builds that are called after a date. */
const CODEC_VERSIONS: readonly (readonly [codec: number, version: number])[] = [
  [62, 8],
  [61, 7],
  [60, 6],
  [59, 5],
  [58, 4.4],
];

let found: Promise<Ffmpeg> | undefined;
let foundFor: string | undefined;

/**
 * Finds ffmpeg: the program that KINORA_FFMPEG names, else `ffmpeg` of PATH. Asked for its version once.
 * @throws SourceError `ERR_FFMPEG_MISSING` (retryable, as it can be installed meanwhile), with the command that installs it.
 */
export function findFfmpeg(): Promise<Ffmpeg> {
  const wanted = process.env["KINORA_FFMPEG"] ?? "ffmpeg";
  if (found !== undefined && foundFor === wanted) return found;
  const search = ask(wanted);
  found = search;
  foundFor = wanted;
  search.catch(forgetFfmpeg);
  return search;
}

/** Has ffmpeg looked for anew: it was there, and cannot be started any more. */
export function forgetFfmpeg(): void {
  found = undefined;
}

/** The error for an ffmpeg that is not there or cannot be started. */
export function ffmpegMissing(path: string, cause: unknown): SourceError {
  const isNamed = path !== "ffmpeg";
  const code = typeof cause === "object" && cause !== null && "code" in cause ? cause.code : undefined;
  const failed = code === undefined ? "does not tell its version" : "cannot be started";
  const why = code === "ENOENT" ? "is not there" : failed;
  const text = isNamed
    ? `the ffmpeg that KINORA_FFMPEG names, ${path}, ${why}; correct it, or unset it to use the one of PATH`
    : `this needs ffmpeg, which ${code === "ENOENT" ? "is not installed" : why}: ${installCommand()}`;
  return new SourceError("ERR_FFMPEG_MISSING", text, { retryable: true, cause });
}

/** Reads the version out of the answer to `ffmpeg -version`; Infinity where it is not told. */
export function versionIn(answer: string): number {
  const named = /^ffmpeg version n?(\d+\.\d+|\d{1,2}(?!\d))/m.exec(answer)?.[1];
  if (named !== undefined) return Number(named);
  const codec = Number(/^libavcodec\s+(\d+)\./m.exec(answer)?.[1]);
  return CODEC_VERSIONS.find(([least]) => codec >= least)?.[1] ?? Infinity;
}

async function ask(path: string): Promise<Ffmpeg> {
  const { end, output } = await answerOf(path, ["-version"], ANSWER_MS);
  if (end.code === 0) return { path, version: versionIn(output) };
  throw ffmpegMissing(path, end.failure ?? new Error(`-version ended with ${end.code ?? end.signal}`));
}
