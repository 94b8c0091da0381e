import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { pixelsOf } from "./pictures.ts";
import { pathOf } from "./programs.ts";

const run = promisify(execFile);

/** How a video is made. */
export interface VideoOptions {
  /** `320x240` by default. */
  readonly size?: string;
  /** Pictures a second. Default 25. */
  readonly fps?: number;
  /** Default 2. */
  readonly seconds?: number;
  /** ffmpeg's arguments for the output; H.264 with B-frames by default. */
  readonly output?: readonly string[];
}

const H264 = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-bf", "2", "-pix_fmt", "yuv420p"];

/** Makes a video file whose pictures get brighter from its first to its last: {@link brightness} tells them apart. */
export async function video(folder: string, name: string, options: VideoOptions = {}): Promise<string> {
  const { size = "320x240", fps = 25, seconds = 2, output = H264 } = options;
  const path = join(folder, name);
  const picture = `color=white:s=${size}:r=${fps}:d=${seconds},format=yuv420p,fade=in:d=${seconds}`;
  await ffmpeg(["-f", "lavfi", "-i", picture, ...output, path]);
  return path;
}

/** Runs ffmpeg to its end. */
export async function ffmpeg(args: readonly string[]): Promise<void> {
  await run(pathOf("ffmpeg"), ["-hide_banner", "-nostdin", "-loglevel", "error", "-y", ...args], {
    timeout: 60_000,
  });
}

/** How bright a picture of {@link video} is: 0 for the first, nearly 1 for the last. */
export async function brightness(jpeg: Uint8Array): Promise<number> {
  const { rgba } = await pixelsOf(jpeg, 16);
  return (rgba[0] ?? 0) / 255;
}
