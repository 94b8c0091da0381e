import type { CapturedImage, Frame } from "./frame.ts";
import { MjpegError } from "./errors.ts";
import { integerIn } from "./validate.ts";

/** Options for a {@link Hub}. */
export interface HubOptions {
  /**
   * Most subscribers served at once. One more is refused with `ERR_HUB_FULL` (HTTP 503).
   * Integer, 1–1 000 000 subscribers.
   * @default 10_000
   */
  readonly maxSubscribers?: number;
}

/** Applies defaults and checks ranges, once, at the edge. Past this point every field is present. */
export function resolveHubOptions(options: HubOptions = {}): Required<HubOptions> {
  const { maxSubscribers = 10_000 } = options;
  return { maxSubscribers: integerIn("hub.maxSubscribers", maxSubscribers, 1, 1_000_000, "subscribers") };
}

/** Takes frames from a hub. Called for each subscriber in turn, so it must not await, block or throw. */
export interface Subscriber {
  /** The newest frame. May be skipped when the subscriber has no room for it: a newer one will come. */
  offer(frame: Frame): void;
  /** The stream is over; no frame will follow. */
  end(): void;
}

/** Multiples of it, without their whole part, spread evenly from 0 to 1, however many there are. */
const GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2;

/** Fans one stream of frames out to any number of subscribers. Does no I/O and never waits. */
export class Hub {
  readonly #options: Required<HubOptions>;
  #subscribers = new Set<Subscriber>();
  /**
   * The same as a list, which a publish can go through while subscribers come and go: it is replaced, never changed.
   * Undefined after a change until the next publish, so that many who come or go at once cost one list.
   */
  #order: readonly Subscriber[] | undefined;
  #latest: Frame | undefined;
  #nextSequence = 0;
  #closed = false;

  constructor(options?: HubOptions) {
    this.#options = resolveHubOptions(options);
  }

  /** The newest frame, for snapshots and late joiners. Undefined until the first publish and after {@link forget}. */
  get latest(): Frame | undefined {
    return this.#latest;
  }

  /** How many frames were published since the hub was made. */
  get published(): number {
    return this.#nextSequence;
  }

  /** How many subscribers are attached now. */
  get size(): number {
    return this.#subscribers.size;
  }

  /**
   * Numbers the image and offers it to every subscriber. Each time another one is the first, so that nobody is always
   * the last.
   * @throws MjpegError `ERR_HUB_CLOSED` after {@link close}.
   */
  publish(image: CapturedImage): Frame {
    this.#assertOpen("publish");
    const frame: Frame = {
      jpeg: image.jpeg,
      sequence: this.#nextSequence++,
      capturedAt: image.capturedAt,
    };
    this.#latest = frame;
    const subscribers = (this.#order ??= [...this.#subscribers]);
    const first = Math.floor(subscribers.length * ((frame.sequence * GOLDEN_RATIO) % 1));
    for (let index = first; index < subscribers.length; index++) subscribers[index]?.offer(frame);
    for (let index = 0; index < first; index++) subscribers[index]?.offer(frame);
    return frame;
  }

  /** Drops the newest frame, so that nobody who joins later is shown a picture that is no longer true. */
  forget(): void {
    this.#latest = undefined;
  }

  /**
   * Joins the stream; the next publish is the first offer. Returns the function that leaves it. Who has joined already
   * has joined once.
   * @throws MjpegError `ERR_HUB_FULL` when `maxSubscribers` are attached, `ERR_HUB_CLOSED` after {@link close}.
   */
  attach(subscriber: Subscriber): () => void {
    this.#assertOpen("attach");
    const { maxSubscribers } = this.#options;
    if (this.#subscribers.size >= maxSubscribers) {
      throw new MjpegError(
        "ERR_HUB_FULL",
        `the stream already has ${maxSubscribers} viewers; try again later`,
      );
    }
    this.#subscribers.add(subscriber);
    this.#order = undefined;
    return () => {
      if (this.#subscribers.delete(subscriber)) this.#order = undefined;
    };
  }

  /** Ends every subscriber attached now, and stays open for those who join later. */
  end(): void {
    const ended = this.#subscribers;
    this.#subscribers = new Set();
    this.#order = undefined;
    for (const subscriber of ended) subscriber.end();
  }

  /** Ends every subscriber and refuses new ones. Safe to call twice. */
  close(): void {
    this.#closed = true;
    this.end();
  }

  #assertOpen(method: string): void {
    if (this.#closed) throw new MjpegError("ERR_HUB_CLOSED", `${method}() after close()`);
  }
}
