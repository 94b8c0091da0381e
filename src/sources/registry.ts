import { MjpegError } from "../core/errors.ts";
import { parseAddress, type AddressStyle, type SourceAddress } from "./address.ts";
import { fallbackSource } from "./fallback-source.ts";
import { isSourceList, readSourceList } from "./source-list.ts";
import type { Source } from "./source.ts";

/** Makes a source of an address. `name` is the name of the stream it is for. */
export type SourceFactory = (address: SourceAddress, name: string) => Source;

/** A kind of source. */
export interface SourceKind {
  /** Makes a source of it. */
  readonly open: SourceFactory;
  /** How its addresses are written. */
  readonly style: AddressStyle;
  /**
   * Whether who may only publish may choose it over the network: it reads no file, runs no program, shows no screen and
   * opens no port of this machine.
   */
  readonly isHarmless: boolean;
  /** Whether it runs without viewers unless its address says otherwise: nobody waits until somebody watches. */
  readonly isPreloaded: boolean;
}

/** A source that was made of an address. */
export interface OpenedSource {
  /** The source. */
  readonly source: Source;
  /** Whether it is to run without viewers. */
  readonly preload: boolean;
}

/** Maps URL schemes to factories. An instance, not a module global: two servers in one process do not share it. */
export class SourceRegistry {
  readonly #kinds = new Map<string, SourceKind>();

  /** The schemes there are, in the order they were added. */
  get schemes(): readonly string[] {
    return [...this.#kinds.keys()];
  }

  /**
   * Adds a kind of source.
   * @param scheme without the colon: `http`, `folder`, `test`.
   * @throws MjpegError `ERR_OPTION_INVALID` when the scheme is taken.
   */
  register(
    scheme: string,
    open: SourceFactory,
    { style = "path", isHarmless = false, isPreloaded = false }: Partial<Omit<SourceKind, "open">> = {},
  ): this {
    if (this.#kinds.has(scheme)) {
      throw new MjpegError("ERR_OPTION_INVALID", `source scheme "${scheme}" is already registered`);
    }
    this.#kinds.set(scheme, { open, style, isHarmless, isPreloaded });
    return this;
  }

  /**
   * Makes the source of an address, or of a list of them, `[A, B]`; nothing is opened yet.
   * @throws MjpegError `ERR_ADDRESS_INVALID` for an address without a scheme or with an unknown one,
   *   `ERR_OPTION_INVALID` for an option that the source does not have or that is out of its range.
   */
  open(text: string, name: string): OpenedSource {
    if (isSourceList(text)) return this.#openList(text, name);
    const address = parseAddress(text, (scheme) => this.#kinds.get(scheme)?.style ?? "path");
    const kind = this.#kinds.get(address.scheme);
    if (kind === undefined) {
      const known = this.schemes.map((scheme) => `${scheme}:`).join(", ");
      throw new MjpegError(
        "ERR_ADDRESS_INVALID",
        `no source is called "${address.scheme}:" (there are: ${known})`,
      );
    }
    const preload = address.options.flag("preload") ?? kind.isPreloaded;
    return { source: kind.open(address, name), preload };
  }

  #openList(text: string, name: string): OpenedSource {
    const { members, preload } = readSourceList(text, this.schemes);
    const opened = members.map((member) => this.open(member, name));
    return {
      source: fallbackSource(opened.map(({ source }) => source)),
      preload: preload || opened.some((each) => each.preload),
    };
  }

  /**
   * Refuses to somebody who may only publish what could harm the machine: an address of a kind that is not harmless, one
   * that runs without viewers, listens or has a filter, a large size, and a list with one of them or of too many.
   * @throws MjpegError `ERR_FORBIDDEN`, `ERR_ADDRESS_INVALID` for an address without a scheme or of too many characters,
   *   `ERR_OPTION_INVALID`.
   */
  assertHarmless(text: string): void {
    assertShort(text);
    if (!isSourceList(text)) {
      this.#assertHarmlessAddress(text);
      return;
    }
    const { members, preload } = readSourceList(text, this.schemes);
    if (preload) throw forbidden("preload", WORKS_UNWATCHED);
    if (members.length > MOST_REMOTE_MEMBERS) {
      throw forbidden(
        `a list of more than ${MOST_REMOTE_MEMBERS} sources`,
        "as all of them may be opened at once",
      );
    }
    for (const member of members) this.#assertHarmlessAddress(member);
  }

  #assertHarmlessAddress(text: string): void {
    const address = parseAddress(text, (each) => this.#kinds.get(each)?.style ?? "path");
    const { scheme, options } = address;
    if (this.#kinds.get(scheme)?.isHarmless === false) {
      const harmless = this.schemes.filter((each) => this.#kinds.get(each)?.isHarmless === true);
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
}

/** Limits of what is chosen over the network. Longer than any address of a camera; a few to fall back to; a screen. */
const MOST_REMOTE_CHARACTERS = 2_048;
const MOST_REMOTE_MEMBERS = 4;
const MOST_REMOTE_PIXELS = 1920 * 1080;
const WORKS_UNWATCHED = "as its machine would work while nobody watches";

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
