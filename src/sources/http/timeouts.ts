/** How long a camera may take. All in milliseconds. */
export interface Timeouts {
  /** For the name, the connection and the TLS handshake together. */
  readonly connectMs: number;
  /** From the request to the end of the answer's head. */
  readonly headMs: number;
  /** Without a single byte. */
  readonly idleMs: number;
  /** With bytes, but without a picture becoming complete: a camera that drips bytes is not silent, yet shows nothing. */
  readonly pictureMs: number;
}

/** What cameras get; tests pass shorter ones. */
export const TIMEOUTS: Timeouts = {
  connectMs: 5_000,
  headMs: 10_000,
  idleMs: 10_000,
  pictureMs: 30_000,
};
