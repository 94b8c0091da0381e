import type { Frame } from "../core/frame.ts";
import { Hub, type Subscriber } from "../core/hub.ts";
import type { Variant } from "../core/variant.ts";
import { Audience } from "../delivery/audience.ts";
import type { View } from "../delivery/show.ts";

/** Changes a picture as a variant says. */
export type ChangePicture = (frame: Frame, variant: Variant) => Promise<Uint8Array>;

/** What a {@link VariantStream} is made of. */
export interface VariantStreamOptions {
  /** How its pictures differ from the stream's. */
  readonly variant: Variant;
  /** Where the stream's pictures come from. */
  readonly hub: Hub;
  /** Wishes for the stream's pictures. */
  readonly watch: () => () => void;
  /** Changes a picture. */
  readonly change: ChangePicture;
  /** Most viewers at once. */
  readonly maxViewers: number;
  /** How long a viewer's connection may take no byte before it is closed, in milliseconds. */
  readonly stallTimeoutMs: number;
  /** Told when its first viewer comes and when its last one leaves. */
  readonly onUse: (isUsed: boolean) => void;
}

/** A stream in one variant: every picture is changed once, whoever many watch, and the newest one when time is short. */
export class VariantStream implements View, Subscriber {
  readonly audience: Audience;

  readonly #options: VariantStreamOptions;
  readonly #hub: Hub;
  #watchers = 0;
  #leave: (() => void) | undefined;
  #newest: Frame | undefined;
  #busy = false;
  #takenAt = -Infinity;

  constructor(options: VariantStreamOptions) {
    this.#options = options;
    this.#hub = new Hub({ maxSubscribers: options.maxViewers + 1 });
    this.audience = new Audience(this.#hub, options.stallTimeoutMs);
  }

  watch(): () => void {
    if (this.#watchers++ === 0) this.#start();
    const release = this.#options.watch();
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      release();
      if (--this.#watchers === 0) this.#stop();
    };
  }

  offer(frame: Frame): void {
    const { fps } = this.#options.variant;
    const now = performance.now();
    // A camera's own jitter must not halve its rate, hence the tenth.
    if (fps !== undefined && now - this.#takenAt < 900 / fps) return;
    this.#takenAt = now;
    this.#newest = frame;
    if (!this.#busy) void this.#change();
  }

  end(): void {
    this.#hub.end();
  }

  #start(): void {
    const { hub, onUse } = this.#options;
    onUse(true);
    this.#leave = hub.attach(this);
    if (hub.latest !== undefined) this.offer(hub.latest);
  }

  #stop(): void {
    this.#leave?.();
    this.#leave = undefined;
    this.#newest = undefined;
    this.#hub.forget();
    this.#options.onUse(false);
  }

  async #change(): Promise<void> {
    this.#busy = true;
    for (let frame = this.#newest; frame !== undefined; frame = this.#newest) {
      this.#newest = undefined;
      try {
        const jpeg = await this.#options.change(frame, this.#options.variant);
        if (this.#leave !== undefined) this.#hub.publish({ jpeg, capturedAt: frame.capturedAt });
      } catch {
        // A picture that cannot be changed is left out: the next one may be better.
      }
    }
    this.#busy = false;
  }
}
