import { MjpegError } from "../core/errors.ts";
import type { SourceAddress } from "./address.ts";
import type { SourceRegistry } from "./registry.ts";
import { isSourceList, readSourceList } from "./source-list.ts";

/** Limits of what is chosen over the network. Longer than any address of a camera; a few to fall back to; a screen. */
const MOST_REMOTE_CHARACTERS = 2_048;
const MOST_REMOTE_MEMBERS = 4;
const MOST_REMOTE_PIXELS = 1920 * 1080;
const WORKS_UNWATCHED = "as its machine would work while nobody watches";

/**
 * Refuses to somebody who may only publish what could harm the machine: an address of a kind that is not harmless, one
 * that runs without viewers, listens or has a filter, a large size, and a list with one of them or of too many.
 * @throws MjpegError `ERR_FORBIDDEN`, `ERR_ADDRESS_INVALID` for an address without a scheme or of too many characters,
 *   `ERR_OPTION_INVALID`.
 */
export function assertHarmless(text: string, kinds: SourceRegistry): void {
  assertShort(text);
  if (!isSourceList(text)) {
    assertHarmlessAddress(text, kinds);
    return;
  }
  const { members, preload } = readSourceList(text, kinds.schemes);
  if (preload) throw forbidden("preload", WORKS_UNWATCHED);
  if (members.length > MOST_REMOTE_MEMBERS) {
    throw forbidden(
      `a list of more than ${MOST_REMOTE_MEMBERS} sources`,
      "as all of them may be opened at once",
    );
  }
  for (const member of members) assertHarmlessAddress(member, kinds);
}

function assertHarmlessAddress(text: string, kinds: SourceRegistry): void {
  const address = kinds.parse(text);
  const { scheme, options } = address;
  if (kinds.kind(scheme)?.isHarmless === false) {
    const harmless = kinds.schemes.filter((each) => kinds.kind(each)?.isHarmless === true);
    throw forbidden(
      `${scheme}:`,
      "as it could show what is on its machine, or open a port of it; " +
        `over the network there are ${harmless.map((each) => `${each}:`).join(", ")}`,
    );
  }
  if (options.text("filter") !== undefined) {
    throw forbidden("a filter", "as filters of ffmpeg can read and write its files");
  }
  if (options.flag("preload") === true) throw forbidden("preload", WORKS_UNWATCHED);
  const { width, height } = options.size("size") ?? { width: 0, height: 0 };
  if (width * height > MOST_REMOTE_PIXELS) {
    throw forbidden("a size of more pixels than 1920x1080", "as it costs much work");
  }
  if (listens(address))
    throw forbidden("an address that waits for a sender", "as it opens a port of its machine");
}

function assertShort(text: string): void {
  if (text.length <= MOST_REMOTE_CHARACTERS) return;
  throw new MjpegError(
    "ERR_ADDRESS_INVALID",
    `the address has ${text.length} characters, and ${MOST_REMOTE_CHARACTERS} is the most over the network`,
  );
}

/** Whether ffmpeg would open a port for it. Versions differ in what they unescape, so all is, and any such parameter counts. */
function listens({ scheme, target }: SourceAddress): boolean {
  const text = target.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(parseInt(hex, 16)),
  );
  if (/[?&]\s*listen\b/i.test(text)) return true;
  const modes = text.matchAll(/[?&]\s*mode\s*=([^&]*)/gi);
  return scheme === "srt" && [...modes].some(([, mode]) => mode !== "caller");
}

function forbidden(what: string, why: string): MjpegError {
  return new MjpegError("ERR_FORBIDDEN", `${what} can only be chosen by who runs the server, ${why}`);
}
