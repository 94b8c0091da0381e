import { MjpegError } from "../core/errors.ts";
import type { Frame } from "../core/frame.ts";
import { Hub, type Subscriber } from "../core/hub.ts";
import { turnInHead } from "../core/turn-in-head.ts";
import { isEncoded, variantKey, type Variant } from "../core/variant.ts";
import { Audience } from "../delivery/audience.ts";
import type { View } from "../delivery/show.ts";
import type { ChangedPictures } from "./changed-pictures.ts";
import { FpsGate } from "./fps-gate.ts";

/** What a {@link VariantStream} is made of. */
export interface VariantStreamOptions {
  /** How its pictures differ from the stream's. */
  readonly variant: Variant;
  /** Where the stream's pictures come from. */
  readonly hub: Hub;
  /** Wishes for the stream's pictures. */
  readonly watch: () => () => void;
  /** Where changed pictures are made. */
  readonly pictures: ChangedPictures;
  /** Most viewers at once. */
  readonly maxViewers: number;
  /** How long a viewer's connection may take no byte before it is closed, in milliseconds. */
  readonly stallTimeoutMs: number;
  /** Told when its first viewer comes and when its last one leaves. */
  readonly onUse: (isUsed: boolean) => void;
  /** Told, once in a row and not too often, of pictures that cannot be changed. */
  readonly onEvent: (text: string) => void;
}

/** Of a source whose every second picture is broken, not every second picture is a line in the log. */
const TELL_AGAIN_MS = 10_000;

/** A stream in one variant: every picture is changed once, however many watch, and the newest one when time is short. */
export class VariantStream implements View, Subscriber {
  readonly audience: Audience;

  readonly #options: VariantStreamOptions;
  readonly #hub: Hub;
  readonly #gate: FpsGate;
  #watchers = 0;
  #leave: (() => void) | undefined;
  /** Waits for its turn to be changed. */
  #newest: Frame | undefined;
  /** Came too early; shown late where no other follows, as the last picture before a silence must not be missed. */
  #held: Frame | undefined;
  #late: NodeJS.Timeout | undefined;
  #busy = false;
  #ending = false;
  #inTrouble = false;
  #toldAt = -Infinity;

  constructor(options: VariantStreamOptions) {
    this.#options = options;
    this.#gate = new FpsGate(options.variant.fps);
    this.#hub = new Hub({ maxSubscribers: options.maxViewers + 1 });
    this.audience = new Audience(this.#hub, options.stallTimeoutMs);
  }

  /** Whether somebody watches, or is about to. */
  get isInUse(): boolean {
    return this.#watchers > 0 || this.audience.size > 0;
  }

  watch(): () => void {
    // After the end of the stream it is not attached any more, though those who saw the end may still be leaving.
    if (this.#leave === undefined) this.#start();
    this.#watchers++;
    const release = this.#options.watch();
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      if (--this.#watchers === 0) this.#stop();
      release();
    };
  }

  offer(frame: Frame): void {
    const now = performance.now();
    if (this.#gate.passes(now)) {
      this.#take(frame);
      return;
    }
    this.#held = frame;
    this.#late ??= setTimeout(() => this.#takeHeld(), this.#gate.patience(now));
  }

  end(): void {
    this.#leave = undefined;
    this.#takeHeld();
    // The last picture is shown before the end.
    if (this.#busy) this.#ending = true;
    else this.#hub.end();
    this.#options.onUse(false);
  }

  #start(): void {
    const { hub, onUse } = this.#options;
    this.#leave = hub.attach(this);
    onUse(true);
    this.#gate.reset();
    if (hub.latest !== undefined) this.offer(hub.latest);
  }

  #stop(): void {
    this.#leave?.();
    this.#leave = undefined;
    this.#newest = undefined;
    this.#letGo();
    this.#hub.forget();
    this.#options.onUse(false);
  }

  #take(frame: Frame): void {
    const { variant } = this.#options;
    this.#letGo();
    if (!isEncoded(variant)) {
      this.#hub.publish({ jpeg: turnInHead(frame.jpeg, variant), capturedAt: frame.capturedAt });
      return;
    }
    this.#newest = frame;
    if (!this.#busy) void this.#change();
  }

  #takeHeld(): void {
    const held = this.#held;
    if (held === undefined) return;
    this.#gate.reset();
    this.offer(held);
  }

  #letGo(): void {
    clearTimeout(this.#late);
    this.#late = undefined;
    this.#held = undefined;
  }

  async #change(): Promise<void> {
    const { pictures, variant } = this.#options;
    this.#busy = true;
    while (this.#newest !== undefined) {
      try {
        const image = await pictures.next(() => this.#takeNewest(), variant);
        this.#inTrouble = false;
        if (image !== undefined && this.#watchers > 0) this.#hub.publish(image);
      } catch (error) {
        this.#tell(error);
      }
    }
    this.#busy = false;
    if (!this.#ending) return;
    this.#ending = false;
    this.#hub.end();
  }

  #takeNewest(): Frame | undefined {
    const newest = this.#newest;
    this.#newest = undefined;
    return newest;
  }

  /** A picture that cannot be changed is passed over: the next one may be better. */
  #tell(error: unknown): void {
    const now = performance.now();
    if (!this.#inTrouble && now - this.#toldAt >= TELL_AGAIN_MS) {
      this.#toldAt = now;
      const why = error instanceof Error ? error.message : String(error);
      this.#options.onEvent(
        `pictures are left out of the variant ${variantKey(this.#options.variant)}: ${why}`,
      );
    }
    this.#inTrouble = true;
    // Nothing will ever come: better an end that clients see than silence.
    if (error instanceof MjpegError && error.code === "ERR_MODULE_MISSING") this.#hub.end();
  }
}
