import { variantKey, type Variant } from "../../core/variant.ts";
import type { Show } from "../show.ts";
import type { Pictures } from "./ladder.ts";
import { estimatedWeight } from "./weight.ts";

/** A stream's state is asked for at most so often, however many viewers want to know: it counts them all. */
const KEPT_MS = 400;
/** A rate that differs by less is the same rate: what viewers share must not change with every measurement. */
const SAME_RATE = 0.2;
/** How much of a new measurement goes into what is known. */
const SHARE_OF_NEW = 0.3;

/** What is known of a stream's pictures and of what its variants weigh, together for all of its viewers. */
export class StreamFigures {
  readonly #show: Pick<Show, "audience" | "status">;
  /** Bytes of the pictures of variants that were watched, as parts of those of the source's. */
  readonly #weights = new Map<string, number>();
  #pictures: Pictures | undefined;
  #bytes = 0;
  #readAt = -Infinity;

  /** @param show the stream, which need not be watched */
  constructor(show: Pick<Show, "audience" | "status">) {
    this.#show = show;
  }

  /** What its pictures are like; undefined before there is one, and while they come too seldom to be counted. */
  pictures(nowMs: number): Pictures | undefined {
    if (nowMs - this.#readAt < KEPT_MS) return this.#pictures;
    this.#readAt = nowMs;
    const { width, height, fps } = this.#show.status();
    const bytes = this.#show.audience.newest?.jpeg.length ?? 0;
    this.#bytes = blended(this.#bytes, bytes);
    if (width === null || height === null || fps === 0 || bytes === 0) return (this.#pictures = undefined);
    const before = this.#pictures?.fps ?? 0;
    const isSame = Math.abs(fps - before) <= SAME_RATE * before;
    return (this.#pictures = { width, height, fps: isSame ? before : fps });
  }

  /** A picture of that variant has as many bytes. */
  weigh(variant: Variant, bytes: number): void {
    const key = variantKey(variant);
    if (this.#bytes > 0) this.#weights.set(key, blended(this.#weights.get(key), bytes / this.#bytes));
  }

  /** Bytes a second of each rung: measured where it was watched, else estimated as the nearest one that was turned out. */
  rates(rungs: readonly Variant[], pictures: Pictures): readonly number[] {
    return rungs.map((variant, rung) => {
      const fps = Math.min(pictures.fps, variant.fps ?? Infinity);
      return this.#weight(rungs, rung, pictures) * this.#bytes * fps;
    });
  }

  #weight(rungs: readonly Variant[], rung: number, pictures: Pictures): number {
    const measured = (at: number): number | undefined => {
      const variant = rungs[at];
      return variant && this.#weights.get(variantKey(variant));
    };
    const estimated = (at: number): number => estimatedWeight(rungs[at] ?? {}, pictures);
    const own = measured(rung);
    if (own !== undefined) return own;
    if (variantKey(rungs[rung] ?? {}) === "") return 1;
    const [nearest] = rungs
      .map((_, at) => at)
      .filter((at) => at > 0 && measured(at) !== undefined)
      .sort((one, other) => Math.abs(one - rung) - Math.abs(other - rung));
    if (nearest === undefined) return estimated(rung);
    return (estimated(rung) * (measured(nearest) ?? 1)) / estimated(nearest);
  }
}

/** The figures of a stream, the same for all of its viewers. */
export function figuresOf(show: Show): StreamFigures {
  const known = all.get(show) ?? new StreamFigures(show);
  all.set(show, known);
  return known;
}

const all = new WeakMap<Show, StreamFigures>();

function blended(known: number | undefined, measured: number): number {
  return known === undefined || known === 0 ? measured : known + SHARE_OF_NEW * (measured - known);
}
