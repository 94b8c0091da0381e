import type { StreamStatus, ViewerStatus } from "../src/wire/api-types.ts";

/** How this page gets the pictures of a stream. */
export interface Figures {
  /** Pictures a second. */
  readonly fps: number;
  /** How old a picture is here, in ms; null while unknown. */
  readonly ageMs: number | null;
  /** Pictures left out; null where nobody counts them. */
  readonly drops: number | null;
  /** Whose figures they are: of what this page is sent, of the `snapshot` it shows, or of the whole `stream`. */
  readonly of: "viewer" | "snapshot" | "stream";
  /** Whether the connection is too slow for the stream. */
  readonly slow: boolean;
}

interface Sample {
  readonly at: number;
  readonly viewer: ViewerStatus;
}

/** Long enough that a hiccup is not called a slow connection, short enough that one which has gone is not for long. */
const WINDOW_MS = 5000;
/** A connection is slow from this share of dropped pictures on … */
const SLOW_SHARE = 0.25;
/** … and until it is below that one, so that the page does not change its mind every second. */
const WELL_SHARE = 0.1;
/** Or when its pictures are so much older than the stream's own. */
const SLOW_AGE_MS = 500;

/** Follows one live picture of this page: what of its stream arrives, and how late. */
export class Reception {
  #samples: Sample[] = [];
  #slow = false;

  /** Takes what the server tells of this page's viewer. `at` is a time in ms on any clock. */
  update(status: StreamStatus, viewer: ViewerStatus, at: number): Figures {
    const isSame = this.#samples[0]?.viewer.id === viewer.id;
    this.#samples = this.#samples.filter((sample) => isSame && at - sample.at <= WINDOW_MS);
    const first = this.#samples[0] ?? { at, viewer };
    this.#samples.push({ at, viewer });

    const frames = viewer.frames - first.viewer.frames;
    const drops = viewer.drops - first.viewer.drops;
    const share = drops === 0 ? 0 : drops / (frames + drops);
    const ageMs = ageHere(viewer, drops === 0 ? 0 : lastByteMs(viewer, first.viewer, at - first.at));
    const isLate = ageMs !== null && ageMs - (status.ageMs ?? 0) > SLOW_AGE_MS;
    this.#slow = isLate || share > (this.#slow ? WELL_SHARE : SLOW_SHARE);
    return {
      fps: shownFps(status.fps, share),
      // No picture for two seconds: what is seen grows old, however fast it came.
      ageMs: status.fps === 0 ? Math.max(ageMs ?? 0, status.ageMs ?? 0) : ageMs,
      drops: viewer.drops,
      of: "viewer",
      slow: this.#slow,
    };
  }
}

/** In whole numbers where the stream's are, so that it stays calm. */
function shownFps(fps: number, share: number): number {
  const shown = fps * (1 - share);
  return fps >= 9.95 && shown >= 1 && share > 0 ? Math.round(shown) : shown;
}

/** The age when a picture was handed to the connection, and the way. */
function ageHere(viewer: ViewerStatus, lastByteMs: number): number | null {
  return viewer.ageMs === null ? null : viewer.ageMs + (viewer.roundTripMs ?? 0) / 2 + lastByteMs;
}

/** How long a connection that is never idle takes to carry one more picture behind what is on its way. */
function lastByteMs(viewer: ViewerStatus, before: ViewerStatus, ms: number): number {
  const bytes = viewer.bytes - before.bytes;
  if (bytes === 0) return 0;
  const queued = (viewer.unsentBytes ?? 0) + (viewer.unacknowledgedBytes ?? 0);
  const picture = bytes / Math.max(1, viewer.frames - before.frames);
  return ((queued + picture) / bytes) * ms;
}
