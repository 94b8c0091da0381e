import { cameraFormat } from "./camera-error.ts";
import { offersOf } from "./devices.ts";
import { chooseMode, DEFAULT_SIZE, fpsOf, type Wish } from "./negotiate.ts";
import { fourccName, JPEG_FORMATS } from "./v4l2-abi.ts";
import type { V4l2Device } from "./v4l2-device.ts";

/** How a camera was set. */
export interface Configured {
  /** What was agreed on, for people. */
  readonly text: string;
  /** The time from one picture to the next in milliseconds; undefined where the driver does not tell. */
  readonly intervalMs: number | undefined;
}

/**
 * Sets a camera to JPEG in the size and rate nearest to the wish.
 * @throws SourceError `ERR_CAMERA_FORMAT` when it has no JPEG, `ERR_CAMERA_BUSY` when another program captures from it.
 */
export async function configure(device: V4l2Device, wish: Wish): Promise<Configured> {
  const { card, capturesVideo } = device.capability();
  if (!capturesVideo) throw cameraFormat(device.path, `${card} delivers no pictures on this device`);
  const format = jpegFormat(device, card);
  const mode = chooseMode(offersOf(device, format, wish.size ?? DEFAULT_SIZE), wish);
  const given = await device.setFormat(format, mode.size);
  if (!JPEG_FORMATS.includes(given.format)) {
    throw cameraFormat(device.path, `${card} gave ${fourccName(given.format)} although JPEG was asked for`);
  }
  const interval = await device.setRate(mode.interval);
  const fps = interval === undefined ? undefined : fpsOf(interval);
  const size = `${given.width}x${given.height}`;
  const rate = fps === undefined ? "at its own rate" : `at ${fps} fps`;
  return {
    text: `camera ${device.path} (${card}): ${size} ${rate}, MJPEG${asked(wish, size, fps)}`,
    intervalMs: fps === undefined ? undefined : 1_000 / fps,
  };
}

function jpegFormat(device: V4l2Device, card: string): number {
  const codes = device.formats().map(({ code }) => code);
  const format = JPEG_FORMATS.find((code) => codes.includes(code));
  if (format !== undefined) return format;
  const has = codes.length === 0 ? "no format at all" : `only ${codes.map(fourccName).join(", ")}`;
  throw cameraFormat(device.path, `${card} delivers no JPEG, it has ${has}`);
}

/** What was asked for, where that is not what was given. */
function asked({ size, fps }: Wish, givenSize: string, givenFps: number | undefined): string {
  const wishedSize = size === undefined ? givenSize : `${size.width}x${size.height}`;
  const isGiven = wishedSize === givenSize && (fps === undefined || fps === givenFps);
  if (isGiven) return "";
  const parts = [size === undefined ? "" : wishedSize, fps === undefined ? "" : `at ${fps} fps`];
  return ` (asked for ${parts.filter((part) => part !== "").join(" ")})`;
}
