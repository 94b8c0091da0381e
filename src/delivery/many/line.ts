import type { Socket } from "node:net";
import type { Tcp, TcpState } from "../../system/tcp.ts";
import { MESSAGES } from "../encoding.ts";
import { SocketOutlet } from "../outlet.ts";
import type { FrameBytes } from "../frame-bytes.ts";
import { unwrittenBytesOf } from "../socket-descriptor.ts";

/** A stream that has its turns on a {@link Line}. */
export interface TurnTaker {
  /** The connection has room: a picture that waits may go. */
  takeTurn(): void;
}

/** The connection that all streams of a client share: one picture at a time, and each stream in its turn. */
export class Line {
  readonly #socket: Socket;
  readonly #outlet: SocketOutlet;
  /** In the order of their turns: whoever was served goes to the end. */
  readonly #lanes = new Set<TurnTaker>();

  /** @param tcp undefined where the system has no such calls */
  constructor(socket: Socket, tcp: Tcp | undefined) {
    this.#socket = socket;
    this.#outlet = new SocketOutlet(socket, MESSAGES, tcp);
    this.#outlet.onRoom = () => this.#giveTurns();
  }

  /** Whether a picture is on its way that the connection has not taken whole. */
  get busy(): boolean {
    return this.#outlet.busy;
  }

  /**
   * Begins. To be called once, when the connection is ours.
   * @param isOpen asked before each picture whether it may still be sent
   */
  open(isOpen: () => boolean): void {
    this.#outlet.open("", isOpen);
  }

  /** Adds a stream. */
  add(lane: TurnTaker): void {
    this.#lanes.add(lane);
  }

  /** Takes it out. */
  remove(lane: TurnTaker): void {
    this.#lanes.delete(lane);
  }

  /** Sends a picture of a stream, which then has its next turn behind all others. Only while not {@link busy}. */
  send(lane: TurnTaker, bytes: FrameBytes): void {
    if (this.#lanes.delete(lane)) this.#lanes.add(lane);
    this.#outlet.sendBytes(bytes);
  }

  /** What the kernel knows of the connection; undefined where it cannot be asked. */
  state(): TcpState | undefined {
    return this.#outlet.state();
  }

  /** How many bytes the client has taken, as far as can be told. Tells whether it takes any, no more. */
  takenBytes(state: TcpState | undefined): number {
    return state?.acknowledgedBytes ?? this.#outlet.bytes - unwrittenBytesOf(this.#socket);
  }

  #giveTurns(): void {
    // A copy: who is served goes to the end, where it would be met again.
    for (const lane of [...this.#lanes]) {
      if (this.busy) return;
      lane.takeTurn();
    }
  }
}
