import type { Hub, Subscriber } from "../core/hub.ts";
import type { StreamViewer } from "./stream-viewer.ts";

/** After this long without a frame, browsers get the last one again: WebKit paints a frame only when another follows. */
const REPEAT_AFTER_MS = 150;
/** A stream that is quiet sends its last frame at least this often; some clients give up after ten silent seconds. */
const KEEP_ALIVE_MS = 4_000;
/** A connection that takes nothing for so long is closed. */
const STALL_MS = 30_000;
const TICK_MS = 1_000;

/** The viewers of one stream: attaches them to its hub, and wakes them when the stream is quiet. */
export class Audience implements Subscriber {
  readonly #hub: Hub;
  readonly #viewers = new Map<StreamViewer, () => void>();
  #pastDrops = 0;
  #leaveHub: (() => void) | undefined;
  #quiet: NodeJS.Timeout | undefined;
  #tick: NodeJS.Timeout | undefined;

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  /** Those who watch now, longest first. */
  get viewers(): readonly StreamViewer[] {
    return [...this.#viewers.keys()];
  }

  /** How many watch now. */
  get size(): number {
    return this.#viewers.size;
  }

  /** Frames that viewers skipped because a newer one came, past viewers included. */
  get drops(): number {
    return this.viewers.reduce((sum, viewer) => sum + viewer.drops, this.#pastDrops);
  }

  /**
   * Adds a viewer: the next frame is the first it is offered. Returns the function that takes it out again.
   * @throws MjpegError `ERR_HUB_FULL` when the stream has as many viewers as it may have.
   */
  join(viewer: StreamViewer): () => void {
    const leave = this.#hub.attach(viewer);
    this.#viewers.set(viewer, leave);
    this.#wake();
    return () => this.#remove(viewer);
  }

  /** Shows a viewer that has just joined the newest frame there is. */
  greet(viewer: StreamViewer): void {
    this.#quiet?.refresh();
    if (this.#hub.latest !== undefined) viewer.offer(this.#hub.latest);
  }

  /** A frame was published: the quiet time begins anew. */
  offer(): void {
    this.#quiet?.refresh();
  }

  /** The stream ended: so did every viewer, by itself. */
  end(): void {
    this.#leaveHub = undefined;
  }

  #remove(viewer: StreamViewer): void {
    const leave = this.#viewers.get(viewer);
    if (leave === undefined) return;
    leave();
    this.#viewers.delete(viewer);
    this.#pastDrops += viewer.drops;
    if (this.#viewers.size === 0) this.#sleep();
  }

  #wake(): void {
    this.#leaveHub ??= this.#hub.attach(this);
    this.#quiet ??= setTimeout(() => {
      for (const viewer of this.#viewers.keys()) viewer.repeatOnce(0);
    }, REPEAT_AFTER_MS);
    this.#tick ??= setInterval(() => {
      for (const viewer of this.#viewers.keys()) {
        viewer.tick(TICK_MS / 1000);
        viewer.repeatOnce(REPEAT_AFTER_MS);
        viewer.keepAlive(KEEP_ALIVE_MS - TICK_MS / 2);
        viewer.dropStalled(STALL_MS);
      }
    }, TICK_MS);
  }

  #sleep(): void {
    this.#leaveHub?.();
    this.#leaveHub = undefined;
    clearTimeout(this.#quiet);
    clearInterval(this.#tick);
    this.#quiet = undefined;
    this.#tick = undefined;
  }
}
