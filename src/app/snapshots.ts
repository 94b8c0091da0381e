import { MjpegError } from "../core/errors.ts";
import type { Frame } from "../core/frame.ts";
import type { SnapshotWish } from "../delivery/show.ts";
import { PictureWaiters } from "./picture-waiters.ts";
import type { Variants } from "./variants.ts";

/** What {@link Snapshots} are taken with. */
export interface SnapshotsOptions {
  /** What the source is called in messages. */
  readonly label: () => string;
  /** Where pictures are made in variants. */
  readonly variants: Pick<Variants, "enter" | "wait" | "picture">;
  /** Told when a picture has to be waited for. */
  readonly onWait: () => void;
}

/** No picture came that was new enough, as long as was waited for it: a matter of what was asked, not of the source alone. */
export class LateError extends MjpegError {}

/** A picture, and what it is chosen by. */
interface Taken {
  readonly frame: Frame;
  /** When it was captured, in milliseconds since the epoch: not later than it came, whatever the source's clock says. */
  readonly capturedAt: number;
  /** When it came, in milliseconds of a clock that nobody sets. */
  readonly cameAt: number;
  /** How many the source has given since it was started, this one included. */
  readonly count: number;
}

/** `X-Timestamp` has microseconds: what is not later by one is the picture that the client has already. */
const LATER_MS = 0.001;

/** The pictures of one stream that are given one at a time: which one fits a wish, and who waits for the next. */
export class Snapshots {
  readonly #options: SnapshotsOptions;
  readonly #waiters = new PictureWaiters<Taken>();
  #newest: Taken | undefined;
  #failure: MjpegError | undefined;
  #count = 0;

  constructor(options: SnapshotsOptions) {
    this.#options = options;
  }

  /**
   * The newest picture where it is as wished, else the next one that is.
   * @throws MjpegError why the source is down, at once; {@link LateError} when none came in time; `ERR_TOO_MANY_VARIANTS`
   *   when it was not its turn in time.
   */
  async get(wish: SnapshotWish, signal: AbortSignal): Promise<Frame> {
    const from = performance.now();
    const leftMs = () => wish.waitMs - (performance.now() - from);
    for (;;) {
      const frame = await this.#one(wish, leftMs, signal);
      if (frame !== undefined) return frame;
      // A source may be so fast that there is always one that is new enough until it was changed.
      if (leftMs() <= 0 || signal.aborted) throw this.#late(wish);
    }
  }

  /** The source has given a picture, shown or not. */
  counted(): void {
    this.#count++;
  }

  /** A picture is shown. */
  shown(frame: Frame): void {
    this.#failure = undefined;
    this.#newest = {
      frame,
      capturedAt: Math.min(frame.capturedAt, Date.now()),
      cameAt: performance.now(),
      count: this.#count,
    };
    this.#waiters.offer(this.#newest);
  }

  /** The source is started: what was shown before is not to be seen any more. */
  forget(): void {
    this.#newest = undefined;
    this.#failure = undefined;
    this.#count = 0;
  }

  /** There are no pictures at the moment: nobody waits for them. */
  failed(error: MjpegError): void {
    this.forget();
    this.#failure = error;
    this.#waiters.reject(error);
  }

  /** No further picture will come; the last one may still be asked for. */
  ended(error: MjpegError): void {
    this.#waiters.reject(error);
  }

  /** Undefined for a picture that has become too old meanwhile. */
  async #one(wish: SnapshotWish, leftMs: () => number, signal: AbortSignal): Promise<Frame | undefined> {
    const taken = this.#fitting(wish) ?? (await this.#next(wish, leftMs(), signal));
    const leave = this.#options.variants.enter(wish.variant);
    // Whoever has to wait holds no picture: there would be a newer one, and many would be in memory.
    if (leave === undefined) return this.#inOrder(wish, leftMs(), signal);
    return this.#changed(taken, wish).finally(leave);
  }

  async #inOrder(wish: SnapshotWish, waitMs: number, signal: AbortSignal): Promise<Frame | undefined> {
    const leave = await this.#options.variants.wait(wish.variant, waitMs, signal);
    try {
      const taken = this.#fitting(wish);
      return taken && (await this.#changed(taken, wish));
    } finally {
      leave();
    }
  }

  async #changed(taken: Taken, wish: SnapshotWish): Promise<Frame | undefined> {
    const frame = await this.#options.variants.picture(taken.frame, wish.variant);
    return isNewEnough(taken, wish) ? frame : undefined;
  }

  #fitting(wish: SnapshotWish): Taken | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    return this.#newest !== undefined && fits(this.#newest, wish) ? this.#newest : undefined;
  }

  #next(wish: SnapshotWish, waitMs: number, signal: AbortSignal): Promise<Taken> {
    this.#options.onWait();
    return this.#waiters.next({
      fits: (taken) => fits(taken, wish),
      waitMs,
      signal,
      late: () => this.#late(wish),
    });
  }

  #late(wish: SnapshotWish): LateError {
    return new LateError("ERR_SOURCE_SILENT", `${this.#options.label()}: ${whyLate(this.#newest, wish)}`);
  }
}

function fits(taken: Taken, wish: SnapshotWish): boolean {
  return taken.count > wish.warmup && isNewEnough(taken, wish);
}

function isNewEnough(
  taken: Taken,
  { maxAgeMs = Infinity, capturedAfter = -Infinity }: SnapshotWish,
): boolean {
  return ageOf(taken) <= maxAgeMs && taken.capturedAt > capturedAfter + LATER_MS;
}

/** In milliseconds, by whichever clock says more: that of the system may be set back. */
function ageOf({ capturedAt, cameAt }: Taken): number {
  return Math.max(Date.now() - capturedAt, performance.now() - cameAt);
}

function whyLate(newest: Taken | undefined, { waitMs, warmup }: SnapshotWish): string {
  const inTime = waitMs === 0 ? "is here yet" : `came within ${waitMs / 1000} s`;
  if (newest === undefined) return `no picture ${inTime}; try again`;
  if (newest.count <= warmup) {
    return `none but the first pictures ${inTime}, of which ${warmup} are passed over; try again`;
  }
  const seconds = (ageOf(newest) / 1000).toFixed(1);
  return `the newest picture is ${seconds} s old, and none as new as asked ${inTime}; try again`;
}
