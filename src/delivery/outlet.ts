import type { Socket } from "node:net";
import type { Frame } from "../core/frame.ts";
import type { Tcp, TcpState } from "../system/tcp.ts";
import type { Encoding } from "./encoding.ts";
import type { FrameBytes } from "./frame-bytes.ts";
import { descriptorOf, isEncrypted, unwrittenBytesOf } from "./socket-descriptor.ts";

/**
 * The most unsent bytes the kernel holds before it takes more. Small, so that the choice of the next frame is made late:
 * what is in the kernel cannot be replaced by something newer.
 */
const UNSENT_BYTES = 16_384;

/** A slow line is looked at again after so long at the latest: it may have become faster. */
const LONGEST_WAIT_MS = 50;
/** After so many frames in a row that had to wait for nothing, a line is no slow one any more. */
const QUICK_FRAMES = 30;

/** The way to one client: how frames leave, and when there is room for the next. */
export interface Outlet {
  /** Called when there is room again after {@link busy}. */
  onRoom: () => void;
  /** Whether a frame is on its way that was not taken whole; nothing may be sent until it was. */
  readonly busy: boolean;
  /** Whether the last frame of a series is to be sent twice. */
  readonly repeats: boolean;
  /** Whether {@link end} shows the picture it is given, which then need not be sent before. */
  readonly endShows?: boolean;
  /** Bytes of frames handed over so far. */
  readonly bytes: number;
  /** Sends a frame. Only while not {@link busy}. */
  send(frame: Frame): void;
  /** Ends properly: behind what is on its way, the last picture once more and what closes the stream. */
  end(last: Frame | undefined): void;
  /** Cuts it off, whatever is on its way. */
  cut(): void;
  /** The client has taken nothing for too long: cuts its connection. */
  giveUp(): void;
  /** What the kernel knows of the connection; undefined where it cannot be asked. */
  state(): TcpState | undefined;
  /**
   * Whether the client has taken something since this was asked last.
   * @param state what {@link state} gives now
   */
  tookSome(state: TcpState | undefined): boolean;
}

/** The way to a client that has a connection of its own, taken over from HTTP. */
export class SocketOutlet implements Outlet {
  /** Called when the connection has taken a frame that it did not take at once. */
  onRoom: () => void = () => undefined;

  readonly #socket: Socket;
  readonly #encoding: Encoding;
  readonly #tcp: Tcp | undefined;
  readonly #descriptor: number | undefined;
  /** Bytes may go to the kernel directly, past Node's streams. Not where Node encrypts them. */
  readonly #isDirect: boolean;
  readonly #onTaken = () => this.#makeRoomWhenDue();
  #isOpen: () => boolean = always;
  #busy = false;
  #bytes = 0;
  #sent = 0;
  /** The line did not take a frame at once, or not before the next. Others are spared the looking: two system calls a frame. */
  #isSlow = false;
  #quickFrames = 0;
  #acknowledgedBytes: number | undefined;
  #unwrittenBytes = 0;

  /** @param tcp undefined where the system has no such calls: all goes through Node */
  constructor(socket: Socket, encoding: Encoding, tcp: Tcp | undefined) {
    this.#socket = socket;
    this.#encoding = encoding;
    this.#tcp = tcp;
    this.#descriptor = tcp && descriptorOf(socket);
    this.#isDirect = this.#descriptor !== undefined && !isEncrypted(socket);
  }

  /** Whether a frame is on its way that the connection has not taken whole; nothing may be sent until it has. */
  get busy(): boolean {
    return this.#busy;
  }

  /** Whether the last frame of a series is to be sent twice. */
  get repeats(): boolean {
    return this.#encoding.repeats;
  }

  /** Whether {@link end} shows the picture it is given. */
  get endShows(): boolean {
    return this.#encoding.endShows === true;
  }

