import type { Socket } from "node:net";
import type { Frame } from "../core/frame.ts";
import type { Subscriber } from "../core/hub.ts";
import { encodeEnd, encodePart, type Layout } from "../wire/multipart-encoder.ts";

/** How long a viewer that is ended may take to receive its last picture before its connection is cut. */
const END_GRACE_MS = 500;

/**
 * One client watching a stream over HTTP.
 *
 * Writes a frame when the socket has taken the one before, and otherwise remembers only the newest, so backpressure
 * turns into a lower frame rate instead of a growing queue: at most one frame of a viewer is in user space.
 */
export class StreamViewer implements Subscriber {
  /** The client's IP address. */
  readonly address: string;
  /** When it came: milliseconds since the Unix epoch. */
  readonly since: number = Date.now();

  readonly #socket: Socket;
  readonly #layout: Layout;
  readonly #onWritten = () => this.#written();
  #sending = false;
  #newest: Frame | undefined;
  #last: Frame | undefined;
  #lastSentAt = performance.now();
  #repeated = false;
  #ending = false;
  #frames = 0;
  #drops = 0;
  #fps = 0;
  #framesAtTick = 0;

  /** @param socket taken over from HTTP, with the response head and the opening already written. */
  constructor(socket: Socket, layout: Layout) {
    this.#socket = socket;
    this.#layout = layout;
    this.address = plainAddress(socket.remoteAddress);
  }

  /** Frames handed to this client's connection. */
  get frames(): number {
    return this.#frames;
  }

  /** Frames this client never got because its connection was too slow. */
  get drops(): number {
    return this.#drops;
  }

  /** Frames a second handed over, measured over the last second. */
  get fps(): number {
    return this.#fps;
  }

  /** Sends the frame now, or remembers it in place of an older one that is still waiting. */
  offer(frame: Frame): void {
    if (this.#ending) return;
    if (this.#sending) {
      if (this.#newest !== undefined) this.#drops++;
      this.#newest = frame;
      return;
    }
    this.#send(frame);
  }

  /** Ends the stream on purpose: the last picture once more, the closing delimiter, FIN. */
  end(): void {
    if (this.#ending) return;
    this.#ending = true;
    setTimeout(() => this.#socket.destroy(), END_GRACE_MS).unref();
    if (!this.#sending) this.#finish();
  }

  /** Ends the stream for this viewer alone, as {@link end} does. */
  close(): void {
    this.end();
  }

  /** Sends the last frame once more if it was sent once and nothing came for `quietMs`: WebKit needs it twice. */
  repeatOnce(quietMs: number): void {
    if (this.#layout === "browser" && !this.#repeated) this.#repeatAfter(quietMs);
  }

  /** Sends the last frame once more if nothing was sent for `quietMs`, so that nobody takes the stream for dead. */
  keepAlive(quietMs: number): void {
    this.#repeatAfter(quietMs);
  }

  /** Closes the connection if it has not taken the frame in flight for `stallMs`. */
  dropStalled(stallMs: number): void {
    if (this.#sending && performance.now() - this.#lastSentAt >= stallMs) this.#socket.destroy();
  }

  /** Measures {@link fps}; called by the audience once in `seconds`. */
  tick(seconds: number): void {
    this.#fps = (this.#frames - this.#framesAtTick) / seconds;
    this.#framesAtTick = this.#frames;
  }

  #send(frame: Frame): void {
    this.#frames++;
    this.#last = frame;
    this.#repeated = false;
    this.#write(frame);
  }

  #write(frame: Frame): void {
    this.#sending = true;
    this.#lastSentAt = performance.now();
    this.#socket.write(encodePart(frame, this.#layout), this.#onWritten);
  }

  #written(): void {
    this.#sending = false;
    const newest = this.#newest;
    this.#newest = undefined;
    if (this.#ending) this.#finish(newest);
    else if (newest !== undefined) this.#send(newest);
  }

  #repeatAfter(quietMs: number): void {
    if (this.#sending || this.#ending || this.#last === undefined) return;
    if (performance.now() - this.#lastSentAt < quietMs) return;
    this.#repeated = true;
    this.#write(this.#last);
  }

  #finish(newest?: Frame): void {
    const last = newest ?? this.#last;
    // Before the first picture there is nothing to repeat, and an empty part would break the <img> for good.
    if (last === undefined) this.#socket.end();
    else this.#socket.end(encodeEnd(last, this.#layout));
  }
}

function plainAddress(address = ""): string {
  return address.startsWith("::ffff:") ? address.slice("::ffff:".length) : address;
}
