import { SourceError } from "../../core/errors.ts";
import type { X11Connection } from "./x11-connection.ts";
import { listWindows, placeOf, type X11Window } from "./x11-windows.ts";

/** Which window an address asks for. */
export interface Wanted {
  /** A part of its title, as it was written. */
  readonly text: string;
  /** Its number, where the text is one. */
  readonly id: number | undefined;
}

/** Titles of other windows that an error names. */
const MOST_NAMED = 5;
/** Characters of a title that a sentence shows. */
const LONGEST_TITLE = 60;

/** Reads what stands behind `window:`: a part of a title, or a number such as 0x1e00007 or 31457287. */
export function parseWanted(text: string): Wanted {
  const id = /^(?:0x[\da-f]{1,8}|\d{1,10})$/i.test(text) ? Number(text) : undefined;
  return { text, id: id !== undefined && id > 0 && id <= 0xff_ff_ff_ff ? id : undefined };
}

/** The windows that are meant, the best first: those that can be seen, and of these the uppermost. And the others. */
export async function findWindows(
  connection: X11Connection,
  { text, id }: Wanted,
): Promise<{ readonly windows: readonly X11Window[]; readonly others: readonly X11Window[] }> {
  const all = await listWindows(connection);
  if (id !== undefined && (await placeOf(connection, id)) !== undefined) {
    return { windows: [all.find((window) => window.id === id) ?? { id, title: text }], others: [] };
  }
  const part = text.toLowerCase();
  const windows = all.filter(({ title }) => title.toLowerCase().includes(part));
  const others = all.filter((window) => !windows.includes(window));
  if (windows.length < 2) return { windows, others };
  const places = await Promise.all(windows.map((window) => placeOf(connection, window.id)));
  const isShown = (_: X11Window, index: number): boolean => places[index]?.isShown === true;
  const shown = windows.filter(isShown);
  return { windows: [...shown, ...windows.filter((window) => !shown.includes(window))], others };
}

/** The error for a window that is not there, for viewers: what else is open on that desktop is not for them. */
export function noSuchWindow({ text }: Wanted): SourceError {
  return windowError(
    `no window has ${quoted(text)} in its title; open it, or look for its title with kinora devices`,
  );
}

/** The error for a window that is not there, for whoever typed its title: with the titles that are. */
export function noSuchWindowAmong({ text }: Wanted, others: readonly X11Window[]): SourceError {
  const named = others.slice(0, MOST_NAMED).map(({ title }) => quoted(title));
  const rest = others.length > MOST_NAMED ? [`${others.length - MOST_NAMED} more`] : [];
  const there =
    named.length === 0 ? "there is no window with a title" : `there are ${[...named, ...rest].join(", ")}`;
  return windowError(`no window has ${quoted(text)} in its title; ${there}`);
}

/** An error about a window, which may come back. */
export function windowError(text: string): SourceError {
  return new SourceError("ERR_WINDOW_MISSING", text, { retryable: true });
}

/** A title within a sentence. */
export function quoted(title: string): string {
  return JSON.stringify(title.length > LONGEST_TITLE ? `${title.slice(0, LONGEST_TITLE)}…` : title);
}
