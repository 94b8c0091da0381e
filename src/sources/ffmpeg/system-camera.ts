import { SourceError } from "../../core/errors.ts";
import type { Size, SourceAddress } from "../address.ts";
import type { Source } from "../source.ts";
import { copiedOrEncoded, type InputMemory } from "./copied-or-encoded.ts";
import { findFfmpeg } from "./find-ffmpeg.ts";
import { systemCameras, type CameraSystem } from "./system-cameras.ts";
import { troubleIn, type Trouble } from "./trouble.ts";

/** Which camera is wanted, and how. */
export interface SystemCameraOrder {
  /** Its name, as `kinora devices` lists it. */
  readonly name: string;
  /** The size of its pictures; the camera's own where it is undefined. */
  readonly size: Size | undefined;
  /** Pictures a second; as many as the camera likes where it is undefined. */
  readonly fps: number | undefined;
}

/** Macs' cameras know 30, and ffmpeg asks for 29.97 by itself, which they refuse. */
const USUAL_FPS = 30;
const QUALITY = 80;
const SILENCE_MS = 10_000;

/**
 * A camera of Windows or macOS, read through ffmpeg: `camera:NAME?size=1280x720&fps=30`; `camera:` is the first one.
 * @throws MjpegError `ERR_OPTION_INVALID` for an option that is unknown or out of its range.
 */
export function openSystemCamera(address: SourceAddress, system: CameraSystem): Source {
  const size = address.options.size("size");
  const fps = address.options.number("fps", 0.1, 1_000, "pictures a second");
  address.options.end();
  const wanted = address.target === "" ? undefined : address.target;
  const memory: InputMemory = { isMjpeg: false };
  const label = `camera ${wanted ?? "(the first one)"}`;
  return {
    label,
    async check() {
      await findFfmpeg();
    },
    async *capture(signal, report) {
      const name = wanted ?? (await firstOf(system));
      const task = {
        label,
        input: systemCameraInput({ name, size, fps }, system),
        filters: [],
        quality: QUALITY,
        hide: (text: string) => text,
        silenceMs: SILENCE_MS,
        endless: true,
        explain: (lines: readonly string[]) => troubleIn(label, lines, CAMERA_TROUBLE),
      };
      yield* copiedOrEncoded(task, memory, signal, report);
    },
  };
}

/** Everything up to and with `-i CAMERA`. */
export function systemCameraInput(
  { name, size, fps }: SystemCameraOrder,
  system: CameraSystem,
): readonly string[] {
  const asked = size === undefined ? [] : ["-video_size", `${size.width}x${size.height}`];
  if (system === "avfoundation") {
    const rate = ["-framerate", String(fps ?? USUAL_FPS)];
    return ["-f", "avfoundation", ...asked, ...rate, "-fpsprobesize", "0", "-i", `${name}:none`];
  }
  const rate = fps === undefined ? [] : ["-framerate", String(fps)];
  // Raw pictures overrun its buffer of 3 MB, which costs them.
  return [
    "-f",
    "dshow",
    "-rtbufsize",
    "100M",
    ...asked,
    ...rate,
    "-fpsprobesize",
    "0",
    "-i",
    `video=${name}`,
  ];
}

async function firstOf(system: CameraSystem): Promise<string> {
  const [first] = await systemCameras(system);
  if (first !== undefined) return first;
  throw new SourceError(
    "ERR_CAMERA_MISSING",
    "no camera: none is connected, or this program may not use it",
    {
      retryable: true,
    },
  );
}

const CAMERA_TROUBLE: readonly Trouble[] = [
  {
    words: /could not find video device|video device not found|could not enumerate/i,
    code: "ERR_CAMERA_MISSING",
    retryable: true,
    says: "is not there; plug it in, or choose one that `kinora devices` lists",
  },
  {
    words: /could not run graph|device already in use|in use by another/i,
    code: "ERR_CAMERA_BUSY",
    retryable: true,
    says: "is in use by another program, or may not be used: close that program, and look into the privacy settings",
  },
  {
    words: /not authorized|permission|denied/i,
    code: "ERR_CAMERA_PERMISSION",
    retryable: false,
    says: "may not be used by this program: allow it in the system's privacy settings, under Camera",
  },
  {
    words: /could not set video options|is not supported by the device/i,
    code: "ERR_CAMERA_FORMAT",
    retryable: false,
    says: "does not have this size or rate: choose another one, or leave out size and fps",
  },
];
