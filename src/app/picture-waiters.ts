import { MjpegError } from "../core/errors.ts";
import type { Frame } from "../core/frame.ts";

/** How long a snapshot waits for the first picture of a source that had to be started. */
const SNAPSHOT_WAIT_MS = 5_000;

interface Waiter {
  resolve(frame: Frame): void;
  reject(error: Error): void;
}

/** Those who wait for the next picture of a stream. */
export class PictureWaiters {
  readonly #waiters = new Set<Waiter>();

  /** Adds one. Returns the function that takes it out. */
  add(waiter: Waiter): () => void {
    this.#waiters.add(waiter);
    return () => void this.#waiters.delete(waiter);
  }

  /** The picture has come. */
  resolve(frame: Frame): void {
    if (this.#waiters.size > 0) this.#all((waiter) => waiter.resolve(frame));
  }

  /** It will not come. */
  reject(error: Error): void {
    this.#all((waiter) => waiter.reject(error));
  }

  #all(tell: (waiter: Waiter) => void): void {
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    waiters.forEach(tell);
  }
}

/**
 * The next picture.
 * @throws MjpegError what the waiters are rejected with, or `ERR_SOURCE_SILENT` after five seconds.
 */
export async function nextPicture(
  waiters: PictureWaiters,
  label: string,
  signal: AbortSignal,
): Promise<Frame> {
  const { promise, resolve, reject } = Promise.withResolvers<Frame>();
  const leave = waiters.add({ resolve, reject });
  const silent = (why: string) => reject(new MjpegError("ERR_SOURCE_SILENT", `${label}: ${why}`));
  const onAbort = () => silent("the client left");
  const seconds = SNAPSHOT_WAIT_MS / 1000;
  const timer = setTimeout(() => silent(`no picture came within ${seconds} s; try again`), SNAPSHOT_WAIT_MS);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await promise;
  } finally {
    leave();
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}
