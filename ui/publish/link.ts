import { publishAddress } from "./address.ts";
import { isRefusal, type Refusal } from "./refusal.ts";

/** How the connection to the server is. */
export type LinkState =
  | { readonly kind: "closed" | "connecting" | "open" }
  /** Lost; tried again at `retryAt`, in ms since the epoch. */
  | { readonly kind: "waiting"; readonly retryAt: number; readonly why: string }
  /** Trying again cannot help. */
  | { readonly kind: "refused"; readonly refusal: Refusal };

/** What the server says to a picture. */
export interface Ack {
  /** How many watch the stream. */
  readonly viewers: number;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
const HANDSHAKE_MS = 10_000;
/** Nothing of a picture has moved for so long: the network is gone, which no browser says by itself. */
const STUCK_MS = 20_000;
/** For so long a server may still hold a dead connection of ours; then whoever publishes is somebody else. */
const OWN_MS = 60_000;
/** From here on it is no accident. */
const MANY_FAILURES = 3;

/** The WebSocket that pictures go through, opened again whenever it is lost. */
export class Link {
  readonly #onState: (state: LinkState) => void;
  #state: LinkState = { kind: "closed" };
  #name = "";
  #takeover = false;
  #socket: WebSocket | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #lastWordAt = -Infinity;
  #settle: ((ack: Ack | null) => void) | undefined;

  constructor(onState: (state: LinkState) => void) {
    this.#onState = onState;
    // The network or the person is back: no reason to wait.
    addEventListener("online", () => this.#retryNow());
    document.addEventListener("visibilitychange", () => document.hidden || this.#retryNow());
  }

  get state(): LinkState {
    return this.#state;
  }

  /** Connects. `takeover` ends whoever else publishes that stream. */
  open(name: string, takeover: boolean): void {
    this.#drop();
    this.#name = name;
    this.#takeover = takeover;
    this.#failures = 0;
    this.#lastWordAt = -Infinity;
    this.#connect();
  }

  /** Leaves the stream. */
  close(): void {
    this.#drop();
    this.#set({ kind: "closed" });
  }

  /** Sends one picture; resolves with the server's answer, or with null when the connection was lost before. */
  send(jpeg: ArrayBuffer): Promise<Ack | null> {
    const socket = this.#socket;
    if (socket === undefined || this.#state.kind !== "open") return Promise.resolve(null);
    socket.send(jpeg);
    this.#watchProgress(socket, socket.bufferedAmount);
    return new Promise((settle) => (this.#settle = settle));
  }

  #connect(): void {
    // An earlier connection of this page may be dead without the server knowing: its place is ours.
    const takeover = this.#takeover || Date.now() - this.#lastWordAt < OWN_MS;
    const address = publishAddress(this.#name, takeover);
    const hadKey = address.searchParams.has("key");
    const socket = new WebSocket(address);
    this.#socket = socket;
    this.#set({ kind: "connecting" });
    this.#after(HANDSHAKE_MS, () => this.#lost("Kinora does not answer."));
    socket.addEventListener("message", ({ data }) => {
      if (socket === this.#socket) this.#hear(data);
    });
    socket.addEventListener("close", ({ code, reason }) => {
      if (socket !== this.#socket) return;
      if (isRefusal(code)) {
        this.#drop();
        this.#set({ kind: "refused", refusal: { code, reason, tookOver: takeover, hadKey } });
      } else this.#lost(reason === "" ? this.#guess() : reason);
    });
  }

  #hear(data: unknown): void {
    const message: unknown = typeof data === "string" ? JSON.parse(data) : null;
    if (typeof message !== "object" || message === null || !("type" in message)) return;
    this.#lastWordAt = Date.now();
    if (message.type === "ready") {
      clearTimeout(this.#timer);
      this.#takeover = false;
      this.#set({ kind: "open" });
    } else if (message.type === "ack") {
      clearTimeout(this.#timer);
      this.#failures = 0;
      this.#answer({ viewers: "viewers" in message ? Number(message.viewers) : 0 });
    }
  }

  #lost(why: string): void {
    this.#drop();
    this.#failures += 1;
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (this.#failures - 1), LONGEST_PAUSE_MS);
    this.#after(pauseMs, () => this.#connect());
    this.#set({ kind: "waiting", retryAt: Date.now() + pauseMs, why });
  }

  #guess(): string {
    if (this.#state.kind === "open") return "The connection to Kinora was lost.";
    if (this.#failures < MANY_FAILURES) return "Kinora does not answer.";
    return "Kinora does not answer. A proxy in between has to let WebSockets through.";
  }

  /** A slow uplink is not a dead one: as long as some of the picture leaves this device, it is waited for. */
  #watchProgress(socket: WebSocket, unsentBytes: number): void {
    this.#after(STUCK_MS, () => {
      if (socket.bufferedAmount < unsentBytes) this.#watchProgress(socket, socket.bufferedAmount);
      else this.#lost("Kinora does not answer any more.");
    });
  }

  #retryNow(): void {
    if (this.#state.kind !== "waiting") return;
    clearTimeout(this.#timer);
    this.#connect();
  }

  #drop(): void {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
    this.#answer(null);
  }

  #answer(ack: Ack | null): void {
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.(ack);
  }

  #after(ms: number, then: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(then, ms);
  }

  #set(state: LinkState): void {
    this.#state = state;
    this.#onState(state);
  }
}
