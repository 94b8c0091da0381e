import { imageAddress, snapshotAddress, statesAddress, type StreamAddress } from "./address.ts";
import { statusOf } from "./engine/read-status.ts";
import type { ViewFigures, ViewStatus } from "./view-types.ts";
import { notReached } from "./view-words.ts";

/** An `<img>` that shows nothing for so long shows no streams: not every browser, app or mail does. */
const SHOWS_NOTHING_MS = 5_000;
/** From the arrival of a snapshot to the next request. */
const BETWEEN_SNAPSHOTS_MS = 100;
const RETRY_MS = 2_000;
const STATES_MS = 2_000;

/** What a {@link Fallback} tells of. */
export interface FallbackListener {
  /** An image that has a picture; it stands where the picture belongs from now on. */
  readonly onImage: (image: HTMLImageElement) => void;
  readonly onMode: (mode: "image" | "snapshots") => void;
  readonly onStatus: (status: ViewStatus) => void;
}

/** Shows a stream without a WebSocket: in an `<img>`, and where that shows nothing, picture by picture. */
export class Fallback {
  readonly #address: StreamAddress;
  readonly #listener: FallbackListener;
  readonly #stop = new AbortController();
  #mode: "image" | "snapshots" = "image";
  #image: HTMLImageElement | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #statesTimer: ReturnType<typeof setTimeout> | undefined;
  #status: ViewStatus | undefined;
  #shown = 0;
  #shownAt = -Infinity;
  #since = performance.now();

  constructor(address: StreamAddress, listener: FallbackListener) {
    this.#address = address;
    this.#listener = listener;
    this.#openStream();
    void this.#askStates();
  }

  /** Whether it shows just that. */
  isOf(address: StreamAddress): boolean {
    return imageAddress(address).href === imageAddress(this.#address).href;
  }

  /** What was measured since the last time; null before the first picture. */
  measure(): ViewFigures | null {
    const image = this.#image;
    if (image === undefined || image.naturalWidth === 0) return null;
    const now = performance.now();
    const counted = (this.#shown * 1000) / (now - this.#since);
    this.#shown = 0;
    this.#since = now;
    const fps = this.#mode === "snapshots" ? counted : (this.#status?.fps ?? null);
    const { naturalWidth: width, naturalHeight: height } = image;
    return { fps, ageMs: null, drops: null, width, height, mode: this.#mode };
  }

  /** Ends its connections; the last picture of a stream goes with them. */
  end(): void {
    this.#stop.abort();
    clearTimeout(this.#timer);
    clearTimeout(this.#statesTimer);
    this.#end(this.#image);
  }

  #openStream(): void {
    const image = new Image();
    const giveUp = (): void => {
      this.#end(image);
      if (!this.#stop.signal.aborted) this.#beginSnapshots();
    };
    this.#timer = setTimeout(giveUp, SHOWS_NOTHING_MS);
    image.onload = () => {
      clearTimeout(this.#timer);
      this.#show(image);
    };
    image.onerror = () => {
      clearTimeout(this.#timer);
      giveUp();
    };
    this.#image = image;
    this.#listener.onMode("image");
    image.src = unique(imageAddress(this.#address));
  }

  #beginSnapshots(): void {
    this.#mode = "snapshots";
    this.#shown = 0;
    this.#since = performance.now();
    this.#listener.onMode("snapshots");
    this.#askSnapshot();
  }

  /** An image of its own for each, so that the one before stays until it is there. No `fetch`: that needs more rights. */
  #askSnapshot(): void {
    const image = new Image();
    const again = (ms: number): void => {
      if (!this.#stop.signal.aborted) this.#timer = setTimeout(() => this.#askSnapshot(), ms);
    };
    image.onload = () => {
      this.#shown += 1;
      if (!this.#stop.signal.aborted) this.#show(image);
      again(BETWEEN_SNAPSHOTS_MS);
    };
    image.onerror = () => again(RETRY_MS);
    image.src = unique(snapshotAddress(this.#address));
  }

  #show(image: HTMLImageElement): void {
    this.#image = image;
    this.#shownAt = performance.now();
    this.#listener.onImage(image);
  }

  /** Between two snapshots a source may rest, which whoever sees them need not know. */
  #seen(status: ViewStatus): ViewStatus {
    const rests = status.state === "idle" || status.state === "starting";
    const isFresh = this.#mode === "snapshots" && performance.now() - this.#shownAt < 2 * STATES_MS;
    return rests && isFresh ? { ...status, state: "live" } : status;
  }

  /** Only without its address an `<img>` ends its connection. */
  #end(image: HTMLImageElement | undefined): void {
    if (image === undefined) return;
    image.onload = image.onerror = null;
    if (this.#mode === "image") image.removeAttribute("src");
  }

  async #askStates(): Promise<void> {
    const before = this.#status?.state;
    this.#status = this.#seen(await askState(this.#address, this.#stop.signal));
    if (this.#stop.signal.aborted) return;
    this.#listener.onStatus(this.#status);
    // A stream in an <img> that broke off stays as it is for ever, and says nothing.
    if (before === "connecting" && this.#status.state !== "connecting" && this.#mode === "image") {
      clearTimeout(this.#timer);
      this.#end(this.#image);
      this.#openStream();
    }
    this.#statesTimer = setTimeout(() => void this.#askStates(), STATES_MS);
  }
}

async function askState(address: StreamAddress, signal: AbortSignal): Promise<ViewStatus> {
  const none = { reason: null, code: null, since: Date.now(), width: null, height: null, fps: null };
  try {
    const answer = await fetch(statesAddress(address), { signal, cache: "no-store" });
    const body: unknown = await answer.json();
    if (Array.isArray(body)) {
      // What the server says of itself is checked field by field where it is read.
      const streams = body as Record<string, unknown>[];
      const own = streams.find(({ name }) => name === address.stream);
      return (
        (own && statusOf(own)) ?? {
          ...none,
          state: "refused",
          reason: `There is no stream "${address.stream}".`,
        }
      );
    }
    return (
      statusOf({ ...(body as Record<string, unknown>), type: "refused" }) ?? { ...none, state: "connecting" }
    );
  } catch {
    // Or what answered is no Kinora.
    return { ...none, state: "connecting", reason: notReached(address.server) };
  }
}

/** The address once: a browser answers the same one from the picture it still holds. */
function unique(url: URL): string {
  url.searchParams.set("_", Math.random().toString(36).slice(2));
  return url.href;
}
