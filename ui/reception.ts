import type { StreamStatus } from "../src/wire/api-types.ts";
import type { ViewFigures } from "./view/view-types.ts";

/** How this page gets the pictures of a stream. */
export interface Figures {
  /** Pictures a second. */
  readonly fps: number;
  /** How old a picture is here, in ms; null while unknown. */
  readonly ageMs: number | null;
  /** Pictures left out; null where nobody counts them. */
  readonly drops: number | null;
  /** Whose figures they are: of what this `page` is sent, or of the whole `stream`. */
  readonly of: "page" | "stream";
  /** Whether the connection is too slow for the stream. */
  readonly slow: boolean;
  /** Pixels across of what is sent instead of the stream's own size, because the connection is too slow; else null. */
  readonly smallerWidth: number | null;
}

/** What the page asked for. */
export interface Wanted {
  /** Pictures a second at most. */
  readonly fps: number;
  /** Whether smaller pictures than the stream's. */
  readonly scaled: boolean;
}

interface Sample {
  readonly at: number;
  /** The share of the stream's pictures that did not come, 0–1. */
  readonly missing: number;
}

/** Long enough that a hiccup is not called a slow connection, short enough that one which has gone is not for long. */
const WINDOW_MS = 5000;
/** A connection is slow from this share of missing pictures on … */
const SLOW_SHARE = 0.25;
/** … and until it is below that one, so that the page does not change its mind every second. */
const WELL_SHARE = 0.1;
/** Or when its pictures are so much older than the stream's own. */
const SLOW_AGE_MS = 500;

/** Follows the pictures of one stream on this page: what of it arrives, and how late. */
export class Reception {
  #samples: Sample[] = [];
  #slow = false;

  /** Takes what the picture tells of itself. `at` is a time in ms on any clock. */
  update(status: StreamStatus, figures: ViewFigures, asked: Wanted, at: number): Figures {
    const wanted = Math.min(status.fps, asked.fps);
    // In an <img> pictures cannot be counted: then they are taken to be all.
    const fps = figures.fps ?? wanted;
    const missing = wanted === 0 ? 0 : Math.max(0, 1 - fps / wanted);
    this.#samples = [...this.#samples.filter((sample) => at - sample.at <= WINDOW_MS), { at, missing }];
    const isKnown = at - (this.#samples[0]?.at ?? at) >= WINDOW_MS - 1000;
    // The least of the last seconds: what came late once comes in time the next second.
    const share = isKnown ? Math.min(...this.#samples.map((sample) => sample.missing)) : 0;
    const isLate = figures.ageMs !== null && figures.ageMs - (status.ageMs ?? 0) > SLOW_AGE_MS;
    const isSmaller = !asked.scaled && longestSide(figures) < longestSide(status);
    this.#slow = isLate || share > (this.#slow ? WELL_SHARE : SLOW_SHARE);
    const { ageMs, drops } = figures;
    return {
      ...{ fps, ageMs, drops, of: "page" as const },
      slow: this.#slow || isSmaller,
      smallerWidth: isSmaller ? figures.width : null,
    };
  }
}

/** Pictures that lie on their side are sent upright when they are made smaller. */
function longestSide({
  width,
  height,
}: {
  readonly width: number | null;
  readonly height: number | null;
}): number {
  return Math.max(width ?? 0, height ?? 0);
}
