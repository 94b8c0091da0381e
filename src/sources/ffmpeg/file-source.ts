import { setTimeout as sleep } from "node:timers/promises";
import { MjpegError } from "../../core/errors.ts";
import type { CapturedImage } from "../../core/frame.ts";
import { absolutePath } from "../absolute-path.ts";
import type { SourceAddress } from "../address.ts";
import type { Source, SourceReport } from "../source.ts";
import { copiedOrEncoded, type InputMemory } from "./copied-or-encoded.ts";
import type { FfmpegTask } from "./ffmpeg-pictures.ts";
import { fileInput, paceFilters, type FileOrder } from "./file-input.ts";
import { checkFile, FILE_TROUBLE } from "./file-trouble.ts";
import { findFfmpeg } from "./find-ffmpeg.ts";
import { filtersOf, readPictureOptions, type PictureOptions } from "./picture-options.ts";
import { troubleIn } from "./trouble.ts";

/** A file that shows nothing for so long is stuck: on a disk or a share that does not answer, or in a format without pictures. */
const FIRST_PICTURE_MS = 30_000;
/** More pictures a second than this are not made of a file that is played faster: nobody sees them. */
const MOST_FPS = 60;
const LONGEST_START_MS = 86_400_000;
/** Least time from one start of ffmpeg to the next, where a file can only be looped by that. */
const LEAST_ROUND_MS = 250;

/**
 * `file:PATH#loop`: a video file at its own speed. Options: `loop`, `start` (0–24h from its beginning), `speed` (0.1–16),
 * `filter`, `size`, `fps` (at most), `quality`, `hw=auto`. Without `loop` it ends with its last picture, and whoever
 * comes afterwards sees it from the start.
 * @throws MjpegError `ERR_ADDRESS_INVALID` without a path, `ERR_OPTION_INVALID`.
 */
export function openFile(address: SourceAddress): Source {
  const { options, target } = address;
  if (target === "") {
    throw new MjpegError("ERR_ADDRESS_INVALID", '"file:" names no file; write file:PATH');
  }
  const asked = readPictureOptions(options);
  const order: FileOrder = {
    path: absolutePath(target),
    speed: options.number("speed", 0.1, 16, "times its own") ?? 1,
    startMs: options.duration("start", 0, LONGEST_START_MS) ?? 0,
    loop: options.flag("loop") ?? false,
    hardware: asked.hardware,
  };
  options.end();
  const label = `file ${target}`;
  const memory: InputMemory | undefined = asked.mayCopy ? { isMjpeg: false } : undefined;
  const check = async (): Promise<{ readonly version: number }> => {
    await checkFile(order.path, label);
    return findFfmpeg();
  };
  return {
    label,
    async check() {
      await check();
    },
    async *capture(signal, report) {
      const { version } = await check();
      const task = taskOf(label, order, asked, version);
      // A filter for the speed means new pictures.
      const known = paceFilters(order.speed, version).length === 0 ? memory : undefined;
      yield* rounds(task, order.loop, known, signal, report);
      if (!signal.aborted) report.note(`${label} was played to its end`);
    },
  };
}

type FileTask = Omit<FfmpegTask, "copy" | "onVideo">;

function taskOf(label: string, order: FileOrder, asked: PictureOptions, version: number): FileTask {
  const { speed } = order;
  const fps = asked.fps ?? (speed > 1 ? MOST_FPS : undefined);
  return {
    label,
    hide: (text) => text,
    input: fileInput(order, version),
    filters: [...paceFilters(speed, version), ...filtersOf({ ...asked, fps }, speed)],
    quality: asked.quality,
    silenceMs: FIRST_PICTURE_MS / Math.min(1, speed),
    // A film may show one picture for as long as it likes.
    mayStandStill: true,
    explain: (lines) => troubleIn(label, lines, FILE_TROUBLE),
  };
}

/** ffmpeg itself begins again where it can go back in the file. Where it cannot, it ends, and is started again. */
async function* rounds(
  task: FileTask,
  loop: boolean,
  memory: InputMemory | undefined,
  signal: AbortSignal,
  report: SourceReport,
): AsyncGenerator<CapturedImage, void, undefined> {
  for (let hasShown = true; hasShown && !signal.aborted;) {
    hasShown = false;
    const least = performance.now() + LEAST_ROUND_MS;
    for await (const image of copiedOrEncoded(task, memory, signal, report)) {
      hasShown = true;
      yield image;
    }
    if (!loop) return;
    // Aborted, it ends early; the loop looks at that itself.
    await sleep(Math.max(0, least - performance.now()), undefined, { signal }).catch(() => undefined);
  }
}
