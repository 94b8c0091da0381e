import type { Area } from "./area.ts";
import type { GrabOptions } from "./grab-options.ts";

/** What ffmpeg is to grab, as its arguments: the input, and the filters behind it. */
export interface GrabArguments {
  readonly input: readonly string[];
  readonly filters: readonly string[];
}

/**
 * Arguments for a part of an X11 screen or of a window. The part must lie on the screen: X servers give nothing else.
 * @param window the window, whose corner the area counts from; undefined: the screen
 */
export function x11Arguments(
  display: string,
  window: number | undefined,
  area: Area,
  options: GrabOptions,
): GrabArguments {
  const { cursor, fps } = options;
  return {
    input: [
      ...PROMPTLY,
      ...["-f", "x11grab", "-framerate", String(fps), "-draw_mouse", cursor ? "1" : "0"],
      ...(window === undefined ? [] : ["-window_id", String(window)]),
      ...["-video_size", `${area.width}x${area.height}`],
      ...["-grab_x", String(area.x), "-grab_y", String(area.y), "-i", display],
    ],
    filters: scaling(options),
  };
}

/** What is grabbed on Windows: the desktop, a window by its whole title, or by its handle. */
export type GdiTarget = "desktop" | `title=${string}` | `hwnd=${string}`;

/** Arguments for the desktop of Windows or one of its windows. */
export function gdiArguments(
  target: GdiTarget,
  region: Area | undefined,
  options: GrabOptions,
): GrabArguments {
  const { cursor, fps } = options;
  const area =
    region === undefined
      ? []
      : ["-offset_x", String(region.x), "-offset_y", String(region.y)].concat(
          "-video_size",
          `${region.width}x${region.height}`,
        );
  const input = ["-f", "gdigrab", "-framerate", String(fps), "-draw_mouse", cursor ? "1" : "0"];
  return { input: [...PROMPTLY, ...input, ...area, "-i", target], filters: scaling(options) };
}

/** Arguments for a screen of a Mac, 0 being the first. avfoundation grabs whole screens; a region is cut out. */
export function avfoundationArguments(
  screen: number,
  region: Area | undefined,
  options: GrabOptions,
): GrabArguments {
  const { cursor, fps } = options;
  const input = ["-f", "avfoundation", "-framerate", String(fps), "-capture_cursor", cursor ? "1" : "0"];
  const crop =
    region === undefined ? [] : [`crop=${[region.width, region.height, region.x, region.y].join(":")}`];
  return {
    input: [...PROMPTLY, ...input, "-i", `Capture screen ${screen}:none`],
    filters: [...crop, ...scaling(options)],
  };
}

/** What is grabbed needs no looking at: size and format are known from the first picture. */
const PROMPTLY = ["-fflags", "nobuffer", "-probesize", "32", "-analyzeduration", "0"];

function scaling({ size }: GrabOptions): string[] {
  return size === undefined
    ? []
    : [`scale=${size.width}:${size.height}:force_original_aspect_ratio=decrease`];
}
