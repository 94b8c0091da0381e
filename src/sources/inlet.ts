import { MjpegError, SourceError } from "../core/errors.ts";
import type { CapturedImage } from "../core/frame.ts";
import { MOST_FPS } from "./most-fps.ts";

/** What {@link Inlet.pictures} tells besides them; the report of a source is one. */
export interface InletReport {
  /** Pictures that came torn, or made way for a newer one. */
  dropped(count: number): void;
  /** Nobody publishes. */
  waiting(reason: SourceError): void;
}

/** Somebody who sends pictures for as long as the connection lasts. */
export interface Publisher {
  /** Its IP address. */
  readonly address: string;
  /** It has lost its place: another took it, or the source is closed. Told once, and not after it gave the place up. */
  end(reason: MjpegError): void;
}

/** The place of one publisher in an {@link Inlet}. */
export interface Place {
  /** Takes a picture. Its bytes are sent from where they lie, and must not be written to again. */
  show(jpeg: Uint8Array): void;
  /** Pictures that came torn, or were none. */
  lost(count: number): void;
  /** Gives the place up; safe to call twice, and by one who has lost it. */
  leave(): void;
}

/**
 * Where pictures are pushed into a source. Has room for one publisher and for one picture: a newer one takes its place,
 * nothing is queued. Takes pictures also while nobody watches.
 */
export class Inlet {
  readonly #name: string;
  #publisher: Publisher | undefined;
  #newest: CapturedImage | undefined;
  /** Whether the newest picture is true without a publisher: it was sent by itself. */
  #stays = false;
  #taken = 0;
  #lost = 0;
  #lastAt: number | undefined;
  #event = Promise.withResolvers<undefined>();

  /** @param name the stream's, for messages */
  constructor(name: string) {
    this.#name = name;
  }

  /** Whether somebody publishes now. */
  get isTaken(): boolean {
    return this.#publisher !== undefined;
  }

  /**
   * Gives the place to a publisher.
   * @param takeover ends the one who has it
   * @throws MjpegError `ERR_STREAM_TAKEN` when somebody has it.
   */
  open(publisher: Publisher, takeover: boolean): Place {
    this.#vacate(takeover);
    this.#publisher = publisher;
    if (!this.#stays) this.#newest = undefined;
    const holds = (): boolean => this.#publisher === publisher;
    return {
      show: (jpeg) => {
        if (holds()) this.#take(jpeg, false);
      },
      lost: (count) => void (this.#lost += count),
      leave: () => {
        if (!holds()) return;
        this.#publisher = undefined;
        this.#tell();
      },
    };
  }

  /**
   * Takes one picture that is shown until another comes.
   * @param takeover ends the publisher there is
   * @throws MjpegError `ERR_STREAM_TAKEN` when somebody publishes.
   */
  put(jpeg: Uint8Array, takeover: boolean): void {
    this.#vacate(takeover);
    this.#take(jpeg, true);
  }

  /** @throws MjpegError `ERR_STREAM_TAKEN` when somebody publishes, and is not to be replaced. */
  assertFree(takeover: boolean): void {
    if (this.#publisher === undefined || takeover) return;
    throw new MjpegError(
      "ERR_STREAM_TAKEN",
      `${this.#publisher.address} publishes to "${this.#name}" already: stop it, or add ?takeover to take its place`,
    );
  }

  /** Ends the publisher there is. Another one may come. */
  close(reason: MjpegError): void {
    const publisher = this.#publisher;
    this.#publisher = undefined;
    publisher?.end(reason);
    this.#tell();
  }

  /** The pictures as they come, until `signal` aborts; the newest first, where it is still true. */
  async *pictures(signal: AbortSignal, report: InletReport): AsyncGenerator<CapturedImage, void, undefined> {
    let seen = this.#isFed ? this.#taken - 1 : this.#taken;
    let lost = this.#lost;
    const wake = (): void => this.#tell();
    signal.addEventListener("abort", wake);
    try {
      while (!signal.aborted) {
        const skipped = Math.max(0, this.#taken - seen - 1);
        if (skipped + this.#lost > lost) report.dropped(skipped + this.#lost - lost);
        lost = this.#lost;
        if (this.#newest === undefined || seen >= this.#taken) {
          seen = this.#taken;
          if (!this.#isFed) report.waiting(this.#nobody());
          await this.#event.promise;
          continue;
        }
        seen = this.#taken;
        yield this.#newest;
        await pause(1000 / MOST_FPS, signal);
      }
    } finally {
      signal.removeEventListener("abort", wake);
    }
  }

  get #isFed(): boolean {
    return this.#stays || this.#publisher !== undefined;
  }

  #vacate(takeover: boolean): void {
    this.assertFree(takeover);
    if (this.#publisher === undefined) return;
    this.close(new MjpegError("ERR_STREAM_TAKEN", `another publisher took "${this.#name}" over`));
  }

  #take(jpeg: Uint8Array, stays: boolean): void {
    const now = Date.now();
    this.#newest = { jpeg, capturedAt: now };
    this.#stays = stays;
    this.#lastAt = now;
    this.#taken++;
    this.#tell();
  }

  #nobody(): SourceError {
    const last = this.#lastAt === undefined ? "" : `; the last picture came at ${clockTime(this.#lastAt)}`;
    return new SourceError(
      "ERR_NOBODY_PUBLISHES",
      `nobody publishes to "${this.#name}"${last}; publish on the page /publish, or POST pictures to ` +
        `/streams/${this.#name}/live.mjpeg`,
      { retryable: true },
    );
  }

  #tell(): void {
    const { resolve } = this.#event;
    this.#event = Promise.withResolvers();
    resolve(undefined);
  }
}

/** A time and not an age: the sentence stands on a placeholder for as long as nobody publishes. */
function clockTime(at: number): string {
  return new Date(at).toTimeString().slice(0, 8);
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const over = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", over);
      resolve();
    };
    const timer = setTimeout(over, milliseconds);
    signal.addEventListener("abort", over);
  });
}