  /** Bytes of frames handed over so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Begins the answer, with its head. To be called once, when the connection is ours.
   * @param isOpen asked before each frame whether it may still be sent
   */
  open(head: string, isOpen: () => boolean = always): void {
    this.#isOpen = isOpen;
    if (this.#descriptor !== undefined) this.#tcp?.limitUnsent(this.#descriptor, UNSENT_BYTES);
    this.#socket.write(head + this.#encoding.opening, "latin1");
  }

  /** Sends a frame. Only while not {@link busy}. */
  send(frame: Frame): void {
    this.sendBytes(this.#encoding.frame(frame));
  }

  /** Sends a frame that is written already. Only while not {@link busy}. */
  sendBytes(bytes: FrameBytes): void {
    if (!this.#isOpen()) return;
    this.#bytes += bytes.length;
    this.#sent++;
    const taken = this.#sendNow(bytes);
    if (taken === bytes.length && !this.#isSlow) return;
    this.#busy = true;
    if (taken === bytes.length) {
      this.#makeRoomWhenDue();
      return;
    }
    if (this.#isDirect) this.#becomeSlow();
    this.#socket.write(bytes.joined().subarray(taken), this.#onTaken);
  }

  /** Ends properly: behind what is on its way, the last picture once more and what closes the stream. */
  end(last: Frame | undefined): void {
    const bytes = this.#encoding.end(last);
    this.#bytes += bytes.length;
    this.#socket.end(bytes);
  }

  /** Cuts the connection, whatever is on its way. */
  cut(): void {
    this.#socket.destroy();
  }

  /** As {@link cut}. */
  giveUp(): void {
    this.cut();
  }

  /** What the kernel knows of the connection; undefined where it cannot be asked. */
  state(): TcpState | undefined {
    if (this.#descriptor === undefined || this.#socket.destroyed) return undefined;
    return this.#tcp?.state(this.#descriptor);
  }

  /** Whether fewer bytes wait in this process than before, or the other side has confirmed some. */
  tookSome(state: TcpState | undefined): boolean {
    const unwrittenBytes = unwrittenBytesOf(this.#socket);
    const took =
      unwrittenBytes < this.#unwrittenBytes || state?.acknowledgedBytes !== this.#acknowledgedBytes;
    this.#unwrittenBytes = unwrittenBytes;
    this.#acknowledgedBytes = state?.acknowledgedBytes;
    return took;
  }

  /**
   * Makes room for the next frame when the line is about to run dry, and no earlier: what the kernel has cannot be replaced
   * by something newer, and on a slow line it would wait there, behind the frame before.
   */
  #makeRoomWhenDue(): void {
    if (this.#socket.destroyed) return;
    const busyMs = this.#isSlow && this.#descriptor !== undefined ? this.#tcp?.busyMs(this.#descriptor) : 0;
    if (busyMs !== undefined && busyMs > 0) {
      setTimeout(this.#onTaken, Math.min(LONGEST_WAIT_MS, Math.max(1, busyMs)));
      return;
    }
    this.#busy = false;
    const before = this.#sent;
    this.onRoom();
    // A frame was waiting: they come faster than the line takes them.
    if (this.#sent !== before) this.#becomeSlow();
    else if (++this.#quickFrames >= QUICK_FRAMES) this.#isSlow = false;
  }

  #becomeSlow(): void {
    this.#isSlow = true;
    this.#quickFrames = 0;
  }

  /**
   * Hands bytes to the kernel where nothing of ours waits in front of them; how many it took. Errors are left to Node's
   * write, which follows. A destroyed socket's descriptor may be another connection's already.
   */
  #sendNow(bytes: FrameBytes): number {
    const socket = this.#socket;
    const tcp = this.#tcp;
    if (!this.#isDirect || tcp === undefined || socket.writableLength > 0 || socket.destroyed) return 0;
    return Math.max(0, tcp.send(this.#descriptor ?? -1, bytes.gathered(tcp)));
  }
}

function always(): boolean {
  return true;
}
