import { readFile, stat } from "node:fs/promises";
import { homedir, hostname } from "node:os";
import { join } from "node:path";

/** The one kind of secret that X servers of today ask for. */
export const COOKIE_NAME = "MIT-MAGIC-COOKIE-1";

/** Families of addresses, from X11/Xauth.h and the X protocol. */
const LOCAL = 256;
const WILD = 65_535;
const INTERNET = 0;

/** Such files have a few hundred bytes. */
const MOST_FILE_BYTES = 1_048_576;

/**
 * The secret for a display, from the file that XAUTHORITY names, else ~/.Xauthority. Undefined where there is none: many
 * servers let their own user in without.
 * @param address the server's IPv4 address; undefined for this machine
 */
export async function cookieFor(number: number, address: string | undefined): Promise<Buffer | undefined> {
  const path = process.env["XAUTHORITY"] ?? join(homedir(), ".Xauthority");
  const file = await contentOf(path);
  return file === undefined ? undefined : findCookie(file, number, address, hostname());
}

/** The first secret of such a file that is for this display. A file that is cut off counts as far as it goes. */
export function findCookie(
  file: Buffer,
  number: number,
  address: string | undefined,
  thisHost: string,
): Buffer | undefined {
  for (const { family, host, display, name, secret } of entriesOf(file)) {
    const isItsHost =
      family === WILD ||
      (address === undefined
        ? family === LOCAL && host.toString() === thisHost
        : family === INTERNET && host.join(".") === address);
    if (isItsHost && (display === "" || display === String(number)) && name === COOKIE_NAME) return secret;
  }
  return undefined;
}

interface Entry {
  readonly family: number;
  readonly host: Buffer;
  readonly display: string;
  readonly name: string;
  readonly secret: Buffer;
}

/** Each entry: a family, then four fields, each behind its length; all numbers of two bytes, the upper one first. */
function* entriesOf(file: Buffer): Generator<Entry, void, undefined> {
  let at = 0;
  const field = (): Buffer => {
    const end = at + 2 + (at + 2 <= file.length ? file.readUInt16BE(at) : Infinity);
    const bytes = file.subarray(at + 2, end);
    at = end;
    return bytes;
  };
  while (at + 2 <= file.length) {
    const family = file.readUInt16BE(at);
    at += 2;
    const [host, display, name, secret] = [field(), field(), field(), field()];
    if (at > file.length) return;
    yield { family, host, display: display.toString(), name: name.toString(), secret };
  }
}

/** Undefined for a file that is not there or not for us: the server then says whether it wants a secret. */
async function contentOf(path: string): Promise<Buffer | undefined> {
  try {
    const info = await stat(path);
    return info.isFile() && info.size <= MOST_FILE_BYTES ? await readFile(path) : undefined;
  } catch {
    return undefined;
  }
}
