import type { Frame } from "../core/frame.ts";
import type { Hub, Subscriber } from "../core/hub.ts";
import type { Viewer } from "./viewer.ts";

/** After this long without a frame, browsers get the last one again: WebKit paints a frame only when another follows. */
const REPEAT_AFTER_MS = 150;
const TICK_MS = 1_000;

/** The viewers of one stream, or of one variant of it: attaches them to its hub, and wakes them when the stream is quiet. */
export class Audience implements Subscriber {
  readonly #hub: Hub;
  readonly #stallSeconds: number;
  readonly #viewers = new Map<Viewer, () => void>();
  /** How many of them need the last frame of a series twice. */
  #repeating = 0;
  #leaveHub: (() => void) | undefined;
  #quiet: NodeJS.Timeout | undefined;
  #tick: NodeJS.Timeout | undefined;

  /** @param stallTimeoutMs a connection that takes no byte for so long is closed */
  constructor(hub: Hub, stallTimeoutMs: number) {
    this.#hub = hub;
    this.#stallSeconds = stallTimeoutMs / 1000;
  }

  /** The newest frame there is; undefined before the first one. */
  get newest(): Frame | undefined {
    return this.#hub.latest;
  }

  /** How many watch now. */
  get size(): number {
    return this.#viewers.size;
  }

  /**
   * Adds a viewer: the next frame is the first it is offered. Returns the function that takes it out again.
   * @throws MjpegError `ERR_HUB_FULL` when the stream has as many viewers as it may have.
   */
  join(viewer: Viewer): () => void {
    const leave = this.#hub.attach(viewer);
    this.#viewers.set(viewer, leave);
    if (viewer.repeats) this.#repeating++;
    this.#wake();
    return () => this.#remove(viewer);
  }

  /** Shows a viewer that has just joined the newest frame there is. */
  greet(viewer: Viewer): void {
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

  #remove(viewer: Viewer): void {
    const leave = this.#viewers.get(viewer);
    if (leave === undefined) return;
    leave();
    this.#viewers.delete(viewer);
    if (viewer.repeats) this.#repeating--;
    this.#sleep();
  }

  /** The quiet time is kept only for those who need it: it wakes the process six times a second, however fast frames come. */
  #wake(): void {
    this.#tick ??= setInterval(() => {
      for (const viewer of this.#viewers.keys()) viewer.tick(TICK_MS / 1000, this.#stallSeconds);
    }, TICK_MS);
    if (this.#repeating === 0) return;
    this.#leaveHub ??= this.#hub.attach(this);
    this.#quiet ??= setTimeout(() => {
      for (const viewer of this.#viewers.keys()) viewer.repeatOnce();
    }, REPEAT_AFTER_MS);
  }

  #sleep(): void {
    if (this.#repeating === 0) {
      this.#leaveHub?.();
      this.#leaveHub = undefined;
      clearTimeout(this.#quiet);
      this.#quiet = undefined;
    }
    if (this.#viewers.size > 0) return;
    clearInterval(this.#tick);
    this.#tick = undefined;
  }
}
