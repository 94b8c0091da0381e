import { MjpegError } from "../core/errors.ts";

/** Most that wait for a picture of one stream at once: each may hold a connection for a minute. */
const MOST_WAITING = 10_000;

/** What somebody waits for, and for how long. */
export interface Waiting<Picture> {
  /** Whether that picture is what is waited for. */
  readonly fits: (picture: Picture) => boolean;
  /** For how long, in milliseconds; not at all where it is 0 or less. */
  readonly waitMs: number;
  /** Aborts when whoever waits has left. */
  readonly signal: AbortSignal;
  /** What to say when the time is over. */
  readonly late: () => MjpegError;
}

interface Waiter<Picture> {
  fits(picture: Picture): boolean;
  resolve(picture: Picture): void;
  reject(error: MjpegError): void;
}

/** Those who wait for a picture of a stream. */
export class PictureWaiters<Picture> {
  readonly #waiters = new Set<Waiter<Picture>>();

  /**
   * The first picture offered from now on that fits.
   * @throws MjpegError what `late` gives when none came in time; what {@link reject} was given; `ERR_TOO_MANY_VIEWERS`.
   */
  async next({ fits, waitMs, signal, late }: Waiting<Picture>): Promise<Picture> {
    if (waitMs <= 0) throw late();
    if (this.#waiters.size >= MOST_WAITING) throw tooMany();
    const { promise, resolve, reject } = Promise.withResolvers<Picture>();
    const waiter = { fits, resolve, reject };
    const onAbort = () => reject(new MjpegError("ERR_SOURCE_SILENT", "the client left"));
    const timer = setTimeout(() => reject(late()), waitMs);
    signal.addEventListener("abort", onAbort, { once: true });
    this.#waiters.add(waiter);
    if (signal.aborted) onAbort();
    try {
      return await promise;
    } finally {
      this.#waiters.delete(waiter);
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** A picture has come: whoever waits for one like it gets it. */
  offer(picture: Picture): void {
    for (const waiter of this.#waiters) {
      if (!waiter.fits(picture)) continue;
      this.#waiters.delete(waiter);
      waiter.resolve(picture);
    }
  }

  /** None will come, for this reason. */
  reject(error: MjpegError): void {
    for (const waiter of this.#waiters) waiter.reject(error);
    this.#waiters.clear();
  }
}

function tooMany(): MjpegError {
  return new MjpegError(
    "ERR_TOO_MANY_VIEWERS",
    `${MOST_WAITING} requests wait for a picture of this stream already, the most there may be; ask again later`,
  );
}
