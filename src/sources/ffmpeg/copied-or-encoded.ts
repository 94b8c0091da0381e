import type { CapturedImage } from "../../core/frame.ts";
import type { SourceReport } from "../source.ts";
import { ffmpegPictures, type FfmpegTask } from "./ffmpeg-pictures.ts";

/** What is known of an input from before: kept for as long as its source lives. */
export interface InputMemory {
  /** Whether its pictures are JPEGs already. */
  isMjpeg: boolean;
}

/**
 * Yields the pictures of an input, as they are where they are JPEGs already. What they are, ffmpeg tells before the first
 * one; where it is not what was thought, it is started again. The next time that is known. Where it is something else then, as
 * from a peer that changes it at each connection, all are encoded.
 * @param memory undefined where other pictures were asked for: all are encoded then
 */
export async function* copiedOrEncoded(
  task: Omit<FfmpegTask, "copy" | "onVideo">,
  memory: InputMemory | undefined,
  signal: AbortSignal,
  report: Pick<SourceReport, "dropped">,
): AsyncGenerator<CapturedImage, void, undefined> {
  if (memory === undefined) return yield* ffmpegPictures({ ...task, copy: false }, signal, report);
  for (let starts = 0; starts < MOST_GUESSES && !signal.aborted; starts++) {
    const again = new AbortController();
    const copy = memory.isMjpeg;
    const onVideo = (codec: string): void => {
      memory.isMjpeg = codec === "mjpeg";
      if (memory.isMjpeg !== copy) again.abort();
    };
    yield* ffmpegPictures({ ...task, copy, onVideo }, AbortSignal.any([signal, again.signal]), report);
    if (!again.signal.aborted) return;
  }
  if (!signal.aborted) yield* ffmpegPictures({ ...task, copy: false }, signal, report);
}

/** How often it is started with what is thought of its input: from memory, and by what it was told then. */
const MOST_GUESSES = 2;
