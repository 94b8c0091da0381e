import type { Frame } from "../../core/frame.ts";
import type { TcpState } from "../../system/tcp.ts";
import { encodeLiveHead, LIVE_HEAD_BYTES, MOST_UNACKNOWLEDGED } from "../../wire/live-message.ts";
import { messageHeader } from "../../wire/message-encoder.ts";
import type { Outlet } from "../outlet.ts";
import { FrameBytes } from "../frame-bytes.ts";
import type { Line, TurnTaker } from "./line.ts";

/** What becomes of a lane. */
export interface LaneEvents {
  /** A picture is about to go. */
  readonly sending: () => void;
  /** It is over: its stream ended, or its viewer was. */
  readonly over: () => void;
  /** The client takes nothing any more. */
  readonly lost: () => void;
}

/** A picture that the client has not acknowledged. */
interface OnItsWay {
  readonly sequence: number;
  readonly bytes: number;
}

/**
 * The way of one stream to a client that watches several over one connection. Pictures go when the connection has room and
 * fewer than two are unacknowledged: what waits in buffers on the way, the client's own included, stays that short.
 */
export class Lane implements Outlet, TurnTaker {
  onRoom: () => void = () => undefined;
  readonly repeats = false;

  readonly #id: number;
  readonly #line: Line;
  readonly #events: LaneEvents;
  #unacknowledged: readonly OnItsWay[] = [];
  #acknowledged = 0;
  #last: Frame | undefined;
  #bytes = 0;
  #taken: number | undefined;
  #isOver = false;

  /** @param id the number that the client gave the stream */
  constructor(id: number, line: Line, events: LaneEvents) {
    this.#id = id;
    this.#line = line;
    this.#events = events;
    line.add(this);
  }

  get busy(): boolean {
    return this.#waitsForClient || this.#line.busy;
  }

  get bytes(): number {
    return this.#bytes;
  }

  send(frame: Frame): void {
    if (this.#isOver) return;
    this.#events.sending();
    const { jpeg, capturedAt } = frame;
    const sequence = frame.sequence >>> 0;
    const head = encodeLiveHead({ id: this.#id, sequence, capturedAt, sentAt: Date.now() });
    const bytes = new FrameBytes([messageHeader(LIVE_HEAD_BYTES + jpeg.length), head, jpeg]);
    this.#last = frame;
    this.#bytes += bytes.length;
    this.#unacknowledged = [...this.#unacknowledged, { sequence, bytes: bytes.length }];
    this.#line.send(this, bytes);
  }

  /** The client has drawn that picture, or dropped it. */
  acknowledge(sequence: number): void {
    const at = this.#unacknowledged.findIndex((picture) => picture.sequence === sequence);
    if (at === -1) return;
    this.#unacknowledged = this.#unacknowledged.toSpliced(at, 1);
    this.#acknowledged++;
    if (!this.#line.busy) this.takeTurn();
  }

  takeTurn(): void {
    if (!this.#waitsForClient && !this.#isOver) this.onRoom();
  }

  end(last: Frame | undefined): void {
    if (last !== undefined && last !== this.#last) this.send(last);
    this.cut();
  }

  cut(): void {
    if (this.#isOver) return;
    this.close();
    this.#events.over();
  }

  giveUp(): void {
    this.#events.lost();
  }

  /** Takes it off the connection, and tells nobody. */
  close(): void {
    this.#isOver = true;
    this.#line.remove(this);
  }

  /** Of the connection; but what the client has received and not drawn yet is not confirmed. */
  state(): TcpState | undefined {
    const state = this.#line.state();
    const onTheirWay = this.#unacknowledged.reduce((sum, { bytes }) => sum + bytes, 0);
    return state && { ...state, unacknowledgedBytes: Math.max(state.unacknowledgedBytes, onTheirWay) };
  }

  /** What other streams' bytes do on the connection is no sign of a client that acknowledges nothing of this one. */
  tookSome(state: TcpState | undefined): boolean {
    const taken = this.#waitsForClient ? this.#acknowledged : this.#line.takenBytes(state);
    const before = this.#taken;
    this.#taken = taken;
    return taken !== before;
  }

  get #waitsForClient(): boolean {
    return this.#unacknowledged.length >= MOST_UNACKNOWLEDGED;
  }
}
