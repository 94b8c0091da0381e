import { setTimeout as sleep } from "node:timers/promises";
import { failureOf } from "../../wire/failure-of.ts";
import { frameParser } from "../../wire/frames.ts";
import { MOST_FPS } from "../most-fps.ts";

/** So many may come at once after a pause: pictures that were held up on the way are all passed on, in order. */
const LARGEST_BURST = 120;

/** Who is told of pictures that are not yielded. */
export interface PacedEvents {
  /** A part without a usable picture, and why. */
  readonly onBad: (reason: string) => void;
  /** So many good pictures were left out, for a newer one. */
  readonly onLeftOut: (count: number) => void;
}

/**
 * Reads the pictures of a body as `frames()` does, at most 120 a second. Of what comes faster, the newest picture of each
 * chunk is yielded when it is due, and nothing is read until then: the camera waits.
 * @throws the input's own error and that of the bytes, behind the pictures that were whole.
 */
export async function* pacedFrames(
  bytes: AsyncIterable<Uint8Array>,
  contentType: string | null,
  { onBad, onLeftOut }: PacedEvents,
): AsyncGenerator<Uint8Array, void, undefined> {
  const taken: Uint8Array[] = [];
  const allowance = new Allowance();
  const parser = frameParser(contentType, { onBadPart: onBad }, (jpeg) => taken.push(jpeg));
  for await (const chunk of bytes) {
    const failure = failureOf(() => parser.push(chunk));
    yield* inTime(taken, allowance, onLeftOut);
    if (failure !== undefined) throw failure.error;
    if (parser.closed) return;
  }
  const failure = failureOf(() => parser.end());
  yield* inTime(taken, allowance, onLeftOut);
  if (failure !== undefined) throw failure.error;
}

/** Yields the pictures that may pass now, then the newest of the others when it may; none is left. */
async function* inTime(
  taken: Uint8Array[],
  allowance: Allowance,
  onLeftOut: (count: number) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (let jpeg = taken[0]; jpeg !== undefined; jpeg = taken[0]) {
    if (allowance.take()) {
      taken.shift();
      yield jpeg;
      continue;
    }
    const older = taken.splice(0, taken.length - 1);
    if (older.length > 0) onLeftOut(older.length);
    await sleep(allowance.waitMs);
  }
}

/** How many pictures may pass: it grows by 120 a second, up to a burst. */
class Allowance {
  #pictures: number = LARGEST_BURST;
  #at: number = performance.now();

  /** How long it is until one may pass, in milliseconds; at least 1. */
  get waitMs(): number {
    return Math.max(1, Math.ceil(((1 - this.#pictures) * 1_000) / MOST_FPS));
  }

  /** Whether one may pass now. It is counted. */
  take(): boolean {
    const now = performance.now();
    const grown = this.#pictures + ((now - this.#at) * MOST_FPS) / 1_000;
    this.#pictures = Math.min(LARGEST_BURST, grown);
    this.#at = now;
    if (this.#pictures < 1) return false;
    this.#pictures -= 1;
    return true;
  }
}
