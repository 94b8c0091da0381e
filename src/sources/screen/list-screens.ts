import { SourceError } from "../../core/errors.ts";
import type { Size } from "../address.ts";
import { findFfmpeg } from "../ffmpeg/find-ffmpeg.ts";
import { desktopHere, waylandError } from "./desktop.ts";
import { X11Connection } from "./x11-connection.ts";
import { listWindows, screenSize } from "./x11-windows.ts";

/** A screen of this machine. */
export interface Screen {
  /** The address that shows it. */
  readonly address: string;
  /** What it is called: `display :0`. */
  readonly name: string;
  /** How large it is, where that is known before it is grabbed. */
  readonly size: Size | undefined;
}

/** A window of this machine's desktop. */
export interface DesktopWindow {
  /** The address that shows it. */
  readonly address: string;
  /** Its title. */
  readonly title: string;
}

/** Screens and windows, and why there are no more. */
export interface ScreenList {
  readonly screens: readonly Screen[];
  /** The uppermost first. */
  readonly windows: readonly DesktopWindow[];
  /** What stands in the way of a screen: no desktop, no permission, no ffmpeg. */
  readonly refused: readonly SourceError[];
}

/** Lists the screens and windows of this machine that can be shown. */
export async function listScreens(): Promise<ScreenList> {
  try {
    await findFfmpeg();
    return await listDesktop();
  } catch (error) {
    if (error instanceof SourceError) return { screens: [], windows: [], refused: [error] };
    throw error;
  }
}

async function listDesktop(): Promise<ScreenList> {
  const desktop = desktopHere(undefined);
  if (desktop.kind !== "x11") {
    const name = desktop.kind === "mac" ? "the first screen" : "the desktop";
    return { screens: [{ address: "screen:", name, size: undefined }], windows: [], refused: [] };
  }
  const connection = await X11Connection.open(desktop.display);
  try {
    const size = await screenSize(connection);
    const titles = [...new Set((await listWindows(connection)).map(({ title }) => title))];
    const windows = titles.map((title) => ({ address: `window:${escaped(title)}`, title }));
    const screen = { address: "screen:", name: `display ${desktop.display.name}`, size };
    return desktop.isXwayland
      ? { screens: [], windows, refused: [waylandError()] }
      : { screens: [screen], windows, refused: [] };
  } finally {
    connection.close();
  }
}

/** What an address takes for its options stands in it as its number. */
function escaped(title: string): string {
  return title.replaceAll(/[%?#]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}
