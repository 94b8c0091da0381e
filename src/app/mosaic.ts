import { setTimeout as sleep } from "node:timers/promises";
import { MjpegError } from "../core/errors.ts";
import type { Frame } from "../core/frame.ts";
import { Hub } from "../core/hub.ts";
import { Audience } from "../delivery/audience.ts";
import type { MosaicWish } from "../delivery/mosaics.ts";
import type { Show, SnapshotWish, View } from "../delivery/show.ts";
import { Tally } from "../delivery/tally.ts";
import type { StreamState, StreamStatus } from "../wire/api-types.ts";
import { MosaicComposer, type Members } from "./mosaic-composer.ts";

/** What a {@link Mosaic} is made of. */
export interface MosaicOptions {
  /** What it is to show. */
  readonly wish: MosaicWish;
  /** The streams there are. */
  readonly members: Members;
  /** Most viewers at once. */
  readonly maxViewers: number;
  /** How long a viewer's connection may take no byte before it is closed, in milliseconds. */
  readonly stallTimeoutMs: number;
  /** Told when nobody holds it any more, and what was composed for its last viewer is out of memory. */
  readonly onUnused: () => void;
}

/** What it is called among viewers. */
const NAME = "mosaic";

/** Several streams in one picture, composed once for everyone who watches, and only while somebody does. */
export class Mosaic implements Show {
  readonly name: string = NAME;
  readonly audience: Audience;
  readonly tally: Tally = new Tally();

  readonly #options: MosaicOptions;
  readonly #hub: Hub;
  readonly #since = Date.now();
  /** Told of each look at the streams, whether it brought a picture or not. */
  readonly #onLook = new Set<() => void>();
  #holds = 0;
  #watchers = 0;
  #composer: MosaicComposer | undefined;
  #stop: AbortController | undefined;
  /** The composing so far: that for the next viewer begins when that for the last one has ended. */
  #composed: Promise<void> = Promise.resolve();

  constructor(options: MosaicOptions) {
    this.#options = options;
    // One for the audience itself.
    this.#hub = new Hub({ maxSubscribers: options.maxViewers + 1 });
    this.audience = new Audience(this.#hub, options.stallTimeoutMs);
  }

  /** There is no variant of a mosaic: its own parameters say how it looks. */
  as(): View {
    return this;
  }

  /** Keeps it among the mosaics that there are. Returns the function that lets it go. */
  hold(): () => void {
    this.#holds++;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      if (--this.#holds === 0) this.#options.onUnused();
    };
  }

  watch(): () => void {
    if (this.#watchers++ === 0) this.#start();
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      if (--this.#watchers === 0) this.#close();
    };
  }

  /** The newest picture in which no stream is awaited any more, or what there is when the time is over. */
  async snapshot({ waitMs }: SnapshotWish, signal: AbortSignal): Promise<Frame> {
    const release = this.watch();
    try {
      const until = AbortSignal.any([signal, AbortSignal.timeout(waitMs)]);
      return await this.#complete(until);
    } finally {
      release();
    }
  }

  get state(): StreamState {
    return this.#hub.latest === undefined ? "starting" : "live";
  }

  status(): StreamStatus {
    const { latest, published } = this.#hub;
    return {
      name: this.name,
      source: NAME,
      state: this.state,
      reason: null,
      code: null,
      since: this.#since,
      width: this.#options.wish.width,
      height: null,
      fps: 0,
      ageMs: latest === undefined ? null : Math.max(0, Date.now() - latest.capturedAt),
      viewers: this.tally.size,
      frames: published,
      drops: this.tally.totals().drops,
      sourceDrops: 0,
      notes: [],
    };
  }

  /** Ends every viewer properly: the server stops. */
  end(): void {
    this.#hub.end();
  }

  #start(): void {
    const { wish, members } = this.#options;
    const composer = new MosaicComposer(wish, members);
    const { signal } = (this.#stop = new AbortController());
    this.#composer = composer;
    // What is being decoded when the last viewer leaves keeps its memory, and so its place, until that is done.
    this.#composed = this.#composed.then(() => this.#run(composer, signal)).finally(this.hold());
  }

  #close(): void {
    this.#stop?.abort();
    this.#composer?.close();
    this.#composer = undefined;
    this.#hub.forget();
  }

  /** One picture after the other, so that streams faster than the processor are shown by their newest pictures. */
  async #run(composer: MosaicComposer, stopped: AbortSignal): Promise<void> {
    const everyMs = 1000 / this.#options.wish.fps;
    for (let due = performance.now(); await isDue(due, stopped);) {
      // What cannot be composed is left out: the next may be better.
      const picture = await composer.compose().catch(() => undefined);
      if (stopped.aborted) return;
      if (picture !== undefined) this.#hub.publish(picture);
      for (const tell of this.#onLook) tell();
      due = Math.max(due + everyMs, performance.now());
    }
  }

  #complete(until: AbortSignal): Promise<Frame> {
    const { promise, resolve, reject } = Promise.withResolvers<Frame>();
    const look = () => {
      const { latest } = this.#hub;
      if (latest !== undefined && (until.aborted || this.#composer?.isComplete === true)) resolve(latest);
      else if (until.aborted)
        reject(new MjpegError("ERR_SOURCE_SILENT", "the mosaic gave no picture in time"));
    };
    this.#onLook.add(look);
    until.addEventListener("abort", look, { once: true });
    look();
    return promise.finally(() => {
      this.#onLook.delete(look);
      until.removeEventListener("abort", look);
    });
  }
}

async function isDue(due: number, stopped: AbortSignal): Promise<boolean> {
  // Only the abort ends the sleep early, and it is the answer.
  await sleep(Math.max(0, due - performance.now()), undefined, { signal: stopped }).catch(() => undefined);
  return !stopped.aborted;
}
