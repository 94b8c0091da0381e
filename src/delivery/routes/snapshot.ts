import { readVariant } from "../../core/read-variant.ts";
import type { ShowHandler } from "../route.ts";
import { asked, send } from "../answers.ts";
import { ANY_ORIGIN, NEVER_STORED } from "../stream-head.ts";

/** One picture: the newest, or the next one of a source that has to be started for it. Never empty. */
export const snapshot: ShowHandler = async ({ res, query }, show) => {
  const variant = asked(() => readVariant(query));
  const gone = new AbortController();
  const onClose = () => gone.abort();
  res.once("close", onClose);
  try {
    const frame = await show.snapshot({ variant, waitMs: 5_000, warmup: 0 }, gone.signal);
    if (gone.signal.aborted) return;
    send(res, 200, "image/jpeg", {
      body: frame.jpeg,
      headers: {
        ...NEVER_STORED,
        ...ANY_ORIGIN,
        "Access-Control-Expose-Headers": "X-Timestamp",
        "X-Timestamp": (frame.capturedAt / 1000).toFixed(6),
      },
    });
  } finally {
    res.off("close", onClose);
  }
};
