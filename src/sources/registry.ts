import { MjpegError } from "../core/errors.ts";
import { parseAddress, type SourceAddress } from "./address.ts";
import type { Source } from "./source.ts";

/** Makes a source of an address. `name` is the name of the stream it is for. */
export type SourceFactory = (address: SourceAddress, name: string) => Source;

/** Maps URL schemes to factories. An instance, not a module global: two servers in one process do not share it. */
export class SourceRegistry {
  readonly #factories = new Map<string, SourceFactory>();

  /**
   * Adds a kind of source.
   * @param scheme without the colon: `http`, `folder`, `test`.
   * @throws MjpegError `ERR_OPTION_INVALID` when the scheme is taken.
   */
  register(scheme: string, factory: SourceFactory): this {
    if (this.#factories.has(scheme)) {
      throw new MjpegError("ERR_OPTION_INVALID", `source scheme "${scheme}" is already registered`);
    }
    this.#factories.set(scheme, factory);
    return this;
  }

  /**
   * Makes the source of an address; nothing is opened yet.
   * @throws MjpegError `ERR_ADDRESS_INVALID` for an address without a scheme or with an unknown one,
   *   `ERR_OPTION_INVALID` for an option that the source does not have or that is out of its range.
   */
  open(text: string, name: string): { readonly source: Source; readonly preload: boolean } {
    const address = parseAddress(text);
    const factory = this.#factories.get(address.scheme);
    if (factory === undefined) {
      const known = [...this.#factories.keys()].map((scheme) => `${scheme}:`).join(", ");
      throw new MjpegError(
        "ERR_ADDRESS_INVALID",
        `no source is called "${address.scheme}:" (there are: ${known})`,
      );
    }
    const preload = address.options.flag("preload") ?? false;
    return { source: factory(address, name), preload };
  }
}
