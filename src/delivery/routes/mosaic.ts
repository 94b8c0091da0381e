import { once } from "node:events";
import { integer, number } from "../../core/read-variant.ts";
import { asked, HttpError } from "../answers.ts";
import { someOf } from "../choose-show.ts";
import type { MosaicWish } from "../mosaics.ts";
import type { RequestContext, Route, ShowHandler } from "../route.ts";
import { live } from "./live.ts";
import { snapshot } from "./snapshot.ts";

/** Most streams in a mosaic. */
const MOST_STREAMS = 36;
const DEFAULT_WIDTH = 1_280;
const DEFAULT_FPS = 10;
const DEFAULT_QUALITY = 80;
/** What the handlers of streams are told; all else, such as the width, is the mosaic's own. */
const LIVE_PARAMETERS = ["layout", "raw", "viewer", "duration", "frames"] as const;
const SNAPSHOT_PARAMETERS = ["wait"] as const;
/** What a mosaic cannot promise: each of its pictures has an age of its own. */
const OF_ONE_STREAM = ["max_age", "after", "warmup"] as const;
/** Who waits holds one of few places. */
export const LONGEST_MOSAIC_WAIT_MS = 5_000;
/** What may be asked of a mosaic besides its streams. */
export const MOSAIC_PARAMETERS: readonly string[] = [
  ...["columns", "width", "fps", "quality"],
  ...LIVE_PARAMETERS,
  ...SNAPSHOT_PARAMETERS,
];

/** Several streams in one picture, live and as a snapshot. */
export const mosaicRoutes: readonly Route[] = [
  {
    path: /^\/mosaic\.mjpeg$/,
    handle: (context) => withMosaic(readMosaicWish(context), narrowed(context, LIVE_PARAMETERS), live),
  },
  {
    path: /^\/mosaic\.jpg$/,
    handle(context) {
      assertSnapshotWish(context.query);
      // One picture has no rate of its own: it is shared with those who watch at the default one.
      const wish = { ...readMosaicWish(context), fps: DEFAULT_FPS };
      return withMosaic(wish, narrowed(context, SNAPSHOT_PARAMETERS), snapshot);
    },
  },
];

/** Holds the mosaic until it is answered: a viewer of it then holds it itself. */
async function withMosaic(wish: MosaicWish, context: RequestContext, handler: ShowHandler): Promise<void> {
  const { res, mosaics } = context;
  // Requests that came in one packet: those whose turn is later, or never, hold no places.
  if (res.socket === null) await once(res, "socket");
  const lease = await mosaics.get(wish);
  try {
    await handler(context, lease.show);
  } finally {
    lease.release();
  }
}

function assertSnapshotWish(query: URLSearchParams): void {
  asked(() => integer(query, "wait", 0, LONGEST_MOSAIC_WAIT_MS, "milliseconds"));
  const name = OF_ONE_STREAM.find((each) => query.has(each));
  if (name === undefined) return;
  throw new HttpError(
    400,
    "ERR_OPTION_INVALID",
    `a mosaic has no parameter ${name}: it shows the newest picture of each stream; ask for snapshot.jpg of one stream instead`,
  );
}

function narrowed(context: RequestContext, names: readonly string[]): RequestContext {
  const kept = [...context.query].filter(([name]) => names.includes(name));
  return { ...context, query: new URLSearchParams(kept) };
}

function readMosaicWish({ query, shows }: RequestContext): MosaicWish {
  return {
    streams: readStreams(
      query.get("streams"),
      Array.from(shows.values(), ({ name }) => name),
    ),
    columns: asked(() => integer(query, "columns", 1, 6, "cells side by side")),
    width: asked(() => integer(query, "width", 160, 3_840, "pixels")) ?? DEFAULT_WIDTH,
    fps: asked(() => number(query, "fps", 0.1, 30, "pictures a second")) ?? DEFAULT_FPS,
    quality: asked(() => integer(query, "quality", 1, 100, "JPEG quality")) ?? DEFAULT_QUALITY,
  };
}

function readStreams(text: string | null, there: readonly string[]): readonly string[] | undefined {
  if (text === null) return undefined;
  const names = text.split(",");
  if (names.length > MOST_STREAMS || text === "") {
    const got = text === "" ? "none" : names.length;
    throw new HttpError(
      400,
      "ERR_OPTION_INVALID",
      `the parameter streams must be 1 to ${MOST_STREAMS} names of streams, separated by commas, got ${got}`,
    );
  }
  const unknown = names.find((name) => !there.includes(name));
  if (unknown === undefined) return names;
  throw new HttpError(
    404,
    "ERR_NOT_FOUND",
    `there is no stream ${JSON.stringify(unknown.slice(0, 64))} for the mosaic (there are: ${someOf(there)})`,
  );
}
