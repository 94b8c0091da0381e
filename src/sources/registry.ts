import { MjpegError } from "../core/errors.ts";
import { parseAddress, type AddressStyle, type SourceAddress } from "./address.ts";
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
   * Whether who may only publish may choose it over the network: it reads no file, runs no program and shows no screen
   * of this machine.
   */
  readonly isHarmless: boolean;
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
    { style = "path", isHarmless = false }: Partial<Omit<SourceKind, "open">> = {},
  ): this {
    if (this.#kinds.has(scheme)) {
      throw new MjpegError("ERR_OPTION_INVALID", `source scheme "${scheme}" is already registered`);
    }
    this.#kinds.set(scheme, { open, style, isHarmless });
    return this;
  }

  /**
   * Makes the source of an address; nothing is opened yet.
   * @throws MjpegError `ERR_ADDRESS_INVALID` for an address without a scheme or with an unknown one,
   *   `ERR_OPTION_INVALID` for an option that the source does not have or that is out of its range.
   */
  open(text: string, name: string): { readonly source: Source; readonly preload: boolean } {
    const address = parseAddress(text, (scheme) => this.#kinds.get(scheme)?.style ?? "path");
    const kind = this.#kinds.get(address.scheme);
    if (kind === undefined) {
      const known = this.schemes.map((scheme) => `${scheme}:`).join(", ");
      throw new MjpegError(
        "ERR_ADDRESS_INVALID",
        `no source is called "${address.scheme}:" (there are: ${known})`,
      );
    }
    const preload = address.options.flag("preload") ?? false;
    return { source: kind.open(address, name), preload };
  }
}
