import { SourceError } from "../../core/errors.ts";
import type { SourceAddress } from "../address.ts";
import type { Source } from "../source.ts";
import { copiedOrEncoded, type InputMemory } from "./copied-or-encoded.ts";
import type { FfmpegTask } from "./ffmpeg-pictures.ts";
import { findFfmpeg } from "./find-ffmpeg.ts";
import { isPaced, networkInput } from "./network-input.ts";
import { NETWORK_TROUBLE } from "./network-trouble.ts";
import { filtersOf, readPictureOptions } from "./picture-options.ts";
import { readStreamAddress } from "./stream-address.ts";
import { troubleIn } from "./trouble.ts";

/** Whether an address of the web is a playlist of video: HLS or DASH. */
export function isPlaylist(target: string): boolean {
  return /^https?:\/\/[^?#]+\.(?:m3u8|mpd)(?:[?#]|$)/i.test(target);
}

/** A stream that sends no picture for so long is opened again. */
const SILENCE_MS = 10_000;
/** The same for playlists, whose next piece is written every ten seconds by some. */
const PLAYLIST_SILENCE_MS = 30_000;

/** The camera does not send over TCP. */
const NO_TCP = /461 |unsupported transport|nonmatching transport/i;

/**
 * A video stream from the network that ffmpeg reads: RTSP, RTMP, SRT, MPEG-TS over UDP, HLS, DASH, or, behind `ffmpeg:`, any
 * other URL it opens. Options behind `#`: `filter` (ffmpeg's `-vf`), `size` (a box to fit in), `fps` (at most), `quality` (1–100),
 * `hw=auto`, `transport=tcp|udp` (of RTSP: TCP, unless the camera has only UDP). Motion JPEG is passed on as it is.
 *
 * User and password stand before the host and are shown nowhere in Kinora. ffmpeg has them in its arguments.
 * @throws MjpegError `ERR_ADDRESS_INVALID`, `ERR_OPTION_INVALID`.
 */
export function openNetwork(address: SourceAddress): Source {
  const { url, scheme, label, hide } = readStreamAddress(address.target.replace(/^ffmpeg:/i, ""));
  const options = readPictureOptions(address.options);
  const asked = address.options.word("transport", ["tcp", "udp"]);
  address.options.end();
  const memory: InputMemory = { isMjpeg: false };
  let transport = asked ?? "tcp";

  const task: Omit<FfmpegTask, "copy"> = {
    label,
    hide,
    input: (version) => networkInput({ url, scheme, transport, hardware: options.hardware }, version),
    filters: filtersOf(options),
    quality: options.quality,
    endless: !isPaced(scheme),
    silenceMs: isPaced(scheme) ? PLAYLIST_SILENCE_MS : SILENCE_MS,
    explain(lines) {
      const isWithoutTcp = lines.some((line) => NO_TCP.test(line));
      if (isWithoutTcp && asked === undefined) transport = "udp";
      return isWithoutTcp ? wrongTransport(label, asked) : troubleIn(label, lines, NETWORK_TROUBLE);
    },
  };
  return {
    label,
    async check() {
      await findFfmpeg();
    },
    async *capture(signal, report) {
      yield* copiedOrEncoded(task, options.mayCopy ? memory : undefined, signal, report);
      if (!signal.aborted) report.note(`${label} was played to its end`);
    },
  };
}

function wrongTransport(label: string, asked: string | undefined): SourceError {
  const cure =
    asked === undefined ? "UDP is tried next" : "leave out #transport, or choose the other of tcp and udp";
  return new SourceError(
    "ERR_SOURCE_REFUSED",
    `${label} does not send over ${asked ?? "tcp"} (461); ${cure}`,
    {
      retryable: asked === undefined,
    },
  );
}
