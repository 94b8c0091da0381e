import type { Socket } from "node:net";
import type { Frame } from "../core/frame.ts";
import type { Tcp, TcpState } from "../system/tcp.ts";
import { encodeEnd, encodeOpening, encodePart, type Layout } from "../wire/multipart-encoder.ts";
import type { Outlet } from "./outlet.ts";
import { descriptorOf, isEncrypted } from "./socket-descriptor.ts";

/**
 * The most unsent bytes the kernel holds before it takes more. Small, so that the choice of the next frame is made late:
 * what is in the kernel cannot be replaced by something newer.
 */
const UNSENT_BYTES = 16_384;

/** A connection taken over from HTTP, on which frames leave as the parts of a multipart body. */
export class PartOutlet implements Outlet {
  readonly repeats: boolean;
  onRoom: () => void = () => undefined;

  readonly #socket: Socket;
  readonly #layout: Layout;
  readonly #tcp: Tcp | undefined;
  readonly #descriptor: number | undefined;
  /** Bytes may go to the kernel directly, past Node's streams. Not where Node encrypts them. */
  readonly #isDirect: boolean;
  readonly #onTaken = () => {
    this.#busy = false;
    this.onRoom();
  };
  #busy = false;
  #bytes = 0;

  /** @param tcp undefined where the system has no such calls: all goes through Node */
  constructor(socket: Socket, layout: Layout, tcp: Tcp | undefined) {
    this.#socket = socket;
    this.#layout = layout;
    this.repeats = layout === "browser";
    this.#tcp = tcp;
    this.#descriptor = tcp && descriptorOf(socket);
    this.#isDirect = this.#descriptor !== undefined && !isEncrypted(socket);
  }

  /** Begins the answer, with its head. To be called once, when the connection is ours. */
  open(head: string): void {
    if (this.#descriptor !== undefined) this.#tcp?.limitUnsent(this.#descriptor, UNSENT_BYTES);
    this.#socket.write(head + encodeOpening(this.#layout), "latin1");
  }

  get busy(): boolean {
    return this.#busy;
  }

  get bytes(): number {
    return this.#bytes;
  }

  send(frame: Frame): void {
    const part = encodePart(frame, this.#layout);
    this.#bytes += part.length;
    const taken = this.#sendNow(part);
    if (taken === part.length) return;
    this.#busy = true;
    this.#socket.write(taken > 0 ? part.subarray(taken) : part, this.#onTaken);
  }

  end(last: Frame | undefined): void {
    // Before the first picture there is nothing to repeat, and an empty part would break the <img> for good.
    if (last === undefined) this.#socket.end();
    else this.#socket.end(encodeEnd(last, this.#layout));
  }

  cut(): void {
    this.#socket.destroy();
  }

  state(): TcpState | undefined {
    if (this.#descriptor === undefined || this.#socket.destroyed) return undefined;
    return this.#tcp?.state(this.#descriptor);
  }

  /**
   * Hands the part to the kernel where nothing of ours waits in front of it; how much it took. Errors are left to Node's
   * write, which follows. A destroyed socket's descriptor may be another connection's already.
   */
  #sendNow(part: Uint8Array): number {
    const socket = this.#socket;
    if (!this.#isDirect || socket.writableLength > 0 || socket.destroyed) return 0;
    return this.#tcp?.send(this.#descriptor ?? -1, part) ?? 0;
  }
}
