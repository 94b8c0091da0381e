import type { Libc } from "../../system/libc.ts";
import { Struct } from "./struct.ts";
import { CLOCK_MONOTONIC, CLOCK_REALTIME } from "./v4l2-abi.ts";

/** A picture stamped longer ago was stamped by a broken clock. */
const OLDEST_MS = 10_000;
/** The time of day is looked at this often, as somebody may set it: not for each picture, of which there are many. */
const LOOK_AGAIN_MS = 1_000;

/** Turns the time since boot, which drivers stamp pictures with, into the time of day. */
export class CaptureClock {
  readonly #libc: Libc;
  readonly #time: Struct;
  #bootedAt = 0;
  #lookedAt = -Infinity;

  constructor(libc: Libc) {
    this.#libc = libc;
    this.#time = new Struct(2 * libc.longBytes);
  }

  /** The time of day, in milliseconds, of a picture stamped so; now, where the stamp is missing or cannot be true. */
  timeOf(sinceBootMs: number | undefined): number {
    const now = this.#read(CLOCK_MONOTONIC);
    if (now - this.#lookedAt >= LOOK_AGAIN_MS) {
      this.#bootedAt = this.#read(CLOCK_REALTIME) - now;
      this.#lookedAt = now;
    }
    const isTrue = sinceBootMs !== undefined && sinceBootMs <= now && sinceBootMs >= now - OLDEST_MS;
    return this.#bootedAt + (isTrue ? sinceBootMs : now);
  }

  #read(clock: number): number {
    const { longBytes } = this.#libc;
    this.#libc.clockGettime(clock, this.#time.bytes);
    return this.#time.long(0, longBytes) * 1e3 + this.#time.long(longBytes, longBytes) / 1e6;
  }
}
