/** How a stream from the network is opened. */
export interface NetworkOrder {
  /** What ffmpeg opens. */
  readonly url: string;
  /** Its scheme, in lower case. */
  readonly scheme: string;
  /** How RTSP carries the pictures. */
  readonly transport: "tcp" | "udp";
  /** Whether the graphics card may decode. */
  readonly hardware: boolean;
}

/**
 * What may be opened for the network: no file, no pipe, no device. A playlist or a description of a session may name any
 * URL, and must not have Kinora show a file of this machine.
 */
const PROTOCOLS =
  "rtsp,rtsps,rtp,srtp,rtmp,rtmps,rtmpt,rtmpts,rtmpe,rtmpte,ffrtmphttp,ffrtmpcrypt,srt,udp,tcp,tls,http,https,httpproxy,crypto,data";

/** How long a peer may take to answer and between two packets: shorter than a source may be silent, to hear the reason. */
const TIMEOUT_US = "8000000";

/**
 * How much of a stream is looked at before its first picture is shown. Of MPEG-TS, ffmpeg always takes as much as it may,
 * by itself 5 s. What has not been seen by then, such as a key frame, is waited for while it plays.
 */
const ANALYZE_US = "500000";

/**
 * The largest pictures that are decoded: 8192×8192, twice as many pixels as 8K video has. Less than a megabyte of PNG can hold one
 * that takes ffmpeg 1.6 GB.
 */
export const MAX_PIXELS: readonly string[] = ["-max_pixels", String(8_192 * 8_192)];

/** Everything up to and with `-i URL`. */
export function networkInput(
  { url, scheme, transport, hardware }: NetworkOrder,
  version: number,
): readonly string[] {
  const isLocal = scheme === "file";
  return [
    ...(hardware ? ["-hwaccel", "auto"] : []),
    ...(isLocal ? [] : ["-protocol_whitelist", PROTOCOLS]),
    ...MAX_PIXELS,
    ...schemeOptions(scheme, transport, version),
    // The rate is not asked for, so nobody waits for the pictures that would tell it: 0.4 s to the first one instead of 1.2.
    // (With `-fflags nobuffer` it takes 2.1: what was looked at is thrown away, and the next key frame waited for.)
    ...["-fpsprobesize", "0"],
    ...(isPaced(scheme) ? [] : ["-analyzeduration", ANALYZE_US]),
    // Threads that decode a picture each would hold back as many as there are threads.
    ...["-thread_type", "slice"],
    ...["-i", url],
  ];
}

/** Whether it comes as fast as it is read, and must be held to its own pace: files, and playlists of files. */
export function isPaced(scheme: string): boolean {
  return scheme === "http" || scheme === "https" || scheme === "file";
}

function schemeOptions(scheme: string, transport: string, version: number): string[] {
  switch (scheme) {
    case "rtsp":
    case "rtsps":
      // Before version 5, `-timeout` made ffmpeg listen instead.
      return [
        ...["-rtsp_transport", transport, "-allowed_media_types", "video"],
        ...[version < 5 ? "-stimeout" : "-timeout", TIMEOUT_US],
      ];
    case "http":
    case "https":
      return ["-re", ...noBurst(version), "-rw_timeout", TIMEOUT_US];
    case "file":
      return ["-re", ...noBurst(version)];
    case "rtmp":
    case "rtmps":
    case "tcp":
      return ["-rw_timeout", TIMEOUT_US];
    case "udp":
      // Too much at once costs pictures, not the whole stream.
      return ["-overrun_nonfatal", "1"];
    default:
      return [];
  }
}

/** From 6.1 on, ffmpeg reads the first half second at once, of which only the last picture would be shown. */
export function noBurst(version: number): readonly string[] {
  return version >= 6.1 ? ["-readrate_initial_burst", "0.001"] : [];
}
