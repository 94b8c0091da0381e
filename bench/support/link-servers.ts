import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { PICTURE_SIZE } from "./bench-pictures.ts";
import { SERVER_PORT, type LinkServer } from "./link-run.ts";

const SIZE = `${PICTURE_SIZE.width}x${PICTURE_SIZE.height}`;

/**
 * Kinora on every address.
 * @param main the built command or its source, from the project's root
 */
export function kinoraServer(main: "dist/cli/main.js" | "src/cli/main.ts"): LinkServer {
  const root = new URL("../../", import.meta.url);
  const { version } = JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as { version: string };
  const flags = ["--host=0.0.0.0", "--open", `--port=${SERVER_PORT}`];
  return {
    name: `Kinora ${version}`,
    command: [
      process.execPath,
      fileURLToPath(new URL(main, root)),
      ...flags,
      `camera:/dev/video0?size=${SIZE}&fps=30`,
    ],
    stream: "/?action=stream",
  };
}

/** Debian's package ustreamer, where it is installed. */
export function ustreamerServer(): LinkServer | undefined {
  const { status, stdout } = spawnSync("ustreamer", ["--version"], { encoding: "utf8" });
  if (status !== 0) return undefined;
  const camera = ["--device=/dev/video0", "--format=MJPEG", "--encoder=HW", `--resolution=${SIZE}`];
  const flags = ["--desired-fps=30", "--host=0.0.0.0", `--port=${SERVER_PORT}`, "--tcp-nodelay"];
  return {
    name: `ustreamer ${stdout.trim()}`,
    command: ["ustreamer", ...camera, ...flags],
    stream: "/stream",
  };
}
