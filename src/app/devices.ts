import { SourceError } from "../core/errors.ts";
import { findFfmpeg, type Ffmpeg } from "../sources/ffmpeg/find-ffmpeg.ts";
import { listPiCameras, type PiCamera } from "../sources/pipe/pi-cameras.ts";
import { listScreens, type ScreenList } from "../sources/screen/list-screens.ts";
import type { CameraList } from "../sources/v4l2/devices.ts";
import { listCameras } from "./cameras.ts";

export type { Camera } from "../sources/v4l2/devices.ts";

/** What this machine has that can be shown. */
export interface Devices {
  /** Its cameras. */
  readonly cameras: CameraList;
  /** The cameras at the ribbon cable of a Raspberry Pi. */
  readonly piCameras: readonly PiCamera[];
  /** Its screens and their windows. */
  readonly screens: ScreenList;
  /** The ffmpeg that shows screens, video files and network streams, or why there is none. */
  readonly ffmpeg: Ffmpeg | SourceError;
}

/** Looks for everything that can be shown. What cannot be looked for here is told as refused. */
export async function findDevices(): Promise<Devices> {
  const [cameras, piCameras, screens, ffmpeg] = await Promise.all([
    listCameras().catch((error: unknown) => ({ cameras: [], refused: [asSourceError(error)] })),
    listPiCameras(),
    listScreens(),
    findFfmpeg().catch(asSourceError),
  ]);
  return { cameras, piCameras, screens, ffmpeg };
}

function asSourceError(error: unknown): SourceError {
  if (error instanceof SourceError) return error;
  throw error;
}
