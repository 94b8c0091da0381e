import { Demand } from "../core/demand.ts";
import { MjpegError } from "../core/errors.ts";
import type { CapturedImage, Frame } from "../core/frame.ts";
import { Hub } from "../core/hub.ts";
import { RateMeter } from "../core/rate-meter.ts";
import { usablePicture } from "../core/usable-picture.ts";
import { UNTOUCHED, variantKey, type Variant } from "../core/variant.ts";
import { Audience } from "../delivery/audience.ts";
import type { Show, SnapshotWish, View } from "../delivery/show.ts";
import { Tally } from "../delivery/tally.ts";
import type { Inlet } from "../sources/inlet.ts";
import type { Source } from "../sources/source.ts";
import { supervise } from "../sources/supervisor.ts";
import type { StreamState, StreamStatus } from "../wire/api-types.ts";
import { Placeholder, type PlaceholderPainter, type PlaceholderText } from "./placeholder.ts";
import { Snapshots } from "./snapshots.ts";
import { StillPlaceholder } from "./still-placeholder.ts";
import type { ChangePicture } from "./changed-pictures.ts";
import { MOST_VARIANTS, Variants } from "./variants.ts";

/** What a {@link LiveStream} is made of. Every field is resolved by the server. */
export interface LiveStreamOptions {
  /** Name in the addresses. */
  readonly name: string;
  /** Where the pictures come from, until it is changed. */
  readonly source: Source;
  /** Keeps the source running without viewers. */
  readonly preload: boolean;
  /** How long the source runs on after its last viewer, in milliseconds. */
  readonly lingerMs: number;
  /** How long a viewer's connection may take no byte before it is closed, in milliseconds. */
  readonly stallTimeoutMs: number;
  /** Most viewers at once. */
  readonly maxViewers: number;
  /** Least time between two pictures in milliseconds, asked for each; 0 shows every one. */
  readonly interval: () => number;
  /** Paints what viewers see while there is no live picture. */
  readonly paint: PlaceholderPainter;
  /** Changes pictures for viewers who want them otherwise. */
  readonly change: ChangePicture;
  /** Told of each change of state, and of each note of the source. */
  readonly onEvent: (text: string) => void;
}

/** The size of a placeholder before the stream has shown its own. */
const UNKNOWN_SIZE = { width: 1280, height: 720 };
const NOTES_KEPT = 5;
/** How long a stopped source may take to let go of its device before the next one is opened. */
const RELEASE_MS = 2_000;
/** The same where the server stops, which takes a second at most, whatever the source does. */
const HALT_MS = 700;

/** The named thing a user configures: one source, one hub, its viewers, and what is known about them. */
export class LiveStream implements Show {
  readonly name: string;
  readonly audience: Audience;
  readonly tally: Tally = new Tally();

  readonly #options: LiveStreamOptions;
  readonly #hub: Hub;
  readonly #demand: Demand;
  readonly #placeholder: Placeholder;
  readonly #variants: Variants;
  readonly #snapshots: Snapshots;
  readonly #still: StillPlaceholder;
  readonly #rate = new RateMeter(() => performance.now());
  #source: Source;
  #preload: boolean;
  #releasePreload: (() => void) | undefined;
  #stop: AbortController | undefined;
  #running: Promise<void> = Promise.resolve();
  #state: StreamState = "idle";
  #since = Date.now();
  #failure: MjpegError | undefined;
  #picture: { readonly jpeg: Uint8Array; readonly width: number; readonly height: number } | undefined;
  #shownAt = -Infinity;
  #capturedAt: number | undefined;
  #frames = 0;
  #sourceDrops = 0;
  #notes: readonly string[] = [];

