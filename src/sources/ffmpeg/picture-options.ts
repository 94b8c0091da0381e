import type { Size, SourceOptions } from "../address.ts";

/** What can be asked of the pictures of any input. */
export interface PictureOptions {
  /** ffmpeg's own filters, as its `-vf` has them. */
  readonly filter: string | undefined;
  /** The box that pictures are made to fit in. */
  readonly size: Size | undefined;
  /** Most pictures a second. */
  readonly fps: number | undefined;
  /** Quality, 1–100. */
  readonly quality: number;
  /** Whether the graphics card may decode. */
  readonly hardware: boolean;
  /** Whether nothing was asked for that makes new pictures of those that come: Motion JPEG is then passed on as it is. */
  readonly mayCopy: boolean;
}

/** As good as a webcam's. */
const DEFAULT_QUALITY = 80;

/** Reads `filter`, `size`, `fps`, `quality` and `hw` of an address. */
export function readPictureOptions(options: SourceOptions): PictureOptions {
  const filter = options.text("filter");
  const size = options.size("size");
  const fps = options.number("fps", 0.01, 120, "pictures a second");
  const quality = options.number("quality", 1, 100, "of 100");
  const hardware = options.word("hw", ["auto", "none"]) === "auto";
  const asked = [filter, size, fps, quality];
  return {
    filter,
    size,
    fps,
    quality: quality ?? DEFAULT_QUALITY,
    hardware,
    mayCopy: asked.every((value) => value === undefined),
  };
}

/**
 * The filters that these options mean, in order.
 * @param speed how many seconds of the input are shown in one
 */
export function filtersOf({ filter, size, fps }: PictureOptions, speed = 1): readonly string[] {
  return [
    ...(fps === undefined ? [] : [atMost(fps / speed)]),
    ...(filter === undefined ? [] : [filter]),
    ...(size === undefined
      ? []
      : [`scale=${size.width}:${size.height}:force_original_aspect_ratio=decrease`]),
  ];
}

/**
 * The first picture of each slot of time, as it comes. ffmpeg's filter `fps` would wait for the next picture to decide on
 * one, and fill gaps with copies. A slot begins half of it early: pictures that come at just this rate must not be lost to
 * rounding.
 */
function atMost(fps: number): string {
  return `select='isnan(prev_selected_t)+not(eq(floor(t*${fps}+0.5),floor(prev_selected_t*${fps}+0.5)))'`;
}
