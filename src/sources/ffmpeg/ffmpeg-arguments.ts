/** What ffmpeg is to make of an input. */
export interface PicturesOrder {
  /** Everything up to and with `-i X`. */
  readonly input: readonly string[];
  /** Filters that each picture goes through, in order. */
  readonly filters: readonly string[];
  /** Quality of the pictures, 1–100, as of any JPEG. */
  readonly quality: number;
  /** Whether the pictures of the input are passed on as they are. Only where they are JPEGs, and without filters. */
  readonly copy: boolean;
  /** Whether every pixel keeps its colour (4:4:4), as small coloured letters need; else four share one (4:2:0). */
  readonly fullColour?: boolean;
}

/** Percent of the usual quantization that one step of ffmpeg's scale is, by the mean of both tables. */
const PERCENT_A_STEP = 7.25;
/** The ends of ffmpeg's scale. */
const BEST = 2;
const WORST = 31;

/** The arguments with which ffmpeg writes pictures to its standard output, as soon as it has them. */
export function picturesArguments(order: PicturesOrder, version: number): readonly string[] {
  // The level is written before each line: errors are told apart by it. `info` has the line with the codec.
  return ["-hide_banner", "-nostdin", "-nostats", "-loglevel", "level+info"].concat(
    order.input,
    ["-an", "-sn", "-dn"],
    order.copy ? ["-c:v", "copy"] : encoding(order, version),
    ["-flush_packets", "1", "-f", "mpjpeg", "pipe:1"],
  );
}

/** The step of ffmpeg's scale, 2–31, for a quality of 1–100: both scale the tables of the JPEG standard. */
export function scaleOf(quality: number): number {
  const percent = quality < 50 ? 5_000 / quality : 200 - 2 * quality;
  return Math.min(WORST, Math.max(BEST, Math.round(percent / PERCENT_A_STEP)));
}

/**
 * Times that only ever grow: microseconds of the clock. Those of a stream that starts anew jump back, which ends the encoder; so
 * would a count, as filters are made anew where pictures change their size. What is written has no times at all. In a coarser
 * unit two would be rounded to one, and in no unit may they be so large that ffmpeg 7, which multiplies them, overflows.
 */
const GROWING_TIMES = ["settb=1/1000000", "setpts=time(0)*1000000"];
/** The encoder's unit, which is that of the frame rate otherwise: in that, 5.1 rounds most of them to one. */
const ENCODER_TIMES = ["-enc_time_base", "1:1000000"];

function encoding({ filters, quality, fullColour = false }: PicturesOrder, version: number): string[] {
  return [
    ...["-vf", [...filters, ...GROWING_TIMES].join(",")],
    // Every picture once, when it comes: at a constant rate each would wait for the next, and gaps be filled with copies.
    ...(version >= 5.1 ? ["-fps_mode", "passthrough"] : ["-vsync", "passthrough"]),
    ...ENCODER_TIMES,
    ...["-c:v", "mjpeg", "-q:v", String(scaleOf(quality)), "-pix_fmt", fullColour ? "yuvj444p" : "yuvj420p"],
    // Threads for whole pictures would hold back as many as there are threads.
    ...["-thread_type", "slice"],
  ];
}
