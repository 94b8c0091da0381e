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

  /** The kind of source of that scheme. */
  kind(scheme: string): SourceKind | undefined {
    return this.#kinds.get(scheme);
  }

  /**
   * Takes an address apart as its kind writes them.
   * @throws MjpegError `ERR_ADDRESS_INVALID` when there is no scheme.
   */
  parse(text: string): SourceAddress {
    return parseAddress(text, (scheme) => this.#kinds.get(scheme)?.style ?? "path");
  }

  /**
   * Makes the source of an address, or of a list of them, `[A, B]`; nothing is opened yet.
   * @throws MjpegError `ERR_ADDRESS_INVALID` for an address without a scheme or with an unknown one,
   *   `ERR_OPTION_INVALID` for an option that the source does not have or that is out of its range.
   */
  open(text: string, name: string): OpenedSource {
    if (isSourceList(text)) return this.#openList(text, name);
    const address = this.parse(text);
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
}
