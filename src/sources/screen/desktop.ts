import { readdirSync } from "node:fs";
import { SourceError } from "../../core/errors.ts";
import { parseDisplay, type X11Display } from "./x11-display.ts";

/** What shows pictures on this machine. */
export type Desktop =
  | {
      readonly kind: "x11";
      readonly display: X11Display;
      /** Whether it is only the part of a Wayland session that shows X11 programs. */
      readonly isXwayland: boolean;
    }
  | { readonly kind: "windows" | "mac" };

const SOCKETS = "/tmp/.X11-unix";

/**
 * Finds the desktop of this machine; nothing is connected to.
 * @param wanted the X display that an address asks for
 * @throws SourceError `ERR_SCREEN_MISSING` where there is none, `ERR_SCREEN_UNSUPPORTED` for Wayland alone.
 */
export function desktopHere(
  wanted: X11Display | undefined,
  env: Readonly<Record<string, string | undefined>> = process.env,
  platform: string = process.platform,
): Desktop {
  if (wanted !== undefined) return { kind: "x11", display: wanted, isXwayland: false };
  if (platform === "win32") return { kind: "windows" };
  if (platform === "darwin") return { kind: "mac" };
  const isWayland = Boolean(env["WAYLAND_DISPLAY"]) || env["XDG_SESSION_TYPE"] === "wayland";
  const display = env["DISPLAY"] ?? "";
  if (display !== "") return { kind: "x11", display: parseDisplay(display), isXwayland: isWayland };
  throw isWayland ? waylandError() : noDisplay();
}

/** The error for a screen that Wayland keeps to itself. */
export function waylandError(): SourceError {
  return new SourceError(
    "ERR_SCREEN_UNSUPPORTED",
    "this is a Wayland session, which gives its screen to no program by itself: log in to an Xorg session, share the screen " +
      "from a browser with the page /publish, or let a recorder of your compositor write to exec: (docs/sources.md has a line); " +
      "an X server beside it is shown by screen:?display=:1",
    { retryable: false },
  );
}

/** A program that was started by SSH or as a service does not know the desktop that may be there. */
function noDisplay(): SourceError {
  const running = displaysIn(SOCKETS);
  const hint =
    running.length === 0
      ? "start Kinora on a desktop, or set DISPLAY"
      : `there may be an X server at ${running.join(" and ")}: write screen:?display=${running[0] ?? ""}, or set DISPLAY`;
  return new SourceError("ERR_SCREEN_MISSING", `there is no screen here, as DISPLAY is not set; ${hint}`, {
    retryable: false,
  });
}

function displaysIn(folder: string): readonly string[] {
  try {
    const names = readdirSync(folder).filter((name) => /^X\d{1,5}$/.test(name));
    return names.map((name) => `:${name.slice(1)}`).slice(0, 3);
  } catch {
    return []; // no X server has ever run here
  }
}
