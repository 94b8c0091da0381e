import type { CapturedImage } from "../../core/frame.ts";
import type { SourceAddress } from "../address.ts";
import type { Source } from "../source.ts";
import { CameraCapture } from "./camera-capture.ts";
import { loadCameraLibc } from "./camera-libc.ts";
import type { CameraReport } from "./delivery.ts";
import type { Wish } from "./negotiate.ts";
import { checkCamera } from "./open-device.ts";
import { isWithoutJpeg, rawOrder, type RawReader } from "./raw-camera.ts";

/**
 * A camera of this Linux machine, read directly: `camera:/dev/video0?size=1280x720&fps=30`; `camera:` is the first one
 * that delivers JPEG, else the first one there is. Options: `size` (default 1280x720 or the largest below it) and `fps`
 * (0.1–1000, default 30), each set to the nearest that the camera has and told in a note.
 *
 * Pictures that were dropped by the driver, torn, or older than a newer one that was ready, are reported as dropped.
 * @param readRaw reads a camera that delivers no JPEG; without it such a one cannot be shown
 * @throws MjpegError `ERR_OPTION_INVALID` for an option that is unknown or out of its range.
 */
export function openCamera(address: SourceAddress, readRaw?: RawReader): Source {
  const wish: Wish = {
    size: address.options.size("size"),
    fps: address.options.number("fps", 0.1, 1_000, "pictures a second"),
  };
  address.options.end();
  const path = address.target === "" ? undefined : address.target;
  const said = new Set<string>();
  const captureJpeg = jpegCapture(path, wish);

  return {
    label: `camera ${path ?? "(the first one)"}`,
    async check() {
      try {
        await checkCamera(path, wish);
      } catch (error) {
        const isReadable = readRaw !== undefined && isWithoutJpeg(error) && (await rawOrder(path, wish));
        if (isReadable === false || isReadable === undefined) throw error;
      }
    },
    async *capture(signal, report) {
      if (signal.aborted) return;
      const sayOnce = {
        dropped: (count: number) => report.dropped(count),
        note: (text: string) => {
          if (said.has(text)) return;
          said.add(text);
          report.note(text);
        },
      };
      try {
        yield* captureJpeg(signal, sayOnce);
      } catch (error) {
        const order = readRaw !== undefined && isWithoutJpeg(error) ? await rawOrder(path, wish) : undefined;
        if (readRaw === undefined || order === undefined) throw error;
        sayOnce.note(order.text);
        yield* readRaw(order, signal, sayOnce);
      }
    },
  };
}

/** Reads the JPEGs of a camera, each time it is called. */
function jpegCapture(
  path: string | undefined,
  wish: Wish,
): (signal: AbortSignal, report: CameraReport) => AsyncGenerator<CapturedImage, void, undefined> {
  // A driver that is stuck holds a thread of libuv's pool: trying again meanwhile would soon hold all of them.
  let lastClosed = Promise.resolve();
  return async function* (signal, report) {
    const camera = new CameraCapture(loadCameraLibc(), { path, wish }, report, lastClosed);
    lastClosed = camera.closed;
    const stop = (): void => camera.stop();
    signal.addEventListener("abort", stop);
    try {
      for (let image = await camera.next(); image !== undefined; image = await camera.next()) yield image;
    } finally {
      signal.removeEventListener("abort", stop);
      await camera.close();
    }
  };
}
