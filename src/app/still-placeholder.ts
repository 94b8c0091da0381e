import type { MjpegError } from "../core/errors.ts";
import type { Frame } from "../core/frame.ts";
import type { Variant } from "../core/variant.ts";
import type { PlaceholderText } from "./placeholder.ts";
import { LateError } from "./snapshots.ts";
import type { Variants } from "./variants.ts";

/** Pixels across and down. */
interface Size {
  readonly width: number;
  readonly height: number;
}

/** What a {@link StillPlaceholder} is made of. */
export interface StillPlaceholderOptions {
  /** The stream's name. */
  readonly title: string;
  /** Since when there is no picture, in milliseconds since the epoch. */
  readonly since: () => number;
  /** Of the stream's pictures. */
  readonly size: () => Size;
  /** Paints it in that size. */
  readonly paint: (text: PlaceholderText & Size) => Promise<Uint8Array>;
  /** Where it is made smaller. */
  readonly variants: Pick<Variants, "enter" | "picture">;
}

/** How long one may be given again since it was painted, in milliseconds. */
const KEPT_MS = 1_000;

/** Most pixels on the longer side: one of 5760x5760, a size that any camera may claim to have, took four seconds. */
const LARGEST_SIDE = 1_920;

/** Each asker has a wish of its own that no picture met; one picture says so to all of them. */
const LATE_REASON = "No picture as new as asked came in time";

/** The placeholder of a stream for those who ask for one picture: painted once a second a reason, however many ask. */
export class StillPlaceholder {
  readonly #options: StillPlaceholderOptions;
  /** By reason; until it is painted it is from the future. */
  readonly #painted = new Map<string, { readonly frame: Promise<Frame>; at: number }>();
  #sequence = 0;

  constructor(options: StillPlaceholderOptions) {
    this.#options = options;
  }

  /** A picture that says why there is none, of the size that the variant would have, and no larger than 1920 pixels. */
  async picture(error: MjpegError, variant: Variant): Promise<Uint8Array> {
    const frame = await this.#frame(error instanceof LateError ? LATE_REASON : error.message);
    const { variants } = this.#options;
    const size = sizeOf(variant);
    const leave = variants.enter(size);
    // What cannot be made smaller, or not now, says the same.
    if (leave === undefined) return frame.jpeg;
    const changed = await variants
      .picture(frame, size)
      .catch(() => frame)
      .finally(leave);
    return changed.jpeg;
  }

  #frame(reason: string): Promise<Frame> {
    const now = performance.now();
    for (const [each, { at }] of this.#painted) if (now - at >= KEPT_MS) this.#painted.delete(each);
    const kept = this.#painted.get(reason);
    if (kept !== undefined) return kept.frame;
    const painted = { frame: this.#paint(reason), at: Infinity };
    this.#painted.set(reason, painted);
    return painted.frame.finally(() => (painted.at = performance.now()));
  }

  async #paint(reason: string): Promise<Frame> {
    // Below those of the stream's pictures, so that none is taken for one of them.
    const sequence = --this.#sequence;
    const { paint, title, since, size } = this.#options;
    const jpeg = await paint({ title, state: "down", reason, since: since(), ...bounded(size()) });
    return { jpeg, sequence, capturedAt: Date.now() };
  }
}

function bounded({ width, height }: Size): Size {
  const factor = Math.min(1, LARGEST_SIDE / Math.max(width, height));
  return {
    width: Math.max(1, Math.round(width * factor)),
    height: Math.max(1, Math.round(height * factor)),
  };
}

/** The text is to stand upright and whole. */
function sizeOf({ width, height, fit, enlarge, quality, grey }: Variant): Variant {
  return {
    ...(width === undefined ? {} : { width }),
    ...(height === undefined ? {} : { height }),
    ...(fit === undefined ? {} : { fit }),
    ...(enlarge === undefined ? {} : { enlarge }),
    ...(quality === undefined ? {} : { quality }),
    ...(grey === undefined ? {} : { grey }),
  };
}
