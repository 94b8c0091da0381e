import type { CapturedImage, Frame } from "../core/frame.ts";
import { pictureOf, variantKey, type Variant } from "../core/variant.ts";
import { Kept } from "../core/kept.ts";
import type { Turns } from "./turns.ts";

/** Changes a picture as a variant says. */
export type ChangePicture = (frame: Frame, variant: Variant) => Promise<Uint8Array>;

/** Changed pictures of one frame, as long as the frame is there: of a still stream, that can be for long. */
const KEPT = {
  mostBytes: 16_000_000,
  largestBytes: 8_000_000,
  unusedMs: 60_000,
  bytesOf: ({ length }: Uint8Array) => length,
  now: () => performance.now(),
};

/** The changed pictures of a stream: each is made once, for however many ask, and not before it is its turn. */
export class ChangedPictures {
  readonly #change: ChangePicture;
  readonly #turns: Turns;
  /** Of a frame, by what was asked for; also those in the making. */
  readonly #made = new WeakMap<Frame, Kept<Uint8Array>>();

  constructor(change: ChangePicture, turns: Turns) {
    this.#change = change;
    this.#turns = turns;
  }

  /** The picture of that frame, for those who want one alone. */
  get(frame: Frame, variant: Variant): Promise<Uint8Array> {
    return this.#of(frame).get(nameOf(variant), async () => {
      const release = await this.#turns.next("single");
      return this.#change(frame, variant).finally(release);
    });
  }

  /**
   * Waits for its turn, and changes the frame that is the newest then.
   * @param newest the frame; undefined where none is wanted any more
   */
  async next(newest: () => Frame | undefined, variant: Variant): Promise<CapturedImage | undefined> {
    const release = await this.#turns.next("live");
    const frame = newest();
    const jpeg = frame && this.#of(frame).find(nameOf(variant));
    if (frame === undefined || jpeg !== undefined) release();
    if (frame === undefined) return undefined;
    const make = () => this.#change(frame, variant).finally(release);
    return {
      jpeg: await (jpeg ?? this.#of(frame).get(nameOf(variant), make)),
      capturedAt: frame.capturedAt,
    };
  }

  #of(frame: Frame): Kept<Uint8Array> {
    const made = this.#made.get(frame) ?? new Kept<Uint8Array>(KEPT);
    this.#made.set(frame, made);
    return made;
  }
}

function nameOf(variant: Variant): string {
  return variantKey(pictureOf(variant));
}
