import type { Size, SourceOptions } from "../address.ts";
import { parseDisplay, type X11Display } from "./x11-display.ts";

/** What screens and windows have in common. */
export interface GrabOptions {
  /** Whether the pointer is in the pictures. */
  readonly cursor: boolean;
  /** Pictures a second. */
  readonly fps: number;
  /** Quality of the JPEGs, 1–100. */
  readonly quality: number;
  /** What the pictures are scaled down or up to fit into; undefined: as they are. */
  readonly size: Size | undefined;
}

/**
 * Reads `cursor` (default true), `fps` (1–60, default 30), `quality` (1–100, default 80) and `size`.
 * @throws MjpegError `ERR_OPTION_INVALID` for a value that is out of its range.
 */
export function grabOptions(options: SourceOptions): GrabOptions {
  return {
    cursor: options.flag("cursor") ?? true,
    fps: options.number("fps", 1, 60, "pictures a second") ?? 30,
    quality: options.number("quality", 1, 100, "the best") ?? 80,
    size: options.size("size"),
  };
}

/**
 * Reads `display`, the name of an X display.
 * @throws MjpegError `ERR_OPTION_INVALID` for what is not one.
 */
export function displayOption(options: SourceOptions): X11Display | undefined {
  const name = options.text("display");
  return name === undefined ? undefined : parseDisplay(name);
}
