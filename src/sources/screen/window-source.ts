import { MjpegError, SourceError } from "../../core/errors.ts";
import type { SourceAddress } from "../address.ts";
import { ffmpegPictures, type FfmpegTask } from "../ffmpeg/ffmpeg-pictures.ts";
import { findFfmpeg } from "../ffmpeg/find-ffmpeg.ts";
import type { Source } from "../source.ts";
import { desktopHere } from "./desktop.ts";
import { findWindows, noSuchWindowAmong, parseWanted, type Wanted } from "./find-windows.ts";
import { gdiArguments, type GdiTarget } from "./grab-arguments.ts";
import { displayOption, grabOptions, type GrabOptions } from "./grab-options.ts";
import { grabTask } from "./grab.ts";
import { showWindow } from "./show-window.ts";
import { X11Connection } from "./x11-connection.ts";
import type { X11Display } from "./x11-display.ts";

/**
 * `window:TITLE`: the window with that text in its title, or of that number (`0x1e00007`), through ffmpeg. It is followed
 * when it moves, is resized or closed and opened again. Options: `cursor`, `fps`, `quality`, `size`, `display`.
 * @throws MjpegError `ERR_OPTION_INVALID` for an option that is unknown or out of its range, `ERR_ADDRESS_INVALID` without a title.
 */
export function openWindow(address: SourceAddress): Source {
  const { options, target } = address;
  const wantedDisplay = displayOption(options);
  const wish = grabOptions(options);
  options.end();
  if (target.trim() === "") {
    throw new MjpegError(
      "ERR_ADDRESS_INVALID",
      '"window:" names no window; write window:TITLE with a part of its title; kinora devices lists them',
    );
  }
  const wanted = parseWanted(target);
  const label = `window ${target}`;
  return {
    label,
    async check() {
      const display = x11Of(wantedDisplay);
      await findFfmpeg();
      if (display === undefined) return;
      const connection = await X11Connection.open(display);
      try {
        const { windows, others } = await findWindows(connection, wanted);
        if (windows.length === 0) throw noSuchWindowAmong(wanted, others);
      } finally {
        connection.close();
      }
    },
    async *capture(signal, report) {
      const display = x11Of(wantedDisplay);
      if (display !== undefined) {
        yield* showWindow({ label, display, wanted, options: wish }, signal, report);
      } else {
        yield* ffmpegPictures(gdiTask(label, wanted, wish), signal, report);
      }
    },
  };
}

/** The X display; undefined on Windows. */
function x11Of(wanted: X11Display | undefined): X11Display | undefined {
  const desktop = desktopHere(wanted);
  if (desktop.kind === "x11") return desktop.display;
  if (desktop.kind === "windows") return undefined;
  throw new SourceError(
    "ERR_SCREEN_UNSUPPORTED",
    "on a Mac ffmpeg can grab whole screens only: write screen:?region=WIDTHxHEIGHT+LEFT+TOP for the place of the window, " +
      "or share the window from a browser with the page /publish",
    { retryable: false },
  );
}

/** On Windows ffmpeg looks for the window itself, by the whole of its title. */
function gdiTask(label: string, { text, id }: Wanted, options: GrabOptions): FfmpegTask {
  const target: GdiTarget = id === undefined ? `title=${text}` : `hwnd=${id}`;
  return {
    ...grabTask(label, gdiArguments(target, undefined, options), options),
    explain: (lines) =>
      lines.some((line) => line.includes("find window"))
        ? new SourceError(
            "ERR_WINDOW_MISSING",
            `no window is called ${JSON.stringify(text)}; on Windows its whole title is needed`,
            { retryable: true },
          )
        : undefined,
  };
}
