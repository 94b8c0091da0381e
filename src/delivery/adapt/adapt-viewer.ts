import { variantKey, type Variant } from "../../core/variant.ts";
import type { TcpState } from "../../system/tcp.ts";
import type { Show, View } from "../show.ts";
import type { Viewer } from "../viewer.ts";
import type { Seat } from "../viewers.ts";
import { ladder } from "./ladder.ts";
import { lineRoom } from "./line-room.ts";
import type { Manner } from "./manner.ts";
import { RungChoice, type Measurement } from "./rung-choice.ts";
import { figuresOf, type StreamFigures } from "./stream-figures.ts";

/** A viewer that is to be adapted to its line. */
export interface Adapted {
  readonly viewer: Viewer;
  /** Its seat, which has begun. */
  readonly seat: Seat;
  /** The stream it watches. */
  readonly show: Show;
  /** What it asked for, and sees at first. */
  readonly base: Variant;
  /** What it keeps longest. */
  readonly manner: Manner;
}

/** How often a viewer is looked at. Two looks decide, so that it is moved within a second or so. */
const LOOK_MS = 500;

/**
 * Moves a viewer down and up the ladder of its stream's variants, as its connection takes less or more. Returns the
 * function that lets it stay where it is; to be called before its seat is left.
 */
export function adaptViewer(adapted: Adapted): () => void {
  const driver = new Driver(adapted);
  const timer = setInterval(() => driver.look(performance.now()), LOOK_MS);
  return () => clearInterval(timer);
}

/** What was counted at a look. */
interface Counts {
  readonly atMs: number;
  readonly frames: number;
  readonly drops: number;
  readonly waitedMs: number;
  readonly bytes: number;
  readonly line: TcpState | undefined;
}

class Driver {
  readonly #adapted: Adapted;
  readonly #figures: StreamFigures;
  readonly #choice = new RungChoice();
  #variant: Variant;
  #view: View;
  #before: Counts | undefined;

  constructor(adapted: Adapted) {
    const { show, base } = adapted;
    this.#adapted = adapted;
    this.#figures = figuresOf(show);
    this.#variant = base;
    this.#view = show.as(base);
  }

  look(atMs: number): void {
    const pictures = this.#figures.pictures(atMs);
    const counts = this.#count(atMs);
    const before = this.#before;
    this.#before = counts;
    if (pictures === undefined || before === undefined) return;
    const { newest } = this.#view.audience;
    if (newest !== undefined) this.#figures.weigh(this.#variant, newest.jpeg.length);
    const { base, manner } = this.#adapted;
    let made: readonly Variant[] | undefined;
    const rungs = (): readonly Variant[] => (made ??= ladder(base, pictures, manner));
    const measured = measurement(before, counts, newest?.jpeg.length ?? 0);
    const wanted = this.#choice.choose(measured, () => this.#figures.rates(rungs(), pictures));
    if (wanted === 0 && this.#choice.rung === 0) return;
    const variant = rungs()[wanted] ?? base;
    // The source may have become another one: the same rung is another variant then.
    const hasTurned = variantKey(variant) !== variantKey(this.#variant) && this.#choice.mayChange(atMs);
    if (wanted !== this.#choice.rung || hasTurned) this.#move(wanted, variant, measured);
  }

  #move(rung: number, variant: Variant, measured: Measurement): void {
    const { viewer, seat, show } = this.#adapted;
    viewer.turnTo(variant);
    try {
      const view = show.as(variant);
      seat.move(view);
      this.#view = view;
    } catch {
      // There is no room for one more variant, or for one more who watches it: better where it is than nowhere.
      viewer.turnTo(this.#variant);
      this.#choice.refused(measured);
      return;
    }
    this.#variant = variant;
    this.#choice.moved(rung, measured);
  }

  #count(atMs: number): Counts {
    const { viewer } = this.#adapted;
    const { frames, drops, waitedMs, bytes } = viewer;
    // Most viewers have no trouble: for them the kernel is spared two calls.
    const isCalm = this.#choice.rung === 0 && drops === this.#before?.drops;
    return { atMs, frames, drops, waitedMs, bytes, line: isCalm ? undefined : viewer.line() };
  }
}

function measurement(before: Counts, now: Counts, frameBytes: number): Measurement {
  const spanMs = now.atMs - before.atMs;
  const handed = now.bytes - before.bytes;
  const confirmed = now.line && before.line && now.line.acknowledgedBytes - before.line.acknowledgedBytes;
  // Where several streams share a connection, the bytes of the others were confirmed, too.
  const taken = Math.min(handed, confirmed ?? handed);
  const share = handed / Math.max(1, handed, confirmed ?? 0);
  return {
    atMs: now.atMs,
    spanMs,
    frames: now.frames - before.frames,
    drops: now.drops - before.drops,
    waitedMs: now.waitedMs - before.waitedMs,
    bytesASecond: (taken * 1000) / spanMs,
    roomASecond: now.line && lineRoom(now.line, frameBytes, share),
    isIdle: now.line?.unsentBytes === 0 && now.line.unacknowledgedBytes === 0,
  };
}
