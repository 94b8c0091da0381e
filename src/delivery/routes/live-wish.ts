import { integer, number, readVariant } from "../../core/read-variant.ts";
import type { Variant } from "../../core/variant.ts";
import { readManner, type Manner } from "../adapt/manner.ts";
import { asked } from "../answers.ts";
import { viewerKey } from "./viewer-key.ts";

/** What a viewer asks of a live stream, in the parameters of its address. */
export interface LiveWish {
  /** How the pictures are to be changed. */
  readonly variant: Variant;
  /** What is kept longest where the line is slow; undefined where the pictures are not to be adapted to it. */
  readonly manner: Manner | undefined;
  /** What the client names its viewer by. */
  readonly viewerKey: string | undefined;
  /** After how many pictures the stream is to end. */
  readonly frames: number | undefined;
  /** After how many seconds it is to end. */
  readonly seconds: number | undefined;
}

/**
 * Reads it from the query.
 * @throws HttpError 400, naming the parameter, its range and the value.
 */
export function readLiveWish(query: URLSearchParams): LiveWish {
  return {
    variant: asked(() => readVariant(query)),
    manner: asked(() => readManner(query)),
    viewerKey: viewerKey(query),
    frames: asked(() => integer(query, "frames", 1, 1_000_000_000, "pictures")),
    seconds: asked(() => number(query, "duration", 0.1, 2_000_000, "seconds")),
  };
}
