import type { MjpegError } from "../core/errors.ts";
import type { Frame } from "../core/frame.ts";
import type { Variant } from "../core/variant.ts";
import type { StreamState, StreamStatus } from "../wire/api-types.ts";
import type { Audience } from "./audience.ts";
import type { Tally } from "./tally.ts";

/** Live pictures that can be watched: those of a stream as they are, or a variant of them. */
export interface View {
  /** Its viewers. */
  readonly audience: Audience;
  /** Wishes for live pictures. Returns the function that takes the wish back. */
  watch(): () => void;
}

/** Which picture of a stream is wanted. */
export interface SnapshotWish {
  /** How it is to be changed. */
  readonly variant: Variant;
  /** How old it may be when it is given, in milliseconds; any age of a live stream where it is undefined. */
  readonly maxAgeMs?: number | undefined;
  /** Captured later than then, in milliseconds since the epoch. */
  readonly capturedAfter?: number | undefined;
  /** How long to wait for such a picture, in milliseconds. */
  readonly waitMs: number;
  /** How many first pictures of a source just started are passed over, as cameras give dark ones; 0 for none. */
  readonly warmup: number;
}

/** What delivery needs of a live stream; the app implements it. */
export interface Show extends View {
  /** The name in its addresses. */
  readonly name: string;
  /** The state in its status, which may be asked with every picture. */
  readonly state: StreamState;
  /** Counts its viewers, whichever variant they watch. */
  readonly tally: Tally;
  /**
   * The stream in that variant; the stream itself where nothing is changed. The same for everybody who asks for the same,
   * as long as somebody watches it.
   * @throws MjpegError `ERR_TOO_MANY_VARIANTS`
   */
  as(variant: Variant): View;
  /**
   * The newest picture that is as wished, or the next one, for which the source is started.
   * @throws MjpegError with the reason when there is none, `ERR_SOURCE_SILENT` when none came in time.
   */
  snapshot(wish: SnapshotWish, signal: AbortSignal): Promise<Frame>;
  /** A JPEG that says why there is no snapshot, of the size that the variant would have; absent where none is painted. */
  placeholder?(reason: MjpegError, variant: Variant): Promise<Uint8Array>;
  /** What it is doing, for the API. */
  status(): StreamStatus;
}

/** The live streams that a server shows, in the order they were added. */
export interface Shows {
  /** The stream of that name. */
  get(name: string): Show | undefined;
  /** All of them; the first is the one that addresses without a name speak of. */
  values(): Iterable<Show>;
}
