import { setTimeout as sleep } from "node:timers/promises";
import type { SourceError } from "../../core/errors.ts";
import type { CapturedImage } from "../../core/frame.ts";
import type { SourceReport } from "../source.ts";
import { clip, isSameArea, type Area } from "./area.ts";
import { findWindows, noSuchWindow, quoted, windowError, type Wanted } from "./find-windows.ts";
import type { GrabOptions } from "./grab-options.ts";
import { grabX11 } from "./grab.ts";
import { X11Connection } from "./x11-connection.ts";
import type { X11Display } from "./x11-display.ts";
import { watchStructure } from "./x11-requests.ts";
import { placeOf, screenSize, type X11Window } from "./x11-windows.ts";

/** A window of an X display that is to be shown. */
export interface WindowWish {
  /** What errors begin with. */
  readonly label: string;
  /** Where it is. */
  readonly display: X11Display;
  /** Which one it is. */
  readonly wanted: Wanted;
  /** How it is shown. */
  readonly options: GrabOptions;
}

/** How often a window that is not there is looked for. */
const SEARCH_MS = 500;
/** How often a window that is hidden is looked at where no event tells that it is back. */
const HIDDEN_LOOK_MS = 1_000;
/** A window that is being resized is grabbed anew when it has kept still for so long … */
const STILL_MS = 100;
/** … or has been looked at so often: ffmpeg needs a tenth of a second to begin. */
const MOST_LOOKS = 10;

/** Shows a window for as long as somebody watches, waiting for it whenever it is not there. */
export async function* showWindow(
  wish: WindowWish,
  signal: AbortSignal,
  report: SourceReport,
): AsyncGenerator<CapturedImage, void, undefined> {
  const connection = await X11Connection.open(wish.display);
  const run: Run = { ...wish, connection, signal, report, wait: waiter(report) };
  try {
    connection.tell(watchStructure(connection.root));
    let shown: X11Window | undefined;
    while (!signal.aborted) {
      shown = await search(run, shown);
      if (shown === undefined) return;
      yield* follow(run, shown);
    }
  } finally {
    connection.close();
  }
}

interface Run extends WindowWish {
  readonly connection: X11Connection;
  readonly signal: AbortSignal;
  readonly report: SourceReport;
  /** Tells why there is nothing to see, once; undefined: there is again. */
  readonly wait: (reason: SourceError | undefined) => void;
}

function waiter(report: SourceReport): (reason: SourceError | undefined) => void {
  let told = "";
  return (reason) => {
    if (reason !== undefined && reason.message !== told) report.waiting(reason);
    told = reason?.message ?? "";
  };
}

/** Looks for the window until it is there; undefined when nobody watches any more. */
async function search(run: Run, last: X11Window | undefined): Promise<X11Window | undefined> {
  const { connection, wanted, signal, report, wait } = run;
  while (!isOver(signal)) {
    const { windows } = await findWindows(connection, wanted);
    const [window] = windows;
    if (window !== undefined) {
      const which =
        windows.length === 1
          ? ""
          : `, the uppermost of ${windows.length} with ${quoted(wanted.text)} in their titles`;
      report.note(`the window ${quoted(window.title)} (0x${window.id.toString(16)})${which}`);
      return window;
    }
    wait(last === undefined ? noSuchWindow(wanted) : closed(last, wanted));
    // Only an abort ends the sleep early, and the loop looks at that itself.
    await sleep(SEARCH_MS, undefined, { signal }).catch(() => undefined);
  }
  return undefined;
}

function closed({ title }: X11Window, { text }: Wanted): SourceError {
  return windowError(
    `the window ${quoted(title)} was closed; it is shown again when one with ${quoted(text)} in its title is opened`,
  );
}

/** Shows one window until it is closed. */
async function* follow(run: Run, { id, title }: X11Window): AsyncGenerator<CapturedImage, void, undefined> {
  const { connection, display, label, options, signal, report, wait } = run;
  connection.tell(watchStructure(id));
  const look = async () => {
    const state = await stateOf(connection, id);
    return typeof state === "string" ? undefined : state;
  };
  while (!isOver(signal)) {
    const seen = connection.events;
    const state = await whenStill(connection, id);
    if (state === "closed") return;
    if (typeof state === "string") {
      wait(windowError(`the window ${quoted(title)} is ${state}; it is shown again when it is back`));
      await connection.eventAfter(seen, HIDDEN_LOOK_MS, signal);
      continue;
    }
    const grab = { label, connection, display: display.name, window: id, area: state, look };
    for await (const image of grabX11(grab, options, signal, report)) {
      wait(undefined);
      yield image;
    }
  }
}

/** The part of the window that can be grabbed, counted from its own corner; or why there is none. */
type WindowState = Area | "closed" | "minimized or on another desktop" | "outside the screen";

/** The state that the window comes to rest in; window managers pass through others, as when a window is shown again. */
async function whenStill(connection: X11Connection, id: number): Promise<WindowState> {
  let state = await stateOf(connection, id);
  for (let looks = 1; looks < MOST_LOOKS && state !== "closed"; looks++) {
    const seen = connection.events;
    await sleep(STILL_MS);
    if (connection.events === seen) return state;
    const now = await stateOf(connection, id);
    if (isSameState(now, state)) return now;
    state = now;
  }
  return state;
}

function isSameState(a: WindowState, b: WindowState): boolean {
  return typeof a === "string" || typeof b === "string" ? a === b : isSameArea(a, b);
}

async function stateOf(connection: X11Connection, id: number): Promise<WindowState> {
  const [place, screen] = await Promise.all([placeOf(connection, id), screenSize(connection)]);
  if (place === undefined) return "closed";
  if (!place.isShown) return "minimized or on another desktop";
  const part = clip(place, screen ?? connection.size);
  if (part === undefined) return "outside the screen";
  return { ...part, x: part.x - place.x, y: part.y - place.y };
}

/** A call each time, because the compiler takes a property that it has seen once for settled. */
function isOver(signal: AbortSignal): boolean {
  return signal.aborted;
}
