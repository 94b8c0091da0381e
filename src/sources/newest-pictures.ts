import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { CapturedImage } from "../core/frame.ts";
import { frameParser } from "../wire/frames.ts";
import { MOST_FPS } from "./most-fps.ts";
import type { SourceReport } from "./source.ts";

/** Bytes without a picture after which an input is taken for something else: a few pictures' worth. */
export const MOST_IDLE_BYTES: number = 32 * 1_048_576;

/** Cuts pictures out of bytes as they come, and hands over those that are whole. */
export interface PictureReader {
  /**
   * Takes the next bytes.
   * @throws MjpegError `ERR_PART_MALFORMED` for bytes that hold no pictures.
   */
  push(bytes: Uint8Array): void;
  /** The bytes are over. */
  end(): void;
}

/** Makes a reader of what a program writes; multipart or JPEGs one after another where the content type does not say. */
export function pictureReader(
  contentType: string | null,
  report: Pick<SourceReport, "dropped">,
  onPicture: (jpeg: Uint8Array) => void,
): PictureReader {
  const options = { maxIdleBytes: MOST_IDLE_BYTES, onBadPart: () => report.dropped(1) };
  return frameParser(contentType, options, onPicture);
}

/**
 * Reads the pictures of a program's output, without a queue: of those that came in one go the newest is taken, at most 120
 * a second. A program that is faster waits, as its output is read no faster; memory and work stay bounded. Ends with the
 * output, also where that is destroyed, and when `signal` aborts; it is left paused where there may be more.
 * @param makeReader makes what cuts the pictures out of the bytes
 * @throws the output's own error, MjpegError `ERR_PART_MALFORMED` for bytes that hold no pictures.
 */
export async function* newestPictures(
  output: Readable,
  report: Pick<SourceReport, "dropped">,
  makeReader: (onPicture: (jpeg: Uint8Array) => void) => PictureReader,
  signal?: AbortSignal,
): AsyncGenerator<CapturedImage, void, undefined> {
  const intake = new Intake(output, report, makeReader);
  const stop = (): void => intake.abandon();
  signal?.addEventListener("abort", stop);
  if (signal?.aborted === true) stop();
  let dueAt = 0;
  try {
    while (await intake.hasPicture()) {
      const waitMs = dueAt - performance.now();
      if (waitMs > 1) await sleep(waitMs);
      const image = intake.take();
      if (image === undefined) continue;
      dueAt = performance.now() + 1_000 / MOST_FPS;
      yield image;
    }
  } finally {
    signal?.removeEventListener("abort", stop);
    intake.close();
  }
}

/**
 * Reads an output while somebody waits for a picture, and until it has one. By events: going through the output's async
 * iterator costs a third more of a picture that comes alone.
 */
class Intake {
  readonly #output: Readable;
  readonly #report: Pick<SourceReport, "dropped">;
  readonly #reader: PictureReader;
  #newest: CapturedImage | undefined;
  #isOver: boolean;
  #failure: Error | undefined;
  #rouse: (() => void) | undefined;

  constructor(
    output: Readable,
    report: Pick<SourceReport, "dropped">,
    makeReader: (onPicture: (jpeg: Uint8Array) => void) => PictureReader,
  ) {
    this.#output = output;
    this.#report = report;
    this.#reader = makeReader((jpeg) => this.#put(jpeg));
    this.#isOver = output.destroyed || output.readableEnded;
    output
      .on("data", this.#onData)
      .on("end", this.#onEnd)
      .on("error", this.#onError)
      .on("close", this.#onClose);
  }

  /** Resolves when there is a picture; with false when there will be none. */
  async hasPicture(): Promise<boolean> {
    while (this.#newest === undefined && !this.#isOver) {
      await new Promise<void>((resolve) => {
        this.#rouse = resolve;
        if (this.#output.isPaused()) this.#output.resume();
      });
    }
    if (this.#newest !== undefined) return true;
    if (this.#failure !== undefined) throw this.#failure;
    return false;
  }

  /** The newest picture; it is given once. */
  take(): CapturedImage | undefined {
    const image = this.#newest;
    this.#newest = undefined;
    return image;
  }

  /** Reads no more, and has no picture any more. */
  abandon(): void {
    this.close();
    this.#newest = undefined;
    this.#end();
  }

  /** Reads no more. */
  close(): void {
    const output = this.#output;
    output.pause();
    output
      .off("data", this.#onData)
      .off("end", this.#onEnd)
      .off("error", this.#onError)
      .off("close", this.#onClose);
  }

  #put(jpeg: Uint8Array): void {
    if (this.#newest !== undefined) this.#report.dropped(1);
    this.#newest = { jpeg, capturedAt: Date.now() };
  }

  readonly #onData = (chunk: Uint8Array): void => {
    // Nobody has taken the last one yet: whoever writes may wait until they have.
    if (this.#rouse === undefined) this.#output.pause();
    this.#try(() => this.#reader.push(chunk));
    if (this.#newest !== undefined) this.#wake();
  };

  readonly #onEnd = (): void => {
    this.#try(() => this.#reader.end());
    this.#end();
  };

  readonly #onError = (error: Error): void => {
    this.#failure ??= error;
    this.#end();
  };

  readonly #onClose = (): void => this.#end();

  /** There will be no more pictures than there are. */
  #end(): void {
    this.#isOver = true;
    this.#wake();
  }

  #try(read: () => void): void {
    try {
      read();
    } catch (error) {
      this.#output.pause();
      this.#onError(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #wake(): void {
    const rouse = this.#rouse;
    this.#rouse = undefined;
    rouse?.();
  }
}
