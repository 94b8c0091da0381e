import type { Size } from "../address.ts";
import type { X11Connection } from "./x11-connection.ts";
import {
  WM_NAME,
  getAttributes,
  getGeometry,
  getList,
  getText,
  internAtom,
  queryTree,
  translateCorner,
} from "./x11-requests.ts";

/** A window of a program. */
export interface X11Window {
  /** Its number on the display. */
  readonly id: number;
  /** What its title bar shows. */
  readonly title: string;
}

/** Where a window is on the screen. */
export interface WindowPlace {
  /** Its left edge; negative where it begins outside the screen. Pixels. */
  readonly x: number;
  /** Its upper edge. Pixels. */
  readonly y: number;
  /** Pixels across. */
  readonly width: number;
  /** Pixels down. */
  readonly height: number;
  /** False for a window that is minimized, on another desktop, or has nothing to see. */
  readonly isShown: boolean;
}

/** Windows that are looked at. More than any desktop has; those of menus and the like are among them. */
const MOST_WINDOWS = 512;
/** How deep windows of programs lie without a list of them: in the frame of a window manager, which may be in another. */
const MOST_DEPTH = 3;
/** A map state and a class (X11 protocol, GetWindowAttributes and CreateWindow). */
const VIEWABLE = 2;
const INPUT_ONLY = 2;

/** The windows of programs, the uppermost first; the active one, where the window manager tells it, before all others. */
export async function listWindows(connection: X11Connection): Promise<readonly X11Window[]> {
  const [stacking, clients, active, netName] = await atoms(connection, [
    "_NET_CLIENT_LIST_STACKING",
    "_NET_CLIENT_LIST",
    "_NET_ACTIVE_WINDOW",
    "_NET_WM_NAME",
  ]);
  const { root } = connection;
  const listed = [await idsAt(connection, root, stacking), await idsAt(connection, root, clients)];
  const managed = listed.find((ids) => ids.length > 0);
  if (managed === undefined) return inTree(connection, netName);
  const [activeId] = await idsAt(connection, root, active);
  const ids = managed.toReversed();
  const ordered = [...ids.filter((id) => id === activeId), ...ids.filter((id) => id !== activeId)];
  return titled(connection, ordered, netName);
}

/** How large the screen is now; undefined where the server does not tell. */
export async function screenSize(connection: X11Connection): Promise<Size | undefined> {
  const geometry = await connection.ask(getGeometry(connection.root));
  return geometry && { width: geometry.readUInt16LE(16), height: geometry.readUInt16LE(18) };
}

/** Where a window is now; undefined when it is no more. */
export async function placeOf(connection: X11Connection, id: number): Promise<WindowPlace | undefined> {
  const [geometry, corner, attributes] = await Promise.all([
    connection.ask(getGeometry(id)),
    connection.ask(translateCorner(id, connection.root)),
    connection.ask(getAttributes(id)),
  ]);
  if (geometry === undefined || corner === undefined || attributes === undefined) return undefined;
  return {
    x: corner.readInt16LE(12),
    y: corner.readInt16LE(14),
    width: geometry.readUInt16LE(16),
    height: geometry.readUInt16LE(18),
    isShown: attributes.readUInt8(26) === VIEWABLE && attributes.readUInt16LE(12) !== INPUT_ONLY,
  };
}

/** Without a window manager that keeps a list: what has a title, from the top down. */
async function inTree(connection: X11Connection, netName: number): Promise<readonly X11Window[]> {
  const windows: X11Window[] = [];
  let level = await childrenOf(connection, connection.root);
  let looked = 0;
  for (let depth = 0; depth < MOST_DEPTH && looked < MOST_WINDOWS && level.length > 0; depth++) {
    const ids = level.slice(0, MOST_WINDOWS - looked);
    looked += ids.length;
    const found = await titled(connection, ids, netName);
    windows.push(...found);
    const untitled = ids.filter((id) => !found.some((window) => window.id === id));
    level = (await Promise.all(untitled.map((id) => childrenOf(connection, id)))).flat();
  }
  return windows;
}

async function childrenOf(connection: X11Connection, id: number): Promise<readonly number[]> {
  const reply = await connection.ask(queryTree(id));
  return reply === undefined ? [] : wordsFrom(reply, reply.readUInt16LE(16)).toReversed();
}

async function titled(
  connection: X11Connection,
  ids: readonly number[],
  netName: number,
): Promise<readonly X11Window[]> {
  const windows = ids.map(async (id) => {
    const [utf8, plain] = await Promise.all([
      textAt(connection, id, netName, "utf8"),
      textAt(connection, id, WM_NAME, "latin1"),
    ]);
    return { id, title: utf8 === "" ? plain : utf8 };
  });
  return (await Promise.all(windows)).filter(({ title }) => title !== "");
}

async function textAt(
  connection: X11Connection,
  id: number,
  name: number,
  encoding: "utf8" | "latin1",
): Promise<string> {
  const reply = name === 0 ? undefined : await connection.ask(getText(id, name));
  if (reply?.readUInt8(1) !== 8) return "";
  const text = reply.toString(encoding, 32, 32 + reply.readUInt32LE(16)).replace(/\0.*$/s, "");
  return encoding === "latin1" ? withoutEscapes(text) : text;
}

const [UTF8_BEGINS, UTF8_ENDS] = ["\u001b%G", "\u001b%@"];

/** Letters beyond Latin stand between escape sequences in a title of the old kind (Compound Text Encoding, section 6). */
function withoutEscapes(text: string): string {
  const [latin = "", ...rest] = text.split(UTF8_BEGINS);
  const parts = rest.map((part) => {
    const [utf8 = "", behind = ""] = part.split(UTF8_ENDS);
    return Buffer.from(utf8, "latin1").toString() + behind;
  });
  return latin + parts.join("");
}

async function idsAt(connection: X11Connection, id: number, name: number): Promise<readonly number[]> {
  const reply = name === 0 ? undefined : await connection.ask(getList(id, name));
  return reply?.readUInt8(1) === 32 ? wordsFrom(reply, reply.readUInt32LE(16)) : [];
}

function wordsFrom(reply: Buffer, count: number): number[] {
  const most = Math.min(count, Math.floor((reply.length - 32) / 4));
  return Array.from({ length: most }, (_, index) => reply.readUInt32LE(32 + index * 4));
}

async function atoms<const Names extends readonly string[]>(
  connection: X11Connection,
  names: Names,
): Promise<{ [Index in keyof Names]: number }> {
  const replies = await Promise.all(names.map((name) => connection.ask(internAtom(name))));
  const numbers = replies.map((reply) => reply?.readUInt32LE(8) ?? 0);
  return numbers as { [Index in keyof Names]: number }; // as many as there were names
}
