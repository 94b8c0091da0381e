import type { Frame } from "../core/frame.ts";
import type { StreamStatus } from "../wire/api-types.ts";
import type { Audience } from "./audience.ts";

/** What delivery needs of a live stream; the app implements it. */
export interface Show {
  /** The name in its addresses. */
  readonly name: string;
  /** Its viewers. */
  readonly audience: Audience;
  /** Wishes for live pictures. Returns the function that takes the wish back. */
  watch(): () => void;
  /**
   * The newest picture, or the next one of a source that has to be started for it.
   * @throws MjpegError with the reason when there is none, `ERR_SOURCE_SILENT` after five seconds.
   */
  snapshot(signal: AbortSignal): Promise<Frame>;
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
