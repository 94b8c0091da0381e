import { SourceError } from "../../core/errors.ts";
import type { CapturedImage } from "../../core/frame.ts";
import type { SourceReport } from "../source.ts";
import { cameraErrorInWords } from "./camera-error.ts";
import { loadCameraLibc } from "./camera-libc.ts";
import { offersOf } from "./devices.ts";
import { chooseMode, DEFAULT_SIZE, fpsOf, type Mode, type Wish } from "./negotiate.ts";
import { openDevice } from "./open-device.ts";
import { rawFormatOf } from "./v4l2-abi.ts";

/** How a camera without JPEG is to be read. */
export interface RawOrder extends Mode {
  /** Its device. */
  readonly path: string;
  /** Its pixel format, by the name that ffmpeg has for it: `yuyv422`. */
  readonly pixelFormat: string;
  /** What was chosen, for people. */
  readonly text: string;
  /** The error for what the system says in words: "No such device". */
  explain(words: string): SourceError | undefined;
}

/** Reads a camera that delivers no JPEG, and makes JPEGs of its pictures. */
export type RawReader = (
  order: RawOrder,
  signal: AbortSignal,
  report: Pick<SourceReport, "dropped">,
) => AsyncGenerator<CapturedImage, void, undefined>;

/**
 * Looks for the format, and the size and rate nearest to the wish, in which a camera without JPEG can be read.
 * @returns undefined when it has no format of which JPEGs could be made.
 * @throws SourceError when it cannot be opened, or is in use.
 */
export async function rawOrder(path: string | undefined, wish: Wish): Promise<RawOrder | undefined> {
  const device = await openDevice(loadCameraLibc(), path, true);
  try {
    const { card, capturesVideo } = device.capability();
    const format = capturesVideo ? rawFormatOf(device.formats().map(({ code }) => code)) : undefined;
    if (format === undefined) return undefined;
    const mode = chooseMode(offersOf(device, format.code, wish.size ?? DEFAULT_SIZE), wish);
    await device.setFormat(format.code, mode.size);
    // Only asking for buffers shows whether another program captures; closing gives them back.
    await device.requestBuffers(1);
    const rate = `${mode.size.width}x${mode.size.height} at ${fpsOf(mode.interval)} fps`;
    return {
      ...mode,
      path: device.path,
      pixelFormat: format.name,
      text: `camera ${device.path} (${card}): ${rate}, ${format.name} by ffmpeg`,
      explain: (words) => cameraErrorInWords(device.path, words),
    };
  } finally {
    await device.close();
  }
}

/** Whether a camera may have failed for having no JPEG, so that another way may do. */
export function isWithoutJpeg(error: unknown): boolean {
  if (!(error instanceof SourceError)) return false;
  return error.code === "ERR_CAMERA_FORMAT" || error.code === "ERR_CAMERA_MISSING";
}
