import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";

/** The camera program of the Raspberry Pi, and what it was called before 2023. */
const NAMES = ["rpicam-vid", "libcamera-vid"];

/** The path of the camera program; undefined where it is not installed. Looked for anew each time. */
export async function findPiProgram(): Promise<string | undefined> {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  for (const path of NAMES.flatMap((name) => folders.map((folder) => join(folder, name)))) {
    if (await isExecutable(path)) return path;
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
