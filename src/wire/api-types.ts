/**
 * What a live stream is doing.
 *
 * - `idle`: nobody watches, the source is closed;
 * - `starting`: somebody watches, the first picture has not come yet;
 * - `live`: pictures come;
 * - `down`: the source failed and is tried again; `reason` says why;
 * - `failed`: the source failed in a way that trying again cannot mend (wrong password, unknown scheme); `reason` says why;
 * - `ended`: the source had no more pictures.
 */
export type StreamState = "idle" | "starting" | "live" | "down" | "failed" | "ended";

/** One live stream in the answer of `GET /api/streams`, which is a list of them. */
export interface StreamStatus {
  /** Name in the addresses `/streams/NAME/…`. */
  readonly name: string;
  /** Where its pictures come from, without credentials. */
  readonly source: string;
  /** What it is doing. */
  readonly state: StreamState;
  /** Why it is `down` or `failed`, as a sentence for people; null otherwise. */
  readonly reason: string | null;
  /** The stable code of that reason, as in docs/errors.md; null otherwise. */
  readonly code: string | null;
  /** Since when it is in this state: milliseconds since the Unix epoch. */
  readonly since: number;
  /** Pixels across of the newest picture; null before the first. */
  readonly width: number | null;
  /** Pixels down of the newest picture; null before the first. */
  readonly height: number | null;
  /** Pictures a second from the source, measured over the last two seconds. */
  readonly fps: number;
  /** How old the newest picture is now, in milliseconds; null before the first, also of one that slept. */
  readonly ageMs: number | null;
  /** How many clients watch now. */
  readonly viewers: number;
  /** Pictures from the source since the stream was made. */
  readonly frames: number;
  /** Pictures that viewers skipped because a newer one came, all viewers together, past ones included. */
  readonly drops: number;
  /** Pictures lost before Kinora had them: dropped by a driver, torn on the way. */
  readonly sourceDrops: number;
  /** The last few lines the source told (the negotiated size, a file that was passed over), newest last. */
  readonly notes: readonly string[];
}

/** One client watching a stream, in the answer of `GET /api/viewers`, which is a list of them. */
export interface ViewerStatus {
  /** Names the viewer in `DELETE /api/viewers/ID`: short and random, never given again. */
  readonly id: string;
  /** The name of the stream it watches. */
  readonly stream: string;
  /**
   * How the pictures it is shown now are changed, as parameters of an address, such as `width=640&quality=60`; empty
   * where they are not. Of an adaptive viewer this is where it stands on its ladder.
   */
  readonly variant: string;
  /** Its IP address; behind a trusted proxy the one that the proxy tells. */
  readonly address: string;
  /** What it calls itself, as it sent it, at most 300 characters; empty where it does not say. */
  readonly userAgent: string;
  /** When it came: milliseconds since the Unix epoch. */
  readonly since: number;
  /** Frames handed to its connection. */
  readonly frames: number;
  /** Frames it never got because its connection was too slow. */
  readonly drops: number;
  /** Bytes handed to its connection. */
  readonly bytes: number;
  /** Frames a second handed over, measured over the last second. */
  readonly fps: number;
  /** How old its newest frame was when it was handed over, in milliseconds; null before the first. */
  readonly ageMs: number | null;
  /** Bytes that the kernel has not sent yet, asked once a second; null where it cannot be asked. */
  readonly unsentBytes: number | null;
  /** Bytes sent that its side has not confirmed yet, asked once a second; null where the kernel cannot be asked. */
  readonly unacknowledgedBytes: number | null;
  /** The smoothed round trip time in milliseconds, asked once a second; null where the kernel cannot be asked. */
  readonly roundTripMs: number | null;
}

/** The body of an error answer. */
export interface ApiError {
  /** Stable code, as in docs/errors.md. */
  readonly code: string;
  /** A sentence for people: what was asked, what went wrong, what to do. */
  readonly error: string;
}
