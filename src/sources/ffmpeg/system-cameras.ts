import { answerOf } from "./answer-of.ts";
import { wordsOf } from "./ffmpeg-words.ts";
import { findFfmpeg } from "./find-ffmpeg.ts";

/** How ffmpeg calls the cameras of a system: `dshow` is that of Windows, `avfoundation` that of macOS. */
export type CameraSystem = "dshow" | "avfoundation";

/** Loading the drivers of all cameras takes seconds on Windows. */
const LISTING_MS = 15_000;

/** Names the cameras of this machine. */
export async function systemCameras(system: CameraSystem): Promise<readonly string[]> {
  const { path } = await findFfmpeg();
  const args = [
    "-hide_banner",
    "-nostdin",
    "-f",
    system,
    "-list_devices",
    "true",
    "-i",
    system === "dshow" ? "dummy" : "",
  ];
  // A listing always ends with an error: there is nothing to convert.
  const { words } = await answerOf(path, args, LISTING_MS);
  return camerasIn(words.join("\n"), system);
}

/** Reads the names of the cameras out of what ffmpeg says to `-list_devices`. */
export function camerasIn(said: string, system: CameraSystem): readonly string[] {
  const lines = said.split(/\r?\n/).map((line) => wordsOf(line).text);
  return system === "dshow" ? dshowCameras(lines) : avfoundationCameras(lines);
}

/** Until 4.x, headlines told cameras from microphones; since 5.0, each line does. */
function dshowCameras(lines: readonly string[]): readonly string[] {
  let isVideo = false;
  return lines.flatMap((line) => {
    if (/^DirectShow \w+ devices/.test(line)) isVideo = line.startsWith("DirectShow video");
    const [, name, kind] = /^"(.+)"(?: \(([^)]*)\))?$/.exec(line) ?? [];
    if (name === undefined) return [];
    return (kind === undefined ? isVideo : kind.includes("video")) ? [name] : [];
  });
}

/** Screens are listed as cameras there. */
function avfoundationCameras(lines: readonly string[]): readonly string[] {
  let isVideo = false;
  return lines.flatMap((line) => {
    if (/^AVFoundation \w+ devices/.test(line)) isVideo = line.startsWith("AVFoundation video");
    const name = /^\[\d+\] (.+)$/.exec(line)?.[1];
    return isVideo && name !== undefined && !/^Capture screen \d+$/.test(name) ? [name] : [];
  });
}
