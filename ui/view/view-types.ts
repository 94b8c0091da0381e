/** What a view shows of its stream, in one word. `connecting` and `refused` are the view's own; the rest tells the server. */
export type ViewState =
  /** The server is not reached, not yet or not any more; tried again without end. */
  | "connecting"
  /** The server does not let the stream be seen here: no such name, no key, too many viewers. */
  | "refused"
  /** Nobody watches, the source is closed. */
  | "idle"
  /** The source is opened, the first picture has not come yet. */
  | "starting"
  /** Pictures come. */
  | "live"
  /** The source failed and is tried again. */
  | "down"
  /** The source failed in a way that trying again cannot mend. */
  | "failed"
  /** The source had no more pictures, or the stream was ended on purpose. */
  | "ended";

/** What is known of the stream. */
export interface ViewStatus {
  /** What it is doing. */
  readonly state: ViewState;
  /** Why it is not live, as a sentence for people; null where there is nothing to say. */
  readonly reason: string | null;
  /** The stable code of that reason, as in docs/errors.md; null without one. */
  readonly code: string | null;
  /** Since when it is in this state: milliseconds since the epoch; by the server's clock, where it told. */
  readonly since: number;
  /** Pixels across of the stream's newest picture at the server; null before the first. */
  readonly width: number | null;
  /** Pixels down of it. */
  readonly height: number | null;
  /** Pictures a second from the source when this was told; null where it was not. */
  readonly fps: number | null;
}

/**
 * How the pictures come: over the WebSocket that all views share, as a stream in an `<img>`, or one by one.
 */
export type ViewMode = "socket" | "image" | "snapshots";

/** What is measured of the view's own pictures, once a second. */
export interface ViewFigures {
  /** Pictures drawn a second; in the mode `image`, where they cannot be counted, those of the source, null if unknown. */
  readonly fps: number | null;
  /**
   * How old the picture was that was drawn last, when it was drawn, in milliseconds; null where it is not known. The
   * server's clock is estimated from the quickest picture of the last half minute, so what that one took on its way (half a
   * round trip, mostly) is missing in it.
   */
  readonly ageMs: number | null;
  /** Pictures skipped on the way and here since the view began to watch; null where they cannot be counted. */
  readonly drops: number | null;
  /** Pixels across of the pictures as they come. */
  readonly width: number;
  /** Pixels down of them. */
  readonly height: number;
  /** How they come. */
  readonly mode: ViewMode;
}
