import { text } from "node:stream/consumers";
import { startProgram } from "../../system/program.ts";
import type { Size } from "../address.ts";
import { findPiProgram } from "./pi-program.ts";

/** What a camera of a Raspberry Pi can be set to. */
export interface PiCameraMode extends Size {
  /** Most frames a second. */
  readonly fps: number;
}

/** A camera at a ribbon cable connector of a Raspberry Pi. */
export interface PiCamera {
  /** Its number, as in `pi:?camera=0`. */
  readonly index: number;
  /** Its sensor: `imx708`. */
  readonly name: string;
  /** The sizes it captures, smallest first; `pi:` scales them to any other. */
  readonly modes: readonly PiCameraMode[];
}

/** A program that hangs, as it does where a driver hangs, must not hold up the others that are looked for. */
const LONGEST_MS = 3_000;
const CAMERA = /^\s*(\d+)\s*:\s*(\S+)\s*(?:\[|\()/;
const MODE = /(\d+)x(\d+)\s*\[\s*([\d.]+) fps/g;

/** The cameras of a Raspberry Pi; none where its camera program is not installed, or does not answer in 3 s. */
export async function listPiCameras(): Promise<readonly PiCamera[]> {
  const command = await findPiProgram();
  if (command === undefined) return [];
  const lines: string[] = [];
  const program = startProgram({
    command,
    args: ["--list-cameras"],
    graceMs: 0,
    // Older versions list on standard error.
    onLine: (line) => lines.push(line),
  });
  const timer = setTimeout(() => void program.stop(), LONGEST_MS);
  // What is destroyed when the time is over has no text.
  const listed = await text(program.output).catch(() => "");
  await program.ended;
  clearTimeout(timer);
  await program.stop();
  return readPiCameras([...listed.split("\n"), ...lines]);
}

function readPiCameras(lines: readonly string[]): readonly PiCamera[] {
  const cameras: (PiCamera & { readonly modes: PiCameraMode[] })[] = [];
  for (const line of lines) {
    const [, index, name] = CAMERA.exec(line) ?? [];
    if (index !== undefined && name !== undefined) cameras.push({ index: Number(index), name, modes: [] });
    for (const [, width, height, fps] of line.matchAll(MODE)) {
      const mode = { width: Number(width), height: Number(height), fps: Number(fps) };
      const modes = cameras.at(-1)?.modes;
      // Each format of the sensor has them all again.
      if (modes?.some((each) => each.width === mode.width && each.height === mode.height) === false)
        modes.push(mode);
    }
  }
  return cameras;
}
