import { invalid } from "../../core/validate.ts";

/** Where an X server listens, as a display name has it: `:0`, `:1.0`, `localhost:10`. */
export interface X11Display {
  /** Its name as it was given. */
  readonly name: string;
  /** The machine it is on; undefined for this one, where it is reached through a socket in the file system. */
  readonly host: string | undefined;
  /** Path of that socket, where the name is one (macOS has such names). */
  readonly path: string | undefined;
  /** Number of the server. */
  readonly number: number;
  /** Which of its screens; almost always 0. */
  readonly screen: number;
}

/** Displays beyond it would have no TCP port. */
const MOST_DISPLAYS = 59_535;

/**
 * Reads the name of a display.
 * @throws MjpegError `ERR_OPTION_INVALID` for what is not one.
 */
export function parseDisplay(name: string): X11Display {
  const match = /^(?:(?:tcp|unix|inet6?)\/)?(.*?):(\d{1,5})(?:\.(\d{1,2}))?$/.exec(name);
  const number = Number(match?.[2]);
  if (match === null || number > MOST_DISPLAYS) {
    throw invalid("display", "the name of an X display, such as :0 or :1.0", name);
  }
  const host = (match[1] ?? "").replace(/^\[(.*)\]$/, "$1");
  const isPath = host.startsWith("/");
  return {
    name,
    host: host === "" || host === "unix" || isPath ? undefined : host,
    path: isPath ? `${host}:${number}` : undefined,
    number,
    screen: Number(match[3] ?? 0),
  };
}
