import { once } from "node:events";
import { existsSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { SourceError } from "../../core/errors.ts";
import type { Size } from "../address.ts";
import { COOKIE_NAME, cookieFor } from "./x11-authority.ts";
import type { X11Display } from "./x11-display.ts";
import { padded } from "./x11-requests.ts";

/** Milliseconds. An X server answers in less than one; one that is stuck is not waited for. */
export const ANSWER_MS = 3_000;

/** What an X server tells a client that it lets in. */
export interface X11Welcome {
  /** The connection, which has no error that is not followed by "close". */
  readonly socket: Socket;
  /** The window that covers the screen. */
  readonly root: number;
  /** The size of the screen. */
  readonly size: Size;
  /** The first of the numbers that this client may give to what it makes. */
  readonly firstId: number;
}

/**
 * Connects to an X server, with the secret of the user's desktop where there is one.
 * @throws SourceError `ERR_SCREEN_MISSING` where no X server answers, `ERR_SCREEN_PERMISSION` where it lets nobody in.
 */
export async function greet(display: X11Display): Promise<X11Welcome> {
  const socket = connectTo(display);
  const late = setTimeout(() => socket.destroy(new Error(`no answer in ${ANSWER_MS / 1000} s`)), ANSWER_MS);
  // Without a listener an error would end this process; it is followed by "close", which is what counts.
  socket.on("error", () => undefined);
  try {
    await once(socket, "connect");
    const address = display.host === undefined ? undefined : remoteAddress(socket);
    socket.write(greeting(await cookieFor(display.number, address)));
    const setup = await readSetup(socket, display);
    const screen = findScreen(setup, display);
    return {
      socket,
      root: setup.readUInt32LE(screen),
      size: { width: setup.readUInt16LE(screen + 20), height: setup.readUInt16LE(screen + 22) },
      firstId: setup.readUInt32LE(12),
    };
  } catch (error) {
    socket.destroy();
    throw error instanceof SourceError ? error : missing(display, error);
  } finally {
    clearTimeout(late);
  }
}

function connectTo({ host, path, number }: X11Display): Socket {
  if (host !== undefined) return connect({ host, port: 6_000 + number });
  const usual = path ?? `/tmp/.X11-unix/X${number}`;
  // Linux servers also listen in its abstract name space, which is all there is in some containers.
  return connect({ path: existsSync(usual) || process.platform !== "linux" ? usual : `\0${usual}` });
}

/** Undefined for an address of this machine: secrets of its displays are kept under its name, also those of `ssh -X`. */
function remoteAddress({ remoteAddress: address = "" }: Socket): string | undefined {
  return address.startsWith("127.") || address === "::1" ? undefined : address;
}

/** The first bytes of a client: the lower byte first, protocol 11.0, and the secret. */
function greeting(cookie: Buffer | undefined): Buffer {
  const name = padded(Buffer.from(cookie === undefined ? "" : COOKIE_NAME));
  const head = Buffer.alloc(12);
  head.write("l", 0, "latin1");
  head.writeUInt16LE(11, 2);
  head.writeUInt16LE(cookie === undefined ? 0 : COOKIE_NAME.length, 6);
  head.writeUInt16LE(cookie?.length ?? 0, 8);
  return Buffer.concat([head, name, padded(cookie ?? Buffer.alloc(0))]);
}

async function readSetup(socket: Socket, display: X11Display): Promise<Buffer> {
  let bytes = await nextBytes(socket);
  while (bytes.length < 8 || bytes.length < 8 + bytes.readUInt16LE(6) * 4) {
    bytes = Buffer.concat([bytes, await nextBytes(socket)]);
  }
  const isWelcome = bytes.readUInt8(0) === 1;
  if (isWelcome) return bytes;
  const reason = bytes
    .toString("latin1", 8, 8 + bytes.readUInt8(1))
    .replaceAll(/[^ -~]+/g, " ")
    .trim();
  throw new SourceError(
    "ERR_SCREEN_PERMISSION",
    `display ${display.name} lets nobody in from here (${reason}): run Kinora as the user whose desktop it is, ` +
      `or set XAUTHORITY to the file with its cookie`,
    { retryable: true },
  );
}

async function nextBytes(socket: Socket): Promise<Buffer> {
  const [bytes] = (await Promise.race([
    once(socket, "data"),
    once(socket, "close").then(() => Promise.reject(new Error("it closed the connection"))),
  ])) as [Buffer]; // a socket without an encoding gives buffers
  return bytes;
}

/** Where the description of the display's screen begins, behind vendor and formats (X11 protocol, "Connection Setup"). */
function findScreen(setup: Buffer, display: X11Display): number {
  const count = setup.readUInt8(28);
  if (display.screen >= count) throw missing(display, new Error(`it has ${count} screens`));
  let at = 40 + Math.ceil(setup.readUInt16LE(24) / 4) * 4 + setup.readUInt8(29) * 8;
  for (let screen = 0; screen < display.screen; screen++) {
    const depths = setup.readUInt8(at + 39);
    at += 40;
    for (let depth = 0; depth < depths; depth++) at += 8 + setup.readUInt16LE(at + 2) * 24;
  }
  return at;
}

function missing(display: X11Display, cause: unknown): SourceError {
  const what =
    cause instanceof Error ? ("code" in cause ? String(cause.code) : cause.message) : String(cause);
  const denied = what === "EACCES" || what === "EPERM";
  return new SourceError(
    denied ? "ERR_SCREEN_PERMISSION" : "ERR_SCREEN_MISSING",
    `no X server can be reached at display ${display.name} (${what}): is a desktop running, and is that its name?`,
    { retryable: true, cause },
  );
}
