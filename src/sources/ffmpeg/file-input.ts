import { MAX_PIXELS, noBurst } from "./network-input.ts";

/** How a video file is played. */
export interface FileOrder {
  /** Its absolute path. */
  readonly path: string;
  /** How many seconds of it are played in one. */
  readonly speed: number;
  /** Where it begins, in milliseconds from its start. */
  readonly startMs: number;
  /** Whether it begins again at its end. */
  readonly loop: boolean;
  /** Whether the graphics card may decode. */
  readonly hardware: boolean;
}

/** What a file may open: none of the network, whatever a playlist says. */
const PROTOCOLS = "file,crypto,data,subfile";

/** Everything up to and with `-i PATH`. Read at the speed at which it is shown. */
export function fileInput(
  { path, speed, startMs, loop, hardware }: FileOrder,
  version: number,
): readonly string[] {
  return [
    ...(hardware ? ["-hwaccel", "auto"] : []),
    ...["-protocol_whitelist", PROTOCOLS, ...MAX_PIXELS],
    ...pace(speed, version),
    // Its own loop goes back to the start of the file, and then too fast.
    ...(loop && startMs === 0 ? ["-stream_loop", "-1"] : []),
    ...(startMs === 0 ? [] : ["-ss", `${startMs}ms`]),
    ...["-fpsprobesize", "0"],
    // Named as a file: a path may begin with a dash, or look like a URL.
    ...["-i", `file:${path}`],
  ];
}

/** The filters that keep the speed where reading cannot: {@link fileInput} can only read at the speed 1 before 5.1. */
export function paceFilters(speed: number, version: number): readonly string[] {
  return readsAtSpeed(speed, version) ? [] : [`realtime=speed=${speed}`];
}

function pace(speed: number, version: number): readonly string[] {
  if (!readsAtSpeed(speed, version)) return [];
  return [...(speed === 1 ? ["-re"] : ["-readrate", String(speed)]), ...noBurst(version)];
}

function readsAtSpeed(speed: number, version: number): boolean {
  return speed === 1 || version >= 5.1;
}
