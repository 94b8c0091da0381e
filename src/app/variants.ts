import { MjpegError } from "../core/errors.ts";
import type { Frame } from "../core/frame.ts";
import { turnInHead } from "../core/turn-in-head.ts";
import { isEncoded, pictureOf, simplified, variantKey, type Variant } from "../core/variant.ts";
import type { View } from "../delivery/show.ts";
import { assertSharp } from "../images/sharp.ts";
import { ChangedPictures, type ChangePicture } from "./changed-pictures.ts";
import { Places } from "./places.ts";
import { ENCODE_TURNS } from "./turns.ts";
import { VariantStream, type VariantStreamOptions } from "./variant-stream.ts";

/** Most variants of a stream at once: each one costs a processor's time for every picture. */
export const MOST_VARIANTS = 16;

/** Most variants of a stream in which snapshots are made at once, and that snapshots wait for. */
const SNAPSHOTS = { most: 16, mostWaiting: 100, full: tooManySnapshots };

/** What {@link Variants} are made of. */
export interface VariantsOptions extends Omit<VariantStreamOptions, "variant" | "onUse" | "pictures"> {
  /** Changes a picture. */
  readonly change: ChangePicture;
}

/** The variants of one stream that somebody watches. */
export class Variants {
  readonly #options: VariantsOptions;
  readonly #pictures: ChangedPictures;
  readonly #streams = new Map<string, VariantStream>();
  /** Apart from those of viewers, whom no number of snapshots is to keep away. */
  readonly #snapshots = new Places(SNAPSHOTS);

  constructor(options: VariantsOptions) {
    this.#options = options;
    this.#pictures = new ChangedPictures(options.change, ENCODE_TURNS);
  }

  /**
   * The stream in that variant, to be watched at once: the one that others watch already, or another.
   * @throws MjpegError `ERR_TOO_MANY_VARIANTS`, `ERR_MODULE_MISSING` where pictures would have to be encoded and cannot be.
   */
  get(variant: Variant): View {
    const wanted = simplified(variant);
    const key = variantKey(wanted);
    const there = this.#streams.get(key);
    if (there !== undefined) return there;
    if (isEncoded(wanted)) assertSharp();
    this.#assertRoom();
    const made: VariantStream = new VariantStream({
      ...this.#options,
      pictures: this.#pictures,
      variant: wanted,
      onUse: (isUsed) => {
        if (isUsed && !this.#streams.has(key)) this.#streams.set(key, made);
        else if (!isUsed && this.#streams.get(key) === made) this.#streams.delete(key);
      },
    });
    this.#streams.set(key, made);
    return made;
  }

  /**
   * Takes a place for {@link picture} at once; none is needed for what is watched or costs nothing. Returns the function
   * that gives it back; undefined where it has to be waited for.
   */
  enter(variant: Variant): (() => void) | undefined {
    const wanted = pictureOf(simplified(variant));
    const key = variantKey(wanted);
    if (!isEncoded(wanted) || this.#streams.get(key)?.isInUse === true) return () => undefined;
    return this.#snapshots.enter(key);
  }

  /**
   * Waits for such a place.
   * @throws MjpegError `ERR_TOO_MANY_VARIANTS` when none was free in time, or too many wait.
   */
  wait(variant: Variant, waitMs: number, signal: AbortSignal): Promise<() => void> {
    return this.#snapshots.wait(variantKey(pictureOf(simplified(variant))), waitMs, signal);
  }

  /**
   * One picture in a variant: the one that viewers of it were shown, where there is one.
   * @throws MjpegError `ERR_MODULE_MISSING`, `ERR_IMAGE_INVALID`
   */
  async picture(frame: Frame, variant: Variant): Promise<Frame> {
    const wanted = pictureOf(simplified(variant));
    const isHeadAlone = !isEncoded(wanted);
    const jpeg = isHeadAlone ? turnInHead(frame.jpeg, wanted) : await this.#pictures.get(frame, wanted);
    return { ...frame, jpeg };
  }

  #assertRoom(): void {
    if (this.#streams.size < MOST_VARIANTS) return;
    // Those that were asked for and then not watched.
    for (const [unused, { isInUse }] of this.#streams) if (!isInUse) this.#streams.delete(unused);
    if (this.#streams.size >= MOST_VARIANTS) throw tooMany();
  }
}

function tooMany(): MjpegError {
  return new MjpegError(
    "ERR_TOO_MANY_VARIANTS",
    `the stream is already shown in ${MOST_VARIANTS} different variants, the most there may be: ` +
      "ask for one that others watch, for the stream as it is, or again later",
  );
}

function tooManySnapshots(): MjpegError {
  return new MjpegError(
    "ERR_TOO_MANY_VARIANTS",
    "too many snapshots of the stream are being made, each in another variant, for one more in the time there is: " +
      "ask for one that others ask for, for the stream as it is, or again later",
  );
}
