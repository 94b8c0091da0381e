import { MjpegError } from "../../core/errors.ts";
import type { SourceAddress } from "../address.ts";
import { pictureReader } from "../newest-pictures.ts";
import type { Source } from "../source.ts";
import { findPiProgram } from "./pi-program.ts";
import { piProgramMissing, piTrouble } from "./pi-trouble.ts";
import { programPictures } from "./program-pictures.ts";

/** Long enough for a sensor that exposes for seconds. */
const SILENCE_MS = 10_000;
const QUALITY = 80;
/** JPEGs one after another. */
const OUTPUT_TYPE = "image/jpeg";

/**
 * `pi:?size=1280x720&fps=30&quality=80&rotation=180&camera=0`: the camera of a Raspberry Pi, by its program `rpicam-vid`, or
 * `libcamera-vid` as that was called before.
 * @throws MjpegError `ERR_OPTION_INVALID` for an option out of its range or an unknown one, `ERR_ADDRESS_INVALID` for anything
 *   between the colon and the options.
 */
export function openPi({ options, target }: SourceAddress): Source {
  const size = options.size("size") ?? { width: 1280, height: 720 };
  const fps = options.number("fps", 0.1, 240, "frames a second") ?? 30;
  const quality = options.number("quality", 1, 100, "per cent") ?? QUALITY;
  const rotation = options.word("rotation", ["0", "180"]) ?? "0";
  const camera = options.number("camera", 0, 9, "its number") ?? 0;
  options.end();
  if (target !== "") {
    const text = `"pi:${target}": write pi: for the first camera, pi:?camera=1 for the second`;
    throw new MjpegError("ERR_ADDRESS_INVALID", text);
  }
  const args = [
    ...["--camera", String(Math.round(camera))],
    ...["--codec", "mjpeg", "--quality", String(Math.round(quality))],
    ...["--width", String(size.width), "--height", String(size.height)],
    ...["--framerate", String(fps), "--rotation", rotation],
    // Until it is ended, without a window, each picture written at once.
    ...["--timeout", "0", "--nopreview", "--flush", "--output", "-"],
  ];
  const label = camera === 0 ? "pi" : `pi camera ${Math.round(camera)}`;
  return {
    label,
    async check() {
      if ((await findPiProgram()) === undefined) throw piProgramMissing(label);
    },
    async *capture(signal, report) {
      const command = await findPiProgram();
      if (command === undefined) throw piProgramMissing(label);
      const task = {
        label,
        command,
        args,
        silenceMs: SILENCE_MS,
        reader: (onPicture: (jpeg: Uint8Array) => void) => pictureReader(OUTPUT_TYPE, report, onPicture),
        hide: (text: string) => text,
        explain: piTroubleOf(label),
      };
      yield* programPictures(task, signal, report);
    },
  };
}

function piTroubleOf(label: string): Parameters<typeof programPictures>[0]["explain"] {
  return (end, lines) => piTrouble(label, end, lines);
}
