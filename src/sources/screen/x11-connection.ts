import type { Socket } from "node:net";
import { SourceError } from "../../core/errors.ts";
import type { Size } from "../address.ts";
import type { X11Display } from "./x11-display.ts";
import { ANSWER_MS, greet, type X11Welcome } from "./x11-greeting.ts";

/** Most bytes of one answer. The longest that is asked for here, a list of windows, has a few kilobytes. */
const MOST_ANSWER_BYTES = 4 * 1_048_576;
/** Length of an event, an error and the head of a reply (X11 protocol, appendix B). */
const HEAD_BYTES = 32;
const GENERIC_EVENT = 35;

/**
 * A connection to an X server: the few questions that finding screens and windows takes. Of our own, as it takes eight of the
 * 120 requests of the protocol, and every answer has a limit in size and time.
 */
export class X11Connection {
  /** The window that covers the screen. */
  readonly root: number;
  /** The size of the screen when the connection was made. */
  readonly size: Size;
  /** The first of the numbers that this client may give to what it makes. */
  readonly firstId: number;
  readonly #display: X11Display;
  readonly #socket: Socket;
  readonly #answers = new Map<
    number,
    { settle(answer: Buffer | undefined): void; fail(error: Error): void }
  >();
  #bytes: Buffer = Buffer.alloc(0);
  #sequence = 0;
  #events = 0;
  #wake: () => void = () => undefined;
  #failure: SourceError | undefined;

  private constructor(display: X11Display, { socket, root, size, firstId }: X11Welcome) {
    this.#display = display;
    this.#socket = socket;
    this.root = root;
    this.size = size;
    this.firstId = firstId;
    socket.on("data", (bytes) => this.#read(bytes));
    socket.on("close", () => this.#fail("closed the connection; is the desktop still there?"));
  }

  /**
   * Connects, with the secret of the user's desktop where there is one.
   * @throws SourceError `ERR_SCREEN_MISSING` where no X server answers, `ERR_SCREEN_PERMISSION` where it lets nobody in.
   */
  static async open(display: X11Display): Promise<X11Connection> {
    return new X11Connection(display, await greet(display));
  }

  /** How many events have come so far; for {@link eventAfter}. */
  get events(): number {
    return this.#events;
  }

  /** Why the connection is over; undefined while it stands. */
  get failure(): SourceError | undefined {
    return this.#failure;
  }

  /** Waits until more events have come than `seen`, the connection is lost, the time is over or the signal aborts. */
  async eventAfter(seen: number, longestMs: number, signal: AbortSignal): Promise<void> {
    if (this.#events > seen || this.#failure !== undefined || signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const wake = (): void => resolve(undefined);
    const late = setTimeout(wake, longestMs);
    this.#wake = wake;
    signal.addEventListener("abort", wake);
    await promise;
    signal.removeEventListener("abort", wake);
    clearTimeout(late);
  }

  /**
   * Asks something; resolves with the whole reply, or with undefined where the server answers with an error, as it does about
   * a window that was just closed.
   * @throws SourceError `ERR_SCREEN_MISSING` when the connection is lost or nothing is answered.
   */
  ask(request: Buffer): Promise<Buffer | undefined> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.tell(request);
    const sequence = this.#sequence;
    const { promise, resolve, reject } = Promise.withResolvers<Buffer | undefined>();
    const late = setTimeout(() => this.#fail(`did not answer for ${ANSWER_MS / 1000} s`), ANSWER_MS);
    this.#answers.set(sequence, { settle: resolve, fail: reject });
    return promise.finally(() => {
      clearTimeout(late);
      this.#answers.delete(sequence);
    });
  }

  /** Sends a request that has no reply. */
  tell(request: Buffer): void {
    this.#sequence = (this.#sequence + 1) & 0xff_ff;
    this.#socket.write(request);
  }

  /** Ends the connection. */
  close(): void {
    this.#fail("is not asked any more");
  }

  #read(bytes: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes]);
    while (this.#bytes.length >= HEAD_BYTES) {
      const kind = this.#bytes.readUInt8(0) & 0x7f;
      const isLong = kind === 1 || kind === GENERIC_EVENT;
      const length = HEAD_BYTES + (isLong ? this.#bytes.readUInt32LE(4) * 4 : 0);
      if (length > MOST_ANSWER_BYTES) this.#fail(`sent an answer of ${length} bytes`);
      if (length > MOST_ANSWER_BYTES || this.#bytes.length < length) return;
      const message = this.#bytes.subarray(0, length);
      this.#bytes = this.#bytes.subarray(length);
      this.#take(kind, message);
    }
  }

  #take(kind: number, message: Buffer): void {
    if (kind > 1) {
      this.#events++;
      this.#wake();
    } else {
      this.#answers.get(message.readUInt16LE(2))?.settle(kind === 1 ? message : undefined);
    }
  }

  #fail(what: string): void {
    if (this.#failure !== undefined) return;
    this.#failure = new SourceError(
      "ERR_SCREEN_MISSING",
      `the X server of display ${this.#display.name} ${what}`,
      { retryable: true },
    );
    this.#socket.destroy();
    for (const answer of [...this.#answers.values()]) answer.fail(this.#failure);
    this.#wake();
  }
}
