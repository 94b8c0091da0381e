// Programs of the system that tests drive: browsers, players, a compiler. Where one is missing, its tests are skipped, and
// npm test names it in its last lines.
import { accessSync, chownSync, constants, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A program of programs.json, which the set-up of `npm test` reads too. */
export type ProgramName =
  "cc" | "chromium" | "curl" | "ffmpeg" | "firefox" | "mpv" | "nginx" | "rtsp" | "vlc" | "xvfb";

interface Program {
  /** Names it goes by, the preferred one first. */
  readonly commands: readonly string[];
  /** What else must be there for it to be of use. */
  readonly files?: readonly string[];
}

const programs: Record<ProgramName, Program> = JSON.parse(
  readFileSync(new URL("programs.json", import.meta.url), "utf8"),
) as Record<ProgramName, Program>;

/** The path of a program, or undefined where it is not installed. */
export function program(name: ProgramName): string | undefined {
  const { commands, files = [] } = programs[name];
  if (!files.every((file) => existsSync(file))) return undefined;
  const folders = (process.env["PATH"] ?? "").split(":");
  return commands.flatMap((command) => folders.map((folder) => join(folder, command))).find(isExecutable);
}

/** The path of a program that the test {@link needs}. */
export function pathOf(name: ProgramName): string {
  const path = program(name);
  if (path === undefined)
    throw new Error(`${name} is not installed: give the test the options needs("${name}")`);
  return path;
}

/** Options for a test that drives these programs: skipped, with the first missing one as the reason, unless all are there. */
export function needs(...names: readonly ProgramName[]): { readonly skip: string | false } {
  const missing = names.find((name) => program(name) === undefined);
  return { skip: missing === undefined ? false : `${missing} is not installed` };
}

/** How to start VLC. Kill the process when done: on a live stream VLC ends by itself never. */
export interface VlcCommand {
  readonly command: string;
  /** To be followed by VLC's own arguments. */
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/**
 * How to start VLC without a screen or sound. It refuses to run as root: then it runs as the user nobody.
 * @param home an empty folder for its settings, given to nobody where needed
 */
export function vlcCommand(home: string): VlcCommand {
  const vlc = [pathOf("vlc"), "--intf=dummy", "--vout=dummy", "--no-audio", "--no-video-title-show"];
  const env = { ...process.env, HOME: home, XDG_RUNTIME_DIR: home };
  if (process.getuid?.() !== 0) return { command: vlc[0] ?? "", args: vlc.slice(1), env };
  chownSync(home, NOBODY, NOBODY);
  const user = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"];
  return { command: "setpriv", args: [...user, "--", ...vlc], env };
}

/** The user and the group without rights, on every Linux. */
const NOBODY = 65_534;

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
