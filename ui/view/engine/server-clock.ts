/** So long the quickest picture counts: clocks drift, and links get slower. */
const SPAN_MS = 30_000;

/**
 * What the time is at the server, from when it sent pictures. The least difference between sent and received is the
 * offset of the clocks and the shortest way; what that way takes cannot be told apart from the offset.
 */
export class ServerClock {
  #before = Infinity;
  #least = Infinity;
  #from = 0;

  /** Learns from a message that was sent at that time of the server. */
  learn(sentAt: number): void {
    const now = Date.now();
    if (Math.abs(now - this.#from) > SPAN_MS) {
      this.#before = this.#least;
      this.#least = Infinity;
      this.#from = now;
    }
    this.#least = Math.min(this.#least, now - sentAt);
  }

  /** Milliseconds since the epoch by the server's clock, the shortest way behind it. */
  now(): number {
    return Date.now() - Math.min(this.#before, this.#least);
  }
}
