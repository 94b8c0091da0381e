import { encodeAcknowledgements } from "../../../src/wire/live-message.ts";
import type { ViewStatus } from "../view-types.ts";
import type { Lane } from "./lane.ts";
import type { LinkState, Tell, Wish } from "./messages.ts";
import { readPicture } from "./picture-message.ts";
import { readStatus, statusOf } from "./read-status.ts";
import { ServerClock } from "./server-clock.ts";

const FIRST_RETRY_MS = 500;
const SLOWEST_RETRY_MS = 10_000;
/** So often in vain before it is taken for one that cannot be had. */
const MOST_VAIN = 2;
/** A connection that lives so long was a good one: the next failure is the first again. */
const GOOD_MS = 5_000;
/** So long may nothing come where something should, before the connection is taken for dead. */
const SILENT_MS = 8_000;
/** After a refusal, or the end of a stream: a place may become free, a stream may come back. */
const ASK_AGAIN_MS = 10_000;
const LANE_IDS = 65_536;
/** How a server closes that wants a key, or another one. */
const KEY_NEEDED = 4401;

/** The one connection to a server with a key, for all lanes that want something from there. */
export class Link {
  readonly #url: string;
  readonly #tell: Tell;
  readonly #clock = new ServerClock();
  readonly #lanes = new Map<number, Lane>();
  readonly #live = new Set<Lane>();
  /** Lanes that nothing comes for any more, and when they are asked for again. */
  readonly #over = new Map<Lane, number>();
  #socket: WebSocket | undefined;
  #state: LinkState = "connecting";
  /** Whether the server ever said something: some proxies let a WebSocket be opened, and nothing through. */
  #isProven = false;
  #failures = 0;
  #openedAt = 0;
  #heardAt = 0;
  #nextId = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(url: string, tell: Tell) {
    this.#url = url;
    this.#tell = tell;
    this.#connect();
  }

  /** Whether nobody wants anything from it. */
  get isIdle(): boolean {
    return this.#lanes.size === 0;
  }

  /** Shows the lane's wish, which may be another one than before. */
  watch(lane: Lane, wish: Wish, isSameStream: boolean): void {
    // Pictures of another stream that are on their way must not be taken for this one's.
    if (this.#lanes.get(lane.id) === lane && !isSameStream) this.unwatch(lane);
    if (this.#lanes.get(lane.id) !== lane) {
      while (this.#lanes.has(this.#nextId)) this.#nextId = (this.#nextId + 1) % LANE_IDS;
      lane.id = this.#nextId;
      this.#nextId = (this.#nextId + 1) % LANE_IDS;
      this.#lanes.set(lane.id, lane);
    }
    this.#tell({ type: "link", view: lane.view, state: this.#state });
    this.#ask(lane, wish);
  }

  /** Wants nothing more for this lane. */
  unwatch(lane: Lane): void {
    if (this.#lanes.get(lane.id) !== lane) return;
    this.#lanes.delete(lane.id);
    this.#live.delete(lane);
    this.#over.delete(lane);
    this.#send({ type: "unwatch", id: lane.id });
    lane.id = -1;
  }

  /** Does now what it waits for. A connection that has been silent for long is not trusted. */
  wake(): void {
    if (this.#socket === undefined) this.#connect();
    else this.check(SILENT_MS / 4);
  }

  /** Ends the connection and makes a new one. */
  reconnect(): void {
    this.close();
    this.#failures = 0;
    this.#connect();
  }

  /** Looks whether what should come still comes: a network that is gone does not say so. */
  check(silentMs: number = SILENT_MS): void {
    const shouldCome = this.#isProven ? this.#live.size > 0 : this.#lanes.size > 0;
    if (this.#socket?.readyState !== WebSocket.OPEN || !shouldCome) return;
    if (performance.now() - this.#heardAt > silentMs) this.#lost();
  }

  /** Asks again for what was refused a while ago. */
  askAgain(): void {
    for (const [lane, at] of this.#over)
      if (lane.wish !== null && performance.now() > at) this.#ask(lane, lane.wish);
  }

  /** Ends the connection. */
  close(): void {
    clearTimeout(this.#retry);
    const socket = this.#socket;
    this.#socket = undefined;
    this.#live.clear();
    socket?.close();
  }

  #connect(): void {
    clearTimeout(this.#retry);
    let socket: WebSocket;
    try {
      socket = new WebSocket(this.#url);
    } catch {
      // Forbidden where the page came by https and the server has none; Firefox throws, others call onclose.
      this.#lost();
      return;
    }
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.#openedAt = this.#heardAt = performance.now();
      for (const lane of this.#lanes.values()) {
        if (lane.wish !== null) this.#ask(lane, lane.wish);
      }
    };
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (this.#socket === socket) this.#take(data);
    };
    socket.onclose = ({ code, reason }) => {
      if (this.#socket !== socket) return;
      if (code === KEY_NEEDED) this.#refused(reason);
      else this.#lost();
    };
  }

  /** The server wants another key: neither a quick new try nor another way to the pictures would help. */
  #refused(reason: string): void {
    this.close();
    this.#become("open");
    const status = statusOf({ type: "refused", code: "ERR_KEY_NEEDED", error: reason });
    if (status !== undefined)
      for (const { view } of this.#lanes.values()) this.#tell({ type: "status", view, status });
    this.#retry = setTimeout(() => this.#connect(), ASK_AGAIN_MS);
  }

  #lost(): void {
    const livedMs = this.#openedAt === 0 ? 0 : performance.now() - this.#openedAt;
    this.#failures = this.#isProven && livedMs > GOOD_MS ? 1 : this.#failures + 1;
    this.#openedAt = 0;
    this.close();
    const isVain = !this.#isProven && this.#failures >= MOST_VAIN;
    this.#become(isVain ? "unavailable" : "lost");
    const delayMs = Math.min(FIRST_RETRY_MS * 2 ** (this.#failures - 1), SLOWEST_RETRY_MS);
    // Not all pages at once when a server is back.
    this.#retry = setTimeout(() => this.#connect(), delayMs * (0.75 + Math.random() / 2));
  }

  #take(data: unknown): void {
    this.#heardAt = performance.now();
    this.#isProven = true;
    this.#become("open");
    if (typeof data === "string") this.#takeStatus(data);
    else if (data instanceof ArrayBuffer) this.#takePicture(data);
  }

  #takeStatus(text: string): void {
    const told = readStatus(text);
    const lane = told && this.#lanes.get(told.id);
    if (told === undefined || lane === undefined) return;
    if (isLively(told.status)) this.#live.add(lane);
    else this.#live.delete(lane);
    if (told.isOver) this.#over.set(lane, performance.now() + ASK_AGAIN_MS);
    this.#tell({ type: "status", view: lane.view, status: told.status });
  }

  #takePicture(data: ArrayBuffer): void {
    const socket = this.#socket;
    const picture = readPicture(data);
    if (picture === undefined) return;
    this.#clock.learn(picture.sentAt);
    const { id, sequence } = picture;
    this.#lanes.get(id)?.take(picture, this.#clock, () => {
      if (socket?.readyState === WebSocket.OPEN) socket.send(encodeAcknowledgements([{ id, sequence }]));
    });
  }

  #become(state: LinkState): void {
    if (state === this.#state) return;
    this.#state = state;
    for (const { view } of this.#lanes.values()) this.#tell({ type: "link", view, state });
  }

  #ask(lane: Lane, { stream, query }: Wish): void {
    this.#over.delete(lane);
    this.#send({ type: "watch", id: lane.id, stream, query });
  }

  #send(message: object): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }
}

/** Whether pictures should come often enough that their absence means something. */
function isLively({ state, fps }: ViewStatus): boolean {
  return state === "live" && fps !== null && fps >= 1;
}
