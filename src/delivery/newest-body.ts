import type { CapturedImage, Frame } from "../core/frame.ts";
import { encodeEnd, encodeOpening, encodePart, type Layout } from "../wire/multipart-encoder.ts";

/** WebKit paints a picture only when another follows: after so long without one the last is sent again, once. */
const REPEAT_AFTER_MS = 150;
/** Some clients give up after ten silent seconds. */
const KEEP_ALIVE_MS = 4_000;

/** What a {@link newestBody} is made of. */
export interface NewestBodyOptions {
  /** Opens the pictures, each fit to be shown; not before the body is read. An abort closes them. */
  readonly capture: (signal: AbortSignal) => AsyncIterable<CapturedImage>;
  readonly layout: Layout;
  /** Ends the body properly, as the end of the pictures does. */
  readonly signal: AbortSignal;
  /** Told what the pictures threw, which ends the body, too. */
  readonly onError: (error: unknown) => void;
}

/**
 * Pictures as the body of a web `Response`. A picture is written when the reader asks for more, and until then only the
 * newest is kept: a slow reader gets fewer pictures, never older ones, and never more than one is in memory for it.
 */
export function newestBody(options: NewestBodyOptions): ReadableStream<Uint8Array> {
  const pictures = new NewestPicture(options);
  // Nothing is written ahead: what is queued cannot be replaced by something newer.
  return new ReadableStream(new BodySource(pictures, options.layout), { highWaterMark: 0 });
}

/** Takes the pictures as they come and keeps the newest. */
class NewestPicture {
  readonly #options: NewestBodyOptions;
  readonly #stop = new AbortController();
  #started = false;
  #ended = false;
  #newest: Frame | undefined;
  #sequence = 0;
  #wake: () => void = () => undefined;

  constructor(options: NewestBodyOptions) {
    this.#options = options;
    if (options.signal.aborted) this.close();
    else options.signal.addEventListener("abort", () => this.close(), { signal: this.#stop.signal });
  }

  /** Whether no picture will follow the one that may be waiting. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Opens the pictures, the first time. */
  start(): void {
    if (this.#started) return;
    this.#started = true;
    void this.#run();
  }

  /** Closes them, also where they were never opened: whoever made them may hold something for them. */
  close(): void {
    this.#stop.abort();
    this.start();
  }

  /** The newest picture that was not taken yet; waits so long for one. Undefined where there is none, or none any more. */
  async take(waitMs: number): Promise<Frame | undefined> {
    if (this.#newest === undefined && !this.#ended) await this.#change(waitMs);
    const newest = this.#newest;
    this.#newest = undefined;
    return newest;
  }

  async #run(): Promise<void> {
    const { capture, onError } = this.#options;
    try {
      for await (const { jpeg, capturedAt } of capture(this.#stop.signal)) {
        this.#newest = { jpeg, capturedAt, sequence: this.#sequence++ };
        this.#wake();
      }
    } catch (error) {
      onError(error);
    } finally {
      this.#ended = true;
      this.#stop.abort();
      this.#wake();
    }
  }

  #change(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

class BodySource {
  readonly #pictures: NewestPicture;
  readonly #layout: Layout;
  #opened = false;
  #cancelled = false;
  #repeated = false;
  #last: Frame | undefined;

  constructor(pictures: NewestPicture, layout: Layout) {
    this.#pictures = pictures;
    this.#layout = layout;
  }

  /** Called when the reader wants more. */
  async pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    if (!this.#opened) {
      this.#opened = true;
      this.#pictures.start();
      controller.enqueue(new TextEncoder().encode(encodeOpening(this.#layout)));
      return;
    }
    const part = await this.#nextPart();
    if (this.#cancelled) return;
    if (part !== undefined) {
      controller.enqueue(part);
      return;
    }
    if (this.#last !== undefined) controller.enqueue(encodeEnd(this.#last, this.#layout));
    controller.close();
  }

  cancel(): void {
    this.#cancelled = true;
    this.#pictures.close();
  }

  /** The newest picture, or the last one again after a silence. Undefined where all pictures were sent. */
  async #nextPart(): Promise<Uint8Array | undefined> {
    for (;;) {
      const isDue = this.#layout === "browser" && this.#last !== undefined && !this.#repeated;
      const frame = await this.#pictures.take(isDue ? REPEAT_AFTER_MS : KEEP_ALIVE_MS);
      this.#repeated = frame === undefined;
      this.#last = frame ?? this.#last;
      if (frame === undefined && (this.#pictures.ended || this.#cancelled)) return undefined;
      if (this.#last !== undefined) return encodePart(this.#last, this.#layout);
    }
  }
}
