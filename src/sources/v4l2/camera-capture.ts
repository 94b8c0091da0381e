import { SourceError } from "../../core/errors.ts";
import type { CapturedImage } from "../../core/frame.ts";
import type { SourceReport } from "../source.ts";
import { STOP, WAITING, type CaptureMessage, type CaptureOrder } from "./capture-messages.ts";
import { startCapture } from "./capture-thread.ts";

/** How long closing may take. A driver stuck in a call cannot be interrupted: it is left to end by itself. */
const CLOSING_MS = 1_000;

/** One opened camera, seen from the main thread. Holds the newest picture, never a queue. */
export class CameraCapture {
  readonly #label: string;
  readonly #report: SourceReport;
  readonly #shared = new Int32Array(new SharedArrayBuffer(8));
  readonly #abandon: () => void;
  #newest: CapturedImage | undefined;
  #failure: SourceError | undefined;
  #ended = false;
  #wake: () => void = () => undefined;

  constructor(label: string, order: Omit<CaptureOrder, "shared">, report: SourceReport) {
    this.#label = label;
    this.#report = report;
    this.#abandon = startCapture(
      { ...order, shared: this.#shared },
      {
        message: (message) => this.#onMessage(message),
        crashed: (cause) => this.#onCrash(cause),
      },
    );
  }

  /**
   * The newest picture that has not been taken yet; waits for one. Undefined once {@link stop} was called.
   * @throws SourceError when the camera failed; everything is closed by then.
   */
  async next(): Promise<CapturedImage | undefined> {
    while (!this.#isStopping) {
      const image = this.#newest;
      this.#newest = undefined;
      if (image !== undefined) return image;
      if (this.#ended) throw this.#failure ?? this.#crash("it ended without a reason");
      await this.#news();
    }
    return undefined;
  }

  /** Tells the thread to close the camera; {@link next} answers at once. */
  stop(): void {
    Atomics.store(this.#shared, STOP, 1);
    this.#wake();
  }

  /** Stops and waits until the camera is closed. Safe to call twice. */
  async close(): Promise<void> {
    this.stop();
    const timer = setTimeout(() => {
      this.#abandon();
      this.#end();
    }, CLOSING_MS);
    while (!this.#ended) await this.#news();
    clearTimeout(timer);
  }

  get #isStopping(): boolean {
    return Atomics.load(this.#shared, STOP) !== 0;
  }

  #news(): Promise<undefined> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#wake = () => resolve(undefined);
    return promise;
  }

  #onMessage(message: CaptureMessage): void {
    // What was on its way when the camera was stopped is nobody's loss.
    if (this.#isStopping && message.kind !== "ended") return;
    switch (message.kind) {
      case "note":
        this.#report.note(message.text);
        return;
      case "missed":
        this.#report.dropped(message.count);
        return;
      case "failed":
        this.#failure = new SourceError(message.code, message.message, { retryable: message.retryable });
        return;
      case "picture":
        Atomics.sub(this.#shared, WAITING, 1);
        if (this.#newest !== undefined) this.#report.dropped(1);
        this.#newest = message.image;
        this.#wake();
        return;
      case "ended":
        this.#end();
    }
  }

  #onCrash(cause: unknown): void {
    this.#failure ??= this.#crash(cause instanceof Error ? cause.message : String(cause), cause);
    this.#end();
  }

  #end(): void {
    this.#ended = true;
    this.#wake();
  }

  #crash(what: string, cause?: unknown): SourceError {
    const message = `${this.#label}: its thread failed: ${what}`;
    return new SourceError("ERR_SOURCE_FAILED", message, { retryable: true, cause });
  }
}
