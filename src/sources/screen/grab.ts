import { SourceError } from "../../core/errors.ts";
import type { CapturedImage } from "../../core/frame.ts";
import { ffmpegPictures, type FfmpegTask } from "../ffmpeg/ffmpeg-pictures.ts";
import type { SourceReport } from "../source.ts";
import { areaText, isSameArea, type Area } from "./area.ts";
import { x11Arguments, type GrabArguments } from "./grab-arguments.ts";
import type { GrabOptions } from "./grab-options.ts";
import type { X11Connection } from "./x11-connection.ts";

/** A picture every 33 ms is usual and one a second the least: an ffmpeg that is silent so long is stuck. */
const SILENCE_MS = 5_000;
/** What no event tells of, such as the frame of a window that its manager hides, is noticed by looking. */
const LOOK_MS = 1_000;

/** A part of an X11 screen or window that is to be grabbed. */
export interface X11Grab {
  /** What errors begin with. */
  readonly label: string;
  /** Its server. */
  readonly connection: X11Connection;
  /** The name of its display. */
  readonly display: string;
  /** The window; undefined: the screen. */
  readonly window: number | undefined;
  /** The part that is there now. */
  readonly area: Area;
  /** Finds out which part is there by now; undefined: none. */
  readonly look: () => Promise<Area | undefined>;
}

/**
 * Grabs a part of the screen for as long as it stays where and as large as it is; returns when it does not.
 * @throws SourceError when it cannot be grabbed, or `ERR_SCREEN_MISSING` when the X server is gone.
 */
export async function* grabX11(
  grab: X11Grab,
  options: GrabOptions,
  signal: AbortSignal,
  report: SourceReport,
): AsyncGenerator<CapturedImage, void, undefined> {
  const { area, display, label, window } = grab;
  const over = new AbortController();
  const watch = watchFor(grab, over);
  // Its end is judged here: it may be that of the window.
  const task = { ...grabTask(label, x11Arguments(display, window, area, options), options), endless: false };
  let problem: unknown = new SourceError(
    "ERR_SOURCE_FAILED",
    `${label}: ffmpeg has stopped grabbing ${areaText(area)}`,
    { retryable: true },
  );
  try {
    yield* ffmpegPictures(task, AbortSignal.any([signal, over.signal]), report);
  } catch (error) {
    problem = error;
  } finally {
    over.abort();
    await watch;
  }
  if (signal.aborted) return;
  // ffmpeg may notice before we do that a window is gone or smaller; then that is no fault of it.
  if (isSameArea(await grab.look(), area) && !(await watch)) throw problem;
}

/** What ffmpeg is to do, and how its trouble is told. */
export function grabTask(label: string, grab: GrabArguments, { quality }: GrabOptions): FfmpegTask {
  return {
    label,
    input: grab.input,
    filters: grab.filters,
    quality,
    copy: false,
    // Letters of a terminal are a pixel thin. Measured on one at 1080p: 14 % more CPU time, 6 % more bytes.
    fullColour: true,
    silenceMs: SILENCE_MS,
    endless: true,
    hide: (text) => text,
  };
}

/** Ends the grabbing when the area has changed or the server is gone. Resolves with whether it did. */
async function watchFor({ connection, area, look }: X11Grab, over: AbortController): Promise<boolean> {
  while (!over.signal.aborted) {
    const seen = connection.events;
    // A lost connection is told by whoever asks next.
    const now = await look().catch(() => undefined);
    if (!isSameArea(now, area)) {
      over.abort();
      return true;
    }
    await connection.eventAfter(seen, LOOK_MS, over.signal);
  }
  return false;
}
