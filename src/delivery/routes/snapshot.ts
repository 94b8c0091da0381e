import { MjpegError } from "../../core/errors.ts";
import type { Frame } from "../../core/frame.ts";
import { flag } from "../../core/read-variant.ts";
import { asHttpError, send } from "../answers.ts";
import type { RequestContext, ShowHandler } from "../route.ts";
import type { Show, SnapshotWish } from "../show.ts";
import { NEVER_STORED } from "../stream-head.ts";
import { hasAlready, validatorsOf } from "../validators.ts";
import { readSnapshotWish } from "./snapshot-wish.ts";

/**
 * One picture: the newest, or the next one where that is too old for the wish or the source has to be started for it. Never
 * empty: where there is none, 503 says why, as text or as a picture.
 */
export const snapshot: ShowHandler = async (context, show) => {
  const { res, query } = context;
  const wish = readSnapshotWish(query);
  const gone = new AbortController();
  const onClose = () => gone.abort();
  res.once("close", onClose);
  try {
    const frame = await show.snapshot(wish, gone.signal);
    if (!gone.signal.aborted) sendPicture(context, show, frame, wish);
  } catch (error) {
    // The client left, what it asked is wrong, or the mistake is ours: nothing that a picture should tell.
    if (gone.signal.aborted || !flag(query, "placeholder") || !(error instanceof MjpegError)) throw error;
    await sendPlaceholder(context, show, error, wish);
  } finally {
    res.off("close", onClose);
  }
};

function sendPicture(
  { req, res }: RequestContext,
  show: Show,
  frame: Frame,
  { variant }: SnapshotWish,
): void {
  const validators = validatorsOf(show, frame, variant);
  const headers = {
    ...NEVER_STORED,
    // Whole seconds (RFC 9111 section 5.1).
    Age: String(Math.max(0, Math.floor((Date.now() - frame.capturedAt) / 1000))),
    ETag: validators.etag,
    "Last-Modified": validators.lastModified,
    "X-Timestamp": (frame.capturedAt / 1000).toFixed(6),
  };
  if (hasAlready(req.headers, validators)) res.writeHead(304, headers).end();
  else send(res, 200, "image/jpeg", { body: frame.jpeg, headers });
}

/** With the status of the error, so that programs can tell: browsers show the picture all the same. */
async function sendPlaceholder(
  { res }: RequestContext,
  show: Show,
  error: MjpegError,
  { variant }: SnapshotWish,
): Promise<void> {
  // Where it cannot be painted, the reason is told as text.
  const body = await show.placeholder?.(error, variant).catch(() => undefined);
  if (body === undefined) throw error;
  const { status, headers } = asHttpError(error);
  send(res, status, "image/jpeg", { body, headers: { ...NEVER_STORED, ...headers } });
}
