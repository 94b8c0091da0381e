// A screen without a monitor, and what stands on it: Xvfb, read back over the X protocol itself. A program that records
// screens gives its own frames at its own times; here every look is one request for a few pixels, answered within a
// fraction of a millisecond.
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Readable } from "node:stream";
import { pathOf } from "../../test/support/programs.ts";

/** Pixels of a screen: four bytes each, blue, green, red and one that means nothing. */
export interface Pixels {
  readonly bgrx: Buffer;
  readonly width: number;
  readonly height: number;
}

const ZPIXMAP = 2;
const GET_IMAGE = 73;
const REPLY_HEAD = 32;
/** For the server to start, and for one answer of it, on a busy machine. */
const STEP_MS = 10_000;

/** One X server with its screen. */
export class Screen {
  readonly width: number;
  readonly height: number;
  /** For the environment of programs that are to draw on it. */
  readonly display: string;
  readonly #server: ChildProcess;
  readonly #socket: Socket;
  readonly #root: number;
  #rest: Buffer = Buffer.alloc(0);
  #asked: PromiseWithResolvers<Buffer> | undefined;

  /** Starts Xvfb, with the next free display number. */
  static async open(width: number, height: number): Promise<Screen> {
    const args = ["-displayfd", "3", "-screen", "0", `${width}x${height}x24`, "-nolisten", "tcp", "-noreset"];
    const server = spawn(pathOf("xvfb"), args, { stdio: ["ignore", "ignore", "ignore", "pipe"] });
    try {
      const [line] = (await once(server.stdio[3] as Readable, "data", soon())) as [Buffer];
      const display = String(line).trim();
      const socket = connect(`/tmp/.X11-unix/X${display}`);
      // Little-endian, protocol 11.0, no name or data to show that we may.
      socket.write(Buffer.from([0x6c, 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
      const setup = await wholeSetup(socket);
      return new Screen(server, socket, `:${display}`, rootWindow(setup), { width, height });
    } catch (error) {
      server.kill("SIGKILL");
      throw error;
    }
  }

  private constructor(
    server: ChildProcess,
    socket: Socket,
    display: string,
    root: number,
    { width, height }: { width: number; height: number },
  ) {
    this.#server = server;
    this.#socket = socket;
    this.display = display;
    this.#root = root;
    this.width = width;
    this.height = height;
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    socket.on("error", (error) => this.#asked?.reject(error));
    socket.on("close", () => this.#asked?.reject(new Error("the X server has gone")));
  }

  /** What stands there now. One look at a time. */
  async look(x: number, y: number, width: number, height: number): Promise<Pixels> {
    assert.equal(this.#asked, undefined, "one look at a time");
    const request = Buffer.alloc(20);
    request.writeUInt8(GET_IMAGE, 0);
    request.writeUInt8(ZPIXMAP, 1);
    request.writeUInt16LE(request.length / 4, 2);
    request.writeUInt32LE(this.#root, 4);
    [x, y, width, height].forEach((value, at) => request.writeUInt16LE(value, 8 + 2 * at));
    request.writeUInt32LE(0xffff_ffff, 16);
    const asked = Promise.withResolvers<Buffer>();
    this.#asked = asked;
    const timer = setTimeout(() => asked.reject(new Error("the X server does not answer")), STEP_MS);
    this.#socket.write(request);
    const reply = await asked.promise.finally(() => {
      clearTimeout(timer);
      this.#asked = undefined;
    });
    return { bgrx: reply.subarray(REPLY_HEAD), width, height };
  }

  /** Everything on it now. */
  async lookAtAll(): Promise<Pixels> {
    return this.look(0, 0, this.width, this.height);
  }

  /** Ends the X server and with it every window. */
  async close(): Promise<void> {
    this.#socket.destroy();
    if (this.#server.exitCode !== null || this.#server.signalCode !== null) return;
    const exit = once(this.#server, "exit");
    this.#server.kill("SIGKILL");
    await exit;
  }

  #take(chunk: Buffer): void {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= REPLY_HEAD) {
      const kind = this.#rest.readUInt8(0);
      const size = REPLY_HEAD + (kind === 1 ? this.#rest.readUInt32LE(4) * 4 : 0);
      if (this.#rest.length < size) return;
      const message = this.#rest.subarray(0, size);
      this.#rest = this.#rest.subarray(size);
      // Anything else is an event that every program is told, such as a change of the keyboard.
      if (kind === 1) this.#asked?.resolve(message);
      else if (kind === 0)
        this.#asked?.reject(new Error(`the X server refused a look: ${message.toString("hex")}`));
    }
  }
}

function soon(): { signal: AbortSignal } {
  return { signal: AbortSignal.timeout(STEP_MS) };
}

async function wholeSetup(socket: Socket): Promise<Buffer> {
  let setup = Buffer.alloc(0);
  while (setup.length < 8 || setup.length < 8 + setup.readUInt16LE(6) * 4) {
    const [chunk] = (await once(socket, "data", soon())) as [Buffer];
    setup = Buffer.concat([setup, chunk]);
  }
  assert.equal(setup.readUInt8(0), 1, `the X server let nobody in: ${setup.toString("latin1", 8)}`);
  return setup;
}

/** The window that is the whole of the first screen; before it stand the vendor's name and the pixel formats. */
function rootWindow(setup: Buffer): number {
  const vendor = Math.ceil(setup.readUInt16LE(24) / 4) * 4;
  const formats = setup.readUInt8(29) * 8;
  return setup.readUInt32LE(40 + vendor + formats);
}
