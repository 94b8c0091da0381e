import type { Ack } from "./link.ts";
import type { Meter } from "./meter.ts";

/** Takes a picture as it is now; null when there is none. */
export type Take = () => Promise<ArrayBuffer | null>;
/** Hands a picture to the server; null when it did not arrive. */
export type Send = (jpeg: ArrayBuffer) => Promise<Ack | null>;

/**
 * One picture at a time: the next one is taken only when the server has the last. What the camera shows meanwhile is not
 * kept: the newest wins.
 */
export class Sender {
  readonly #take: Take;
  readonly #send: Send;
  readonly #meter: Meter;
  readonly #onAck: (ack: Ack) => void;
  #isBusy = false;
  #isWaiting = false;

  constructor(take: Take, send: Send, meter: Meter, onAck: (ack: Ack) => void) {
    this.#take = take;
    this.#send = send;
    this.#meter = meter;
    this.#onAck = onAck;
  }

  /** There is a new picture to take. */
  offer(): void {
    if (!this.#isBusy) {
      void this.#run();
      return;
    }
    if (this.#isWaiting) this.#meter.dropped(performance.now());
    this.#isWaiting = true;
  }

  async #run(): Promise<void> {
    this.#isBusy = true;
    let goesOn = await this.#one();
    while (goesOn && this.#isWaiting) {
      this.#isWaiting = false;
      goesOn = await this.#one();
    }
    this.#isWaiting = false;
    this.#isBusy = false;
  }

  /** Resolves with whether the server has it. */
  async #one(): Promise<boolean> {
    const before = performance.now();
    const jpeg = await this.#take();
    if (jpeg === null) return false;
    const bytes = jpeg.byteLength;
    const encoded = performance.now();
    const ack = await this.#send(jpeg);
    if (ack === null) return false;
    const at = performance.now();
    this.#meter.sent({ at, bytes, encodeMs: encoded - before, answerMs: at - encoded });
    this.#onAck(ack);
    return true;
  }
}
