import { MjpegError } from "../core/errors.ts";
import type { Frame } from "../core/frame.ts";
import { variantKey, type Variant } from "../core/variant.ts";
import type { View } from "../delivery/show.ts";
import { VariantStream, type VariantStreamOptions } from "./variant-stream.ts";

/** Most variants of a stream at once: each one costs a processor's time for every picture. */
export const MOST_VARIANTS = 16;

/** The variants of one stream that somebody watches. */
export class Variants {
  readonly #options: Omit<VariantStreamOptions, "variant" | "onUse">;
  readonly #streams = new Map<string, VariantStream>();

  constructor(options: Omit<VariantStreamOptions, "variant" | "onUse">) {
    this.#options = options;
  }

  /**
   * The stream in that variant: the one that others watch already, or another, which counts while somebody watches it.
   * @throws MjpegError `ERR_TOO_MANY_VARIANTS`
   */
  get(variant: Variant): View {
    const key = variantKey(variant);
    const there = this.#streams.get(key);
    if (there !== undefined) return there;
    if (this.#streams.size >= MOST_VARIANTS) throw tooMany();
    const made: VariantStream = new VariantStream({
      ...this.#options,
      variant,
      onUse: (isUsed) => {
        if (isUsed) this.#streams.set(key, made);
        else this.#streams.delete(key);
      },
    });
    return made;
  }

  /** One picture in a variant. */
  async picture(frame: Frame, variant: Variant): Promise<Frame> {
    if (variantKey(variant) === "") return frame;
    return { ...frame, jpeg: await this.#options.change(frame, variant) };
  }
}

function tooMany(): MjpegError {
  return new MjpegError(
    "ERR_TOO_MANY_VARIANTS",
    `the stream is already shown in ${MOST_VARIANTS} different variants, the most there may be: ` +
      "ask for one that others watch, for the stream as it is, or again later",
  );
}
