import { randomBytes } from "node:crypto";
import type { Frame } from "../core/frame.ts";
import type { Subscriber } from "../core/hub.ts";
import { UNTOUCHED, type Variant } from "../core/variant.ts";
import type { TcpState } from "../system/tcp.ts";
import type { ViewerStatus } from "../wire/api-types.ts";
import { variantText } from "./adapt/variant-text.ts";
import type { Client } from "./client.ts";
import type { Outlet } from "./outlet.ts";

/** How long a viewer that is ended may take to receive its last picture before its connection is cut. */
const END_GRACE_MS = 500;
/** The same for one that asked for its end: there is no hurry, and the last picture is one it asked for, too. */
const ASKED_END_GRACE_SECONDS = 30;
/** A stream that is quiet sends its last frame every 3 to 4 s; some clients give up after ten silent seconds. */
const KEEP_ALIVE_TICKS = 3;
/** A viewer that turns to another variant must not see time go back; by more than this it was the clock. */
const LONGEST_WAY_BACK_MS = 1_000;

/** What else there is to say of a viewer. */
interface ViewerOptions {
  /** After how many frames the stream ends for it; never where it is undefined. */
  readonly mostFrames?: number | undefined;
  /** How the pictures it is shown are changed. */
  readonly variant?: Variant;
}

/**
 * One client watching a stream.
 *
 * Sends a frame when the connection has taken the one before, and otherwise remembers only the newest, so backpressure
 * turns into a lower frame rate instead of a growing queue: at most one frame of a viewer is in user space.
 */
export class Viewer implements Subscriber, ViewerStatus {
  /** Names it to those who manage viewers. */
  readonly id: string = randomBytes(9).toString("base64url");
  /** Who watches. */
  readonly client: Client;
  /** The name of the stream it watches. */
  readonly stream: string;
  /** When it came: milliseconds since the Unix epoch. */
  readonly since: number = Date.now();

  readonly #outlet: Outlet;
  readonly #mostFrames: number;
  #variant: Variant;
  #isTurning = false;
  #newest: Frame | undefined;
  #last: Frame | undefined;
  #lastSentAt = 0;
  #waitingSince = 0;
  #waitedMs = 0;
  #repeated = false;
  #ending = false;
  #frames = 0;
  #drops = 0;
  #fps = 0;
  #tickedAt = performance.now();
  #framesAtTick = 0;
  #bytesAtTick = 0;
  #quietTicks = 0;
  #stalledTicks = 0;
  #secondsLeft = Infinity;
  #state: TcpState | undefined;

  /** @param stream the name of the stream it watches */
  constructor(
    client: Client,
    outlet: Outlet,
    stream: string,
    { mostFrames = Infinity, variant = UNTOUCHED }: ViewerOptions = {},
  ) {
    this.client = client;
    this.stream = stream;
    this.#mostFrames = mostFrames;
    this.#variant = variant;
    this.#outlet = outlet;
    outlet.onRoom = () => this.#onRoom();
  }

