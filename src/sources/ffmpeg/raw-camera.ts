import type { SourceError } from "../../core/errors.ts";
import type { CapturedImage } from "../../core/frame.ts";
import type { SourceReport } from "../source.ts";
import { ffmpegPictures } from "./ffmpeg-pictures.ts";

/** How a camera that delivers no JPEG is set. */
export interface RawCameraOrder {
  /** Its device: `/dev/video0`. */
  readonly path: string;
  /** What ffmpeg calls its pixel format: `yuyv422`. */
  readonly pixelFormat: string;
  /** The size of its pictures, as one that it has. */
  readonly size: { readonly width: number; readonly height: number };
  /** The time from one picture to the next in seconds, as a fraction. */
  readonly interval: { readonly numerator: number; readonly denominator: number };
  /** Turns an error of the system, by its name in words ("No such device"), into a sentence. */
  explain(words: string): SourceError | undefined;
}

const QUALITY = 80;

/** Reads a camera of Linux through ffmpeg, which makes JPEGs of what it delivers. */
export function rawCameraPictures(
  order: RawCameraOrder,
  signal: AbortSignal,
  report: Pick<SourceReport, "dropped">,
): AsyncGenerator<CapturedImage, void, undefined> {
  const label = `camera ${order.path}`;
  return ffmpegPictures(
    {
      label,
      input: rawCameraInput(order),
      filters: [],
      quality: QUALITY,
      copy: false,
      hide: (text) => text,
      silenceMs: SILENCE_MS,
      endless: true,
      explain: (lines) => order.explain(lines.join("\n")),
    },
    signal,
    report,
  );
}

/** A camera that sends no picture for so long is opened again. Starting some takes seconds. */
const SILENCE_MS = 10_000;

/** Everything up to and with `-i DEVICE`. */
export function rawCameraInput({ path, pixelFormat, size, interval }: RawCameraOrder): readonly string[] {
  return [
    ...["-f", "v4l2", "-input_format", pixelFormat],
    ...["-video_size", `${size.width}x${size.height}`],
    ...["-framerate", `${interval.denominator}/${interval.numerator}`],
    // Its first picture tells all there is to know.
    ...["-fpsprobesize", "0", "-probesize", "32"],
    ...["-i", path],
  ];
}