  constructor(options: LiveStreamOptions) {
    this.#options = options;
    this.name = options.name;
    // The audience takes a place of its own, to know when the stream is quiet, and so does each variant.
    this.#hub = new Hub({ maxSubscribers: options.maxViewers + 1 + MOST_VARIANTS });
    this.audience = new Audience(this.#hub, options.stallTimeoutMs);
    this.#variants = new Variants({ ...options, hub: this.#hub, watch: () => this.watch() });
    this.#source = options.source;
    this.#preload = options.preload;
    this.#demand = new Demand({ start: () => this.#start(), stop: () => this.#idle() }, options.lingerMs, {
      set: (callback, ms) => setTimeout(callback, ms),
      clear: (timer) => clearTimeout(timer as NodeJS.Timeout),
    });
    const paint = (text: PlaceholderText & { readonly width?: number; readonly height?: number }) =>
      options.paint({ ...UNKNOWN_SIZE, ...this.#picture, ...text, last: this.#picture?.jpeg });
    this.#placeholder = new Placeholder(paint, (jpeg) => this.#hub.publish({ jpeg, capturedAt: Date.now() }));
    this.#still = new StillPlaceholder({
      title: this.name,
      since: () => this.#since,
      size: () => this.#picture ?? UNKNOWN_SIZE,
      paint,
      variants: this.#variants,
    });
    this.#snapshots = new Snapshots({
      label: () => this.#source.label,
      variants: this.#variants,
      onWait: () => this.#startAgain(),
    });
  }

  /** Where pictures are pushed in; undefined where its source takes none. */
  get inlet(): Inlet | undefined {
    return this.#source.inlet;
  }

  get state(): StreamState {
    return this.#state;
  }

  /** Its newest picture, a placeholder included. */
  get newest(): Frame | undefined {
    return this.#hub.latest;
  }

  /** Whether somebody watches, a moment ago included, or publishes. */
  get isInUse(): boolean {
    return this.#demand.on || this.inlet?.isTaken === true;
  }

  /**
   * Takes pictures from another source from now on. Viewers stay, and see the old picture until the new one comes; who
   * publishes is ended.
   */
  setSource(source: Source, preload: boolean): void {
    this.inlet?.close(new MjpegError("ERR_STREAM_EXISTS", `"${this.name}" has another source now`));
    this.#source = source;
    this.#preload = preload;
    // What the one before told is not true of this one.
    this.#notes = [];
    this.#options.onEvent(`the source is ${source.label} now`);
    if (this.#demand.on) this.#start();
  }

  watch(): () => void {
    const release = this.#demand.acquire();
    this.#startAgain();
    return release;
  }

  as(variant: Variant): View {
    return variantKey(variant) === variantKey(UNTOUCHED) ? this : this.#variants.get(variant);
  }

  snapshot(wish: SnapshotWish, signal: AbortSignal): Promise<Frame> {
    const release = this.#demand.acquire();
    return this.#snapshots.get(wish, signal).finally(release);
  }

  placeholder(reason: MjpegError, variant: Variant): Promise<Uint8Array> {
    return this.#still.picture(reason, variant);
  }

  status(): StreamStatus {
    return {
      name: this.name,
      source: this.#source.label,
      state: this.#state,
      reason: this.#failure?.message ?? null,
      code: this.#failure?.code ?? null,
      since: this.#since,
      width: this.#picture?.width ?? null,
      height: this.#picture?.height ?? null,
      fps: Math.round(this.#rate.fps * 10) / 10,
      ageMs: this.#capturedAt === undefined ? null : Math.max(0, Math.round(Date.now() - this.#capturedAt)),
      viewers: this.tally.size,
      frames: this.#frames,
      drops: this.tally.totals().drops,
      sourceDrops: this.#sourceDrops,
      notes: this.#notes,
    };
  }

  /** Starts the source where it is to run without viewers. */
  resume(): void {
    const release = this.#releasePreload;
    this.#releasePreload = this.#preload ? this.#demand.acquire() : undefined;
    release?.();
  }

  /** Ends every viewer properly and stops the source. The stream can be watched again afterwards. */
  async halt(): Promise<void> {
    this.#releasePreload?.();
    this.#releasePreload = undefined;
    this.#hub.end();
    const stopping = new MjpegError("ERR_SOURCE_SILENT", `${this.name}: the server is stopping`);
    this.inlet?.close(stopping);
    this.#snapshots.failed(stopping);
    this.#demand.close();
    await this.#released(HALT_MS);
  }

  /** Whoever comes after the end sees it from the start again, where the source can. */
  #startAgain(): void {
    if (this.#state === "ended") this.#start();
  }

  #start(): void {
    this.#stop?.abort();
    const stop = new AbortController();
    this.#stop = stop;
    this.#failure = undefined;
    this.#snapshots.forget();
    this.#become("starting");
    this.#placeholder.hide();
    this.#placeholder.show({
      title: this.name,
      state: "starting",
      reason: "Waiting for the first picture",
      since: this.#since,
    });
    const released = this.#released(RELEASE_MS);
    this.#running = released.then(() => this.#run(this.#source, stop.signal));
  }

  async #run(source: Source, signal: AbortSignal): Promise<void> {
    const stopped = () => signal.aborted;
    if (stopped()) return;
    try {
      await supervise(source, signal, {
        picture: (image) => this.#show(image),
        down: (error) => this.#fail("down", error),
        waiting: (error) => {
          if (!stopped()) this.#fail("down", error);
        },
        dropped: (count) => void (this.#sourceDrops += count),
        note: (text) => {
          if (!stopped()) this.#note(text);
        },
      });
      if (!stopped()) this.#ended();
    } catch (error) {
      if (!stopped()) this.#fail("failed", asMjpegError(error));
    }
  }

  #show(image: CapturedImage): void {
    const now = performance.now();
    this.#snapshots.counted();
    // A camera's own jitter must not halve its rate, hence the tenth. The first picture is always shown: it is waited for.
    if (this.#state === "live" && now - this.#shownAt < this.#options.interval() * 0.9) return;
    const usable = usablePicture(image.jpeg);
    if (usable === undefined) {
      this.#sourceDrops++;
      return;
    }
    const { jpeg, info } = usable;
    this.#shownAt = now;
    this.#capturedAt = image.capturedAt;
    this.#frames++;
    this.#rate.mark();
    this.#picture = { jpeg, width: info.width, height: info.height };
    if (this.#state !== "live") {
      this.#failure = undefined;
      this.#placeholder.hide();
      this.#become("live", `${info.width}x${info.height}`);
    }
    this.#snapshots.shown(this.#hub.publish({ jpeg, capturedAt: image.capturedAt }));
  }

  #fail(state: "down" | "failed", error: MjpegError): void {
    const isNews = this.#failure?.message !== error.message || this.#state !== state;
    this.#failure = error;
    if (isNews) this.#become(state, error.message);
    this.#placeholder.show({ title: this.name, state: "down", reason: error.message, since: this.#since });
    this.#snapshots.failed(error);
  }

  #ended(): void {
    if (this.#picture === undefined) {
      const text = `${this.#source.label} ended without a picture`;
      this.#fail("failed", new MjpegError("ERR_SOURCE_FAILED", text));
      return;
    }
    this.#placeholder.hide();
    this.#become("ended");
    this.#snapshots.ended(new MjpegError("ERR_SOURCE_SILENT", `${this.#source.label} has no more pictures`));
    this.#hub.end();
  }

  /**
   * Nobody watches: the source is closed, and its picture, soon no longer true, is forgotten. What has ended stays so until
   * somebody comes: a page that saw the end would take "idle" for an invitation.
   */
  #idle(): void {
    this.#stop?.abort();
    this.#stop = undefined;
    this.#failure = undefined;
    this.#placeholder.hide();
    this.#hub.forget();
    this.#capturedAt = undefined;
    if (this.#state !== "ended") this.#become("idle");
  }

  #become(state: StreamState, detail = ""): void {
    // While it is tried again and again, a source is down since it first failed.
    const stillOut = isOut(this.#state) && (isOut(state) || state === "starting");
    if (!stillOut) this.#since = Date.now();
    this.#state = state;
    this.#options.onEvent(detail === "" ? state : `${state}: ${detail}`);
  }

  #note(text: string): void {
    this.#notes = [...this.#notes, text].slice(-NOTES_KEPT);
    this.#options.onEvent(text);
  }

  /** Resolves when the source that ran last has let go of what it held, or has had long enough to. */
  #released(longestMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => resolve(undefined), longestMs);
    void this.#running.then(() => resolve(undefined));
    return promise.finally(() => clearTimeout(timer));
  }
}

/** Supervised sources fail with an MjpegError; anything else is a mistake of ours, which must be seen, too. */
function asMjpegError(error: unknown): MjpegError {
  if (error instanceof MjpegError) return error;
  return new MjpegError("ERR_INTERNAL", `the stream failed: ${String(error)}`, { cause: error });
}

function isOut(state: StreamState): boolean {
  return state === "down" || state === "failed";
}
