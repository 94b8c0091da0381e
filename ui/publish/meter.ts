/** What is sent, over the last seconds. */
export interface Sending {
  /** Pictures a second. */
  readonly fps: number;
  /** Bytes of a picture, on average; 0 before the first. */
  readonly pictureBytes: number;
  /** Kilobits a second. */
  readonly kilobits: number;
  /** Pictures left out since the start because a newer one came before the server had the last. */
  readonly drops: number;
  /** What holds pictures back, if anything does: the way to the server, or this device's own speed. */
  readonly slow: "no" | "uplink" | "device";
}

interface Sent {
  readonly at: number;
  readonly bytes: number;
  readonly encodeMs: number;
  readonly answerMs: number;
}

const WINDOW_MS = 3000;
/** Many readings jump with every picture at 1 fps; two pictures make a rate. */
const LEAST_WINDOW_MS = 1000;
/** From this share of dropped pictures on, it is said that the connection is slow. */
const SLOW_SHARE = 0.25;

/** Counts pictures as they go out. Times are in ms on any clock. */
export class Meter {
  #sent: Sent[] = [];
  #dropTimes: number[] = [];
  #drops = 0;
  #total = 0;
  #since = 0;

  /** Forgets everything. */
  reset(at: number): void {
    this.#sent = [];
    this.#dropTimes = [];
    this.#drops = 0;
    this.#total = 0;
    this.#since = at;
  }

  /** Pictures sent since the start. */
  get total(): number {
    return this.#total;
  }

  /** One picture was taken by the server. */
  sent(sent: Sent): void {
    this.#total += 1;
    this.#sent.push(sent);
  }

  /** One picture was left out. */
  dropped(at: number): void {
    this.#drops += 1;
    this.#dropTimes.push(at);
  }

  /** The figures now. */
  read(at: number): Sending {
    this.#sent = this.#sent.filter((sent) => at - sent.at <= WINDOW_MS);
    this.#dropTimes = this.#dropTimes.filter((time) => at - time <= WINDOW_MS);
    const seconds = Math.min(Math.max(at - this.#since, LEAST_WINDOW_MS), WINDOW_MS) / 1000;
    const sum = (of: (sent: Sent) => number): number =>
      this.#sent.reduce((total, sent) => total + of(sent), 0);
    const bytes = sum((sent) => sent.bytes);
    const share = this.#dropTimes.length / (this.#dropTimes.length + this.#sent.length || 1);
    const isDevice = sum((sent) => sent.encodeMs) > sum((sent) => sent.answerMs);
    return {
      fps: this.#sent.length / seconds,
      pictureBytes: bytes / (this.#sent.length || 1),
      kilobits: (bytes * 8) / 1000 / seconds,
      drops: this.#drops,
      slow: share < SLOW_SHARE ? "no" : isDevice ? "device" : "uplink",
    };
  }
}
