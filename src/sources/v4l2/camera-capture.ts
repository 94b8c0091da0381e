import type { CapturedImage } from "../../core/frame.ts";
import type { Libc } from "../../system/libc.ts";
import { CaptureStream } from "./capture-stream.ts";
import { configure } from "./configure.ts";
import { Delivery, type CameraReport, type Receiver } from "./delivery.ts";
import type { Wish } from "./negotiate.ts";
import { openDevice } from "./open-device.ts";

/** Which camera is wanted, and how. */
export interface CaptureOrder {
  /** The device; undefined for the first camera that delivers JPEG. */
  readonly path: string | undefined;
  /** Size and rate asked for. */
  readonly wish: Wish;
}

/** How long closing may take. A driver stuck in a call cannot be interrupted: the camera is closed when it comes back. */
const CLOSING_MS = 1_000;

/** One camera that is opened, read and closed. Holds the newest picture, never a queue. */
export class CameraCapture {
  /** Settles when the camera is closed, be it long after {@link close} has given up. Never rejects. */
  readonly closed: Promise<void>;
  readonly #receiver: Receiver;
  #delivery: Delivery | undefined;
  #newest: CapturedImage | undefined;
  #failure: unknown;
  #isStopped = false;
  #isClosed = false;
  #wake: () => void = () => undefined;

  /** Opens the camera once `before` has settled. */
  constructor(libc: Libc, order: CaptureOrder, report: CameraReport, before: Promise<void>) {
    this.#receiver = {
      // What comes after the camera was stopped is nobody's loss.
      note: (text) => {
        if (!this.#isStopped) report.note(text);
      },
      dropped: (count) => report.dropped(count),
      picture: (image) => {
        if (this.#newest !== undefined) report.dropped(1);
        this.#newest = image;
        this.#wake();
      },
    };
    this.closed = this.#run(libc, order, before);
  }

  /**
   * The newest picture that has not been taken yet; waits for one. Undefined once {@link stop} was called.
   * @throws SourceError when the camera failed; everything is closed by then.
   */
  async next(): Promise<CapturedImage | undefined> {
    while (!this.#isStopped) {
      const image = this.#newest;
      this.#newest = undefined;
      if (image !== undefined) return image;
      if (this.#isClosed) throw this.#failure;
      await new Promise<undefined>((resolve) => (this.#wake = () => resolve(undefined)));
    }
    return undefined;
  }

  /** Begins to close the camera; {@link next} answers at once. */
  stop(): void {
    this.#isStopped = true;
    this.#delivery?.stop();
    this.#wake();
  }

  /** Stops and waits until the camera is closed. Safe to call twice. */
  async close(): Promise<void> {
    this.stop();
    const { promise: late, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(resolve, CLOSING_MS, undefined);
    await Promise.race([this.closed, late]);
    clearTimeout(timer);
  }

  async #run(libc: Libc, order: CaptureOrder, before: Promise<void>): Promise<void> {
    try {
      await before;
      if (!this.#isStopped) await this.#capture(libc, order);
    } catch (error) {
      this.#failure = error;
    } finally {
      this.#isClosed = true;
      this.#wake();
    }
  }

  async #capture(libc: Libc, { path, wish }: CaptureOrder): Promise<void> {
    const isStopped = (): boolean => this.#isStopped;
    const device = await openDevice(libc, path);
    try {
      if (isStopped()) return;
      const { text, intervalMs } = await configure(device, wish);
      this.#receiver.note(text);
      if (isStopped()) return;
      const stream = await CaptureStream.start(device, libc);
      try {
        if (isStopped()) return;
        this.#delivery = new Delivery(libc, device, stream, intervalMs, this.#receiver);
        await this.#delivery.ended;
      } finally {
        await stream.close();
      }
    } finally {
      await device.close();
    }
  }
}
