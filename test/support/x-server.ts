// A screen that nobody sees (Xvfb), and windows on it. Needs the program "xvfb".
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { TestContext } from "node:test";
import type { Size } from "../../src/sources/address.ts";
import { X11Connection } from "../../src/sources/screen/x11-connection.ts";
import { parseDisplay } from "../../src/sources/screen/x11-display.ts";
import { internAtom, padded, request, WM_NAME, withTail } from "../../src/sources/screen/x11-requests.ts";
import type { Area } from "../../src/sources/screen/area.ts";
import { pathOf } from "./programs.ts";

/** An X server with a screen in memory. */
export interface XServer {
  /** Its display: `:42`. */
  readonly display: string;
  /** Ends it, at once where it is not asked to by itself. */
  stop(): Promise<void>;
}

/** Starts an X server; it ends with the test. */
export async function startXServer(
  t: Pick<TestContext, "after">,
  { width, height }: Size,
  { number, args = [] }: { readonly number?: string; readonly args?: readonly string[] } = {},
): Promise<XServer> {
  const screen = ["-screen", "0", `${width}x${height}x24`];
  const name = number === undefined ? [] : [number];
  // With -displayfd it takes a free number, and tells it when it can be connected to. Without a client it would start anew.
  const fixed = ["-displayfd", "3", "-nolisten", "tcp", "-noreset"];
  const child = spawn(pathOf("xvfb"), [...name, ...screen, ...fixed, ...args], {
    stdio: ["ignore", "ignore", "ignore", "pipe"],
  });
  const ended = once(child, "exit");
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    await ended;
  };
  t.after(stop);
  const told = child.stdio[3];
  if (told === null || told === undefined || !("read" in told)) throw new Error("no pipe to the X server");
  const [line] = (await once(told, "data")) as [Buffer];
  return { display: `:${line.toString().trim()}`, stop };
}

/** What a window begins with. */
export interface WindowLook extends Area {
  readonly title: string;
  /** Its colour, as 0xRRGGBB. */
  readonly colour: number;
}

const BACKGROUND = 0x2;
const PROPERTY_STRING = 31;

/** A client of an X server that makes windows, each of one colour. */
export class WindowMaker {
  readonly #connection: X11Connection;
  #made = 0;

  private constructor(connection: X11Connection) {
    this.#connection = connection;
  }

  /** Connects; the windows end with the test. */
  static async open(t: Pick<TestContext, "after">, display: string): Promise<WindowMaker> {
    const connection = await X11Connection.open(parseDisplay(display));
    t.after(() => connection.close());
    return new WindowMaker(connection);
  }

  /** Makes a window and shows it above all others. Resolves with its number, when it is there. */
  async make({ title, colour, ...area }: WindowLook): Promise<number> {
    const id = this.#connection.firstId + ++this.#made;
    const place = shorts(area.x, area.y, area.width, area.height, 0, 1);
    this.#connection.tell(
      withTail(
        request(1, 0, id, this.#connection.root),
        Buffer.concat([place, words(0, BACKGROUND, colour)]),
      ),
    );
    await this.entitle(id, title);
    this.#connection.tell(request(8, 0, id));
    await this.#settled();
    return id;
  }

  /** Changes the title: the one of today in UTF-8, and the old one, which has no letters beyond Latin. */
  async entitle(id: number, title: string): Promise<void> {
    const onlyWhereUsed = 0;
    const asked = (name: string) => {
      const head = internAtom(name);
      head.writeUInt8(onlyWhereUsed, 1);
      return this.#connection.ask(head);
    };
    const [netName, utf8] = await Promise.all([asked("_NET_WM_NAME"), asked("UTF8_STRING")]);
    const isLatin = /^[\0-\xff]*$/.test(title);
    if (isLatin) this.#property(id, WM_NAME, PROPERTY_STRING, 8, Buffer.from(title, "latin1"));
    else this.#property(id, netName?.readUInt32LE(8) ?? 0, utf8?.readUInt32LE(8) ?? 0, 8, Buffer.from(title));
    await this.#settled();
  }

  /** Moves and resizes a window. */
  async place(id: number, { x, y, width, height }: Area): Promise<void> {
    const xAndYAndSize = 0xf;
    this.#connection.tell(request(12, 0, id, xAndYAndSize, x, y, width, height));
    await this.#settled();
  }

  /** Gives a window another colour. */
  async paint(id: number, colour: number): Promise<void> {
    this.#connection.tell(request(2, 0, id, BACKGROUND, colour));
    this.#connection.tell(request(61, 0, id, 0, 0));
    await this.#settled();
  }

  /** Hides a window, as a window manager does that minimizes it. */
  async hide(id: number): Promise<void> {
    this.#connection.tell(request(10, 0, id));
    await this.#settled();
  }

  /** Shows a hidden window. */
  async show(id: number): Promise<void> {
    this.#connection.tell(request(8, 0, id));
    await this.#settled();
  }

  /** Closes a window. */
  async close(id: number): Promise<void> {
    this.#connection.tell(request(4, 0, id));
    await this.#settled();
  }

  /** Keeps the lists at the root window that a window manager keeps: the lowest window first, and the active one. */
  async manage(ids: readonly number[], active: number): Promise<void> {
    for (const [name, values] of [
      ["_NET_CLIENT_LIST_STACKING", ids],
      ["_NET_ACTIVE_WINDOW", [active]],
    ] as const) {
      const head = internAtom(name);
      head.writeUInt8(0, 1);
      const atom = (await this.#connection.ask(head))?.readUInt32LE(8) ?? 0;
      const windowType = 33;
      this.#property(this.#connection.root, atom, windowType, 32, words(...values));
    }
    await this.#settled();
  }

  /** Gives the screen another size, no larger than its first, as settings of a desktop do (RandR 1.2). */
  async resizeScreen({ width, height }: Size): Promise<void> {
    const { root } = this.#connection;
    const name = "RANDR";
    const extension = await this.#connection.ask(withTail(request(98, 0, name.length), Buffer.from(name)));
    const opcode = extension?.readUInt8(9) ?? 0;
    await this.#connection.ask(request(opcode, 0, 1, 2));
    const resources = await this.#connection.ask(request(opcode, 8, root));
    if (resources === undefined) throw new Error("this X server has no RandR");
    const [timestamp, configured, crtc] = [8, 12, 32].map((at) => resources.readUInt32LE(at));
    const [off, noMode, unturned] = [0, 0, 1];
    await this.#connection.ask(
      request(opcode, 21, crtc ?? 0, timestamp ?? 0, configured ?? 0, off, noMode, unturned),
    );
    const [widthMm, heightMm] = [300, 200];
    const head = request(opcode, 7, root, (height << 16) | width, widthMm, heightMm);
    this.#connection.tell(head);
    await this.#settled();
  }

  #property(id: number, name: number, type: number, bits: 8 | 32, value: Buffer): void {
    const count = (value.length * 8) / bits;
    this.#connection.tell(withTail(request(18, 0, id, name, type, bits, count), padded(value)));
  }

  /** A question is answered after all requests before it are done. */
  async #settled(): Promise<void> {
    await this.#connection.ask(request(14, 0, this.#connection.root));
  }
}

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => bytes.writeUInt32LE(value >>> 0, index * 4));
  return bytes;
}

function shorts(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  values.forEach((value, index) => bytes.writeUInt16LE(value & 0xff_ff, index * 2));
  return bytes;
}
