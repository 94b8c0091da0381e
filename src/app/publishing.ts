import { MjpegError } from "../core/errors.ts";
import type { Ingest, Publication, Publisher } from "../delivery/ingest/ingest.ts";
import type { Inlet } from "../sources/inlet.ts";
import type { StreamStatus } from "../wire/api-types.ts";
import type { LiveStream } from "./live-stream.ts";
import { assertHarmless } from "../sources/assert-harmless.ts";
import { sourceKinds } from "./source-kinds.ts";

/** The streams of a server, as publishing sees them. */
export interface StreamHome {
  /** The stream of that name. */
  get(name: string): LiveStream | undefined;
  /** Adds a stream. @throws MjpegError `ERR_OPTION_INVALID` for a name that cannot be. */
  add(name: string, source: string): LiveStream;
  /** The address that the owner of the server gave a stream; undefined for pictures of your own, and where there is no stream. */
  ownSource(name: string): string | undefined;
  /** Takes a stream away for good. */
  remove(stream: LiveStream): void;
  /** Changes the source of a stream. @throws MjpegError for an address that cannot be. */
  setSource(stream: LiveStream, source: string): void;
  /** Told one line for each publisher that comes and goes. */
  log(line: string): void;
}

/** Streams that publishers may make; those of the owner do not count. */
const MOST_STREAMS = 32;
/** So long such a stream stays without publisher and viewers, so that one that connects again finds its viewers. */
const KEPT_MS = 60_000;
const SWEEP_MS = 5_000;

/** Lets pictures be pushed in and sources be changed, from outside. */
export class Publishing implements Ingest {
  readonly #home: StreamHome;
  /** The streams that publishers made, each with when it was last of use, by a clock that only goes forward. */
  readonly #made = new Map<LiveStream, number>();
  #sweeping: NodeJS.Timeout | undefined;

  constructor(home: StreamHome) {
    this.#home = home;
  }

  publish(name: string, publisher: Publisher, takeover: boolean): Publication {
    const stream = this.#streamFor(name);
    const place = inletOf(stream).open(publisher, takeover);
    const { address } = publisher;
    this.#home.log(`${name}: ${address} publishes`);
    return {
      get viewers() {
        return stream.tally.size;
      },
      show: (jpeg) => place.show(jpeg),
      lost: (count) => place.lost(count),
      leave: () => {
        place.leave();
        this.#home.log(`${name}: ${address} has left`);
      },
    };
  }

  assertTakes(name: string, takeover: boolean): void {
    const stream = this.#home.get(name);
    if (stream === undefined) this.#assertRoom();
    else inletOf(stream).assertFree(takeover);
  }

  put(name: string, jpeg: Uint8Array, takeover: boolean): void {
    const stream = this.#streamFor(name);
    inletOf(stream).put(jpeg, takeover);
    if (this.#made.has(stream)) this.#made.set(stream, performance.now());
  }

  changeSource(name: string, source: string): StreamStatus {
    const stream = this.#home.get(name);
    if (stream === undefined) {
      throw new MjpegError("ERR_NOT_FOUND", "there is no stream of that name; /api/streams lists them");
    }
    // What the owner chose may be set back: it was shown to the same people before.
    if (source !== this.#home.ownSource(name)) assertHarmless(source, sourceKinds);
    this.#home.setSource(stream, source);
    return stream.status();
  }

  /** Takes the streams away that publishers made. */
  close(): void {
    for (const stream of this.#made.keys()) this.#home.remove(stream);
    this.#made.clear();
    clearInterval(this.#sweeping);
    this.#sweeping = undefined;
  }

  #streamFor(name: string): LiveStream {
    const stream = this.#home.get(name);
    if (stream !== undefined) return stream;
    this.#assertRoom();
    const made = this.#home.add(name, "push:");
    this.#made.set(made, performance.now());
    this.#sweeping ??= setInterval(() => this.#sweep(), SWEEP_MS).unref();
    return made;
  }

  #assertRoom(): void {
    if (this.#made.size < MOST_STREAMS) return;
    throw new MjpegError(
      "ERR_TOO_MANY_STREAMS",
      `publishers have made ${MOST_STREAMS} streams already; publish to one of them, or wait until one has gone`,
    );
  }

  #sweep(): void {
    const now = performance.now();
    for (const [stream, usedAt] of this.#made) {
      if (stream.isInUse) this.#made.set(stream, now);
      else if (now - usedAt >= KEPT_MS) {
        this.#made.delete(stream);
        this.#home.remove(stream);
      }
    }
    if (this.#made.size > 0) return;
    clearInterval(this.#sweeping);
    this.#sweeping = undefined;
  }
}

function inletOf(stream: LiveStream): Inlet {
  if (stream.inlet !== undefined) return stream.inlet;
  throw new MjpegError(
    "ERR_STREAM_EXISTS",
    `the stream "${stream.name}" takes its pictures from ${stream.status().source}, and none that are published: take ` +
      "another name, or make push: its source",
  );
}