  /** How the pictures it is shown are changed, as parameters of an address; empty where they are not. */
  get variant(): string {
    return variantText(this.#variant);
  }

  /** The client's IP address. */
  get address(): string {
    return this.client.address;
  }

  /** What the client calls itself. */
  get userAgent(): string {
    return this.client.userAgent;
  }

  /** Whether the last frame of a series is to be sent to it twice. */
  get repeats(): boolean {
    return this.#outlet.repeats;
  }

  /** Frames handed to this client's connection. */
  get frames(): number {
    return this.#frames;
  }

  /** Frames this client never got because its connection was too slow. */
  get drops(): number {
    return this.#drops;
  }

  /** For how long so far, in milliseconds, a frame was waiting for the one before to be taken. */
  get waitedMs(): number {
    return this.#waitedMs + (this.#newest === undefined ? 0 : performance.now() - this.#waitingSince);
  }

  /** Bytes handed to this client's connection. */
  get bytes(): number {
    return this.#outlet.bytes;
  }

  /** Frames a second handed over, measured over the last second. */
  get fps(): number {
    return this.#fps;
  }

  /** How old the newest frame was when it was handed over, in milliseconds; null before the first. */
  get ageMs(): number | null {
    return this.#last === undefined ? null : Math.max(0, this.#lastSentAt - this.#last.capturedAt);
  }

  /** Bytes that the kernel had not sent at the last tick; null where it cannot be asked. */
  get unsentBytes(): number | null {
    return this.#state?.unsentBytes ?? null;
  }

  /** Bytes sent and not confirmed at the last tick; null where the kernel cannot be asked. */
  get unacknowledgedBytes(): number | null {
    return this.#state?.unacknowledgedBytes ?? null;
  }

  /** The round trip time at the last tick, in milliseconds; null where the kernel cannot be asked. */
  get roundTripMs(): number | null {
    return this.#state?.roundTripMs ?? null;
  }

  /** What the kernel knows of its connection now; undefined where it cannot be asked. */
  line(): TcpState | undefined {
    return this.#outlet.state();
  }

  /** It is shown another variant from now: its pictures come a little later, and the first that is newer is shown. */
  turnTo(variant: Variant): void {
    this.#variant = variant;
    this.#isTurning = true;
  }

  /** Sends the frame now, or remembers it in place of an older one that is still waiting. */
  offer(frame: Frame): void {
    if (this.#ending || (this.#isTurning && this.#isPast(frame))) return;
    this.#isTurning = false;
    if (this.#outlet.busy) {
      if (this.#newest === undefined) this.#waitingSince = performance.now();
      else this.#drops++;
      this.#newest = frame;
      return;
    }
    this.#send(frame);
  }

  /** Ends the stream on purpose: the last picture once more, the closing delimiter, FIN. */
  end(): void {
    setTimeout(() => this.#outlet.cut(), END_GRACE_MS).unref();
    this.#finish();
  }

  /** Ends the stream as {@link end} does, as its client asked for an end now: a slow one has time to receive it. */
  endAsAsked(): void {
    this.#secondsLeft = ASKED_END_GRACE_SECONDS;
    this.#finish();
  }

  /** Ends the stream for this viewer alone, as {@link end} does. */
  close(): void {
    this.end();
  }

  /** Cuts the connection at once: nobody is there any more. */
  cut(): void {
    this.#ending = true;
    this.#outlet.cut();
  }

  /** The stream is quiet: sends the last frame once more, where the client needs it twice and has it once. */
  repeatOnce(): void {
    if (this.repeats && !this.#repeated) this.#repeat();
  }

  /**
   * Called by its audience once in `seconds`: measures, sends the last frame again to a client that had nothing for
   * long, so that nobody takes the stream for dead, and cuts a connection that took no byte for `stallSeconds`.
   */
  tick(seconds: number, stallSeconds: number): void {
    const now = performance.now();
    // The audience that it has just come to keeps a time of its own.
    const passed = (now - this.#tickedAt) / 1000;
    if (passed < seconds / 2) return;
    this.#tickedAt = now;
    this.#fps = (this.#frames - this.#framesAtTick) / passed;
    this.#framesAtTick = this.#frames;
    const state = this.#outlet.state();
    const isWaiting = this.#outlet.busy || (state !== undefined && queuedBytes(state) > 0);
    const tookSome = this.#outlet.tookSome(state) || this.#fps > 0;
    this.#state = state;
    this.#stalledTicks = isWaiting && !tookSome ? this.#stalledTicks + 1 : 0;
    if (this.#stalledTicks * seconds >= stallSeconds) this.#outlet.giveUp();
    this.#secondsLeft -= seconds;
    if (this.#secondsLeft <= 0) this.#outlet.cut();
    this.#quietTicks = this.bytes === this.#bytesAtTick ? this.#quietTicks + 1 : 0;
    if (this.#quietTicks > 0) this.repeatOnce();
    if (this.#quietTicks >= KEEP_ALIVE_TICKS) this.#repeat();
    this.#bytesAtTick = this.bytes;
  }

  #isPast({ capturedAt }: Frame): boolean {
    const wayBackMs = (this.#last?.capturedAt ?? capturedAt) - capturedAt;
    return wayBackMs > 0 && wayBackMs < LONGEST_WAY_BACK_MS;
  }

  #send(frame: Frame): void {
    const isLast = ++this.#frames >= this.#mostFrames;
    this.#last = frame;
    this.#lastSentAt = Date.now();
    this.#repeated = false;
    if (!isLast || this.#outlet.endShows !== true) this.#outlet.send(frame);
    if (isLast) this.endAsAsked();
  }

  #finish(): void {
    if (this.#ending) return;
    this.#ending = true;
    if (!this.#outlet.busy) this.#outlet.end(this.#last);
  }

  #onRoom(): void {
    const newest = this.#newest;
    this.#waitedMs = this.waitedMs;
    this.#newest = undefined;
    if (this.#ending) this.#outlet.end(newest ?? this.#last);
    else if (newest !== undefined) this.#send(newest);
  }

  #repeat(): void {
    if (this.#outlet.busy || this.#ending || this.#last === undefined) return;
    this.#repeated = true;
    this.#outlet.send(this.#last);
  }
}

function queuedBytes(state: TcpState): number {
  return state.unsentBytes + state.unacknowledgedBytes;
}
