import type { SourceAddress } from "../sources/address.ts";
import { rawCameraPictures } from "../sources/ffmpeg/raw-camera.ts";
import { openSystemCamera } from "../sources/ffmpeg/system-camera.ts";
import { systemCameras, type CameraSystem } from "../sources/ffmpeg/system-cameras.ts";
import type { Source } from "../sources/source.ts";
import { listCameras as listLinuxCameras, type Camera, type CameraList } from "../sources/v4l2/devices.ts";
import { openCamera as openLinuxCamera } from "../sources/v4l2/v4l2-source.ts";

/** Systems whose cameras are ffmpeg's to read. Everywhere else Kinora reads them itself, where it can. */
const SYSTEMS: Readonly<Partial<Record<NodeJS.Platform, CameraSystem>>> = {
  win32: "dshow",
  darwin: "avfoundation",
};

const system: CameraSystem | undefined = SYSTEMS[process.platform];

/** A camera of this machine, whatever the system. */
export function openCamera(address: SourceAddress): Source {
  return system === undefined
    ? openLinuxCamera(address, rawCameraPictures)
    : openSystemCamera(address, system);
}

/**
 * The cameras of this machine; of Windows and macOS their names alone.
 * @throws SourceError where none can be looked for: `ERR_MODULE_MISSING`, `ERR_FFMPEG_MISSING`.
 */
export async function listCameras(): Promise<CameraList> {
  if (system === undefined) return listLinuxCameras();
  const names = await systemCameras(system);
  return { cameras: names.map((name) => byName(name, system)), refused: [] };
}

function byName(name: string, driver: CameraSystem): Camera {
  return { path: name, name, driver, bus: driver, formats: [], capturesMjpeg: false, capturesRaw: true };
}
