import { MjpegError, SourceError } from "../../core/errors.ts";
import type { CapturedImage } from "../../core/frame.ts";
import type { Size, SourceAddress } from "../address.ts";
import { ffmpegPictures } from "../ffmpeg/ffmpeg-pictures.ts";
import { findFfmpeg } from "../ffmpeg/find-ffmpeg.ts";
import type { Source, SourceReport } from "../source.ts";
import { areaText, clip, isSameArea, parseRegion, type Area } from "./area.ts";
import { desktopHere, waylandError, type Desktop } from "./desktop.ts";
import { avfoundationArguments, gdiArguments } from "./grab-arguments.ts";
import { displayOption, grabOptions, type GrabOptions } from "./grab-options.ts";
import { grabTask, grabX11 } from "./grab.ts";
import { X11Connection } from "./x11-connection.ts";
import type { X11Display } from "./x11-display.ts";
import { watchStructure } from "./x11-requests.ts";
import { screenSize } from "./x11-windows.ts";

/**
 * `screen:`: the desktop of this machine, through ffmpeg. `region=800x600+100+50` is a part of it, `display=:1` another X
 * display; `cursor`, `fps`, `quality` and `size` as for windows.
 * @throws MjpegError `ERR_OPTION_INVALID` for an option that is unknown or out of its range, `ERR_ADDRESS_INVALID` for a path.
 */
export function openScreen(address: SourceAddress): Source {
  const { options, target } = address;
  const wanted = displayOption(options);
  const wish: Wish = { region: parseRegion(options.text("region")), options: grabOptions(options) };
  options.end();
  if (target !== "") {
    throw new MjpegError(
      "ERR_ADDRESS_INVALID",
      `"screen:${target}" names nothing; write screen:, screen:?region=800x600+100+50 or window:TITLE`,
    );
  }
  const label = wanted === undefined ? "screen" : `screen ${wanted.name}`;
  return {
    label,
    async check() {
      const desktop = wholeDesktop(wanted);
      await findFfmpeg();
      if (desktop.kind !== "x11") return;
      const connection = await X11Connection.open(desktop.display);
      connection.close();
      partOf(connection.size, wish.region);
    },
    async *capture(signal, report) {
      const desktop = wholeDesktop(wanted);
      if (desktop.kind === "x11") return yield* showDisplay(label, desktop.display, wish, signal, report);
      const grab =
        desktop.kind === "windows"
          ? gdiArguments("desktop", wish.region, wish.options)
          : avfoundationArguments(0, wish.region, wish.options);
      yield* ffmpegPictures(grabTask(label, grab, wish.options), signal, report);
    },
  };
}

/** What an address asks for. */
interface Wish {
  readonly region: Area | undefined;
  readonly options: GrabOptions;
}

/** An X server within Wayland is refused: its screen is black where it shows anything at all. */
function wholeDesktop(wanted: X11Display | undefined): Desktop {
  const desktop = desktopHere(wanted);
  if (desktop.kind === "x11" && desktop.isXwayland) throw waylandError();
  return desktop;
}

/** Grabs a display; anew whenever its size has changed. */
async function* showDisplay(
  label: string,
  display: X11Display,
  { region, options }: Wish,
  signal: AbortSignal,
  report: SourceReport,
): AsyncGenerator<CapturedImage, void, undefined> {
  const connection = await X11Connection.open(display);
  try {
    connection.tell(watchStructure(connection.root));
    const sizeNow = async () => (await screenSize(connection)) ?? connection.size;
    const look = async () => partOf(await sizeNow(), region);
    while (!signal.aborted) {
      const size = await sizeNow();
      const area = partOf(size, region);
      report.note(`display ${display.name} is ${size.width}x${size.height}${cutText(region, area)}`);
      yield* grabX11(
        { label, connection, display: display.name, window: undefined, area, look },
        options,
        signal,
        report,
      );
    }
  } finally {
    connection.close();
  }
}

/** X servers give nothing of what lies beyond their screen. */
function partOf(size: Size, region: Area | undefined): Area {
  const area = clip(region ?? { ...size, x: 0, y: 0 }, size);
  if (area !== undefined) return area;
  throw new SourceError(
    "ERR_SCREEN_MISSING",
    `the region ${region === undefined ? "" : areaText(region)} lies outside the screen, which is ${size.width}x${size.height}`,
    { retryable: true },
  );
}

function cutText(region: Area | undefined, area: Area): string {
  const isCut = region !== undefined && !isSameArea(region, area);
  return isCut ? `; of the region ${areaText(region)}, ${areaText(area)} is on it` : "";
}
