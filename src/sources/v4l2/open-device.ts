import { SourceError } from "../../core/errors.ts";
import { cameraMissing } from "./camera-error.ts";
import { configure } from "./configure.ts";
import { cameraNames, firstCamera } from "./devices.ts";
import type { Libc } from "../../system/libc.ts";
import { loadCameraLibc } from "./camera-libc.ts";
import type { Wish } from "./negotiate.ts";
import { V4l2Device } from "./v4l2-device.ts";

/**
 * Opens a camera's device, or the first camera's where no path is given.
 * @param rawWillDo whether the first camera may be one that delivers no JPEG
 * @throws SourceError `ERR_CAMERA_MISSING`, naming the cameras there are, or why it cannot be opened.
 */
export async function openDevice(
  libc: Libc,
  wished: string | undefined,
  rawWillDo = false,
): Promise<V4l2Device> {
  const path = wished ?? (await firstCamera(libc, rawWillDo));
  try {
    return await V4l2Device.open(libc, path);
  } catch (error) {
    const isMissing = error instanceof SourceError && error.code === "ERR_CAMERA_MISSING";
    throw isMissing ? cameraMissing(path, await cameraNames(libc)) : error;
  }
}

/**
 * Looks whether a camera could be captured from now, without starting it.
 * @throws SourceError with the reason why not: missing, busy, no permission, no JPEG.
 */
export async function checkCamera(path: string | undefined, wish: Wish): Promise<void> {
  const libc = loadCameraLibc();
  const device = await openDevice(libc, path);
  try {
    await configure(device, wish);
    // Only asking for buffers shows whether another program captures; closing gives them back.
    await device.requestBuffers(1);
  } finally {
    await device.close();
  }
}
