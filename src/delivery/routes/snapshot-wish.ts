import { integer, number, readVariant } from "../../core/read-variant.ts";
import { invalid } from "../../core/validate.ts";
import { pictureOf } from "../../core/variant.ts";
import { asked } from "../answers.ts";
import type { SnapshotWish } from "../show.ts";

const DEFAULT_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 60_000;
const LARGEST_AGE_MS = 3_600_000;
const MOST_WARMUP = 300;
const MILLISECONDS = "milliseconds";

/**
 * Reads what is asked of a snapshot from the query.
 * @throws HttpError 400, naming the parameter, its range and the value.
 */
export function readSnapshotWish(query: URLSearchParams): SnapshotWish {
  return asked(() => {
    const maxAgeMs = integer(query, "max_age", 0, LARGEST_AGE_MS, MILLISECONDS);
    const after = readAfter(query);
    return {
      variant: pictureOf(readVariant(query)),
      // No picture has no age: what is meant is a new one.
      ...(maxAgeMs === 0
        ? { capturedAfter: Math.max(after ?? 0, now()) }
        : { maxAgeMs, capturedAfter: after }),
      waitMs: integer(query, "wait", 0, LONGEST_WAIT_MS, MILLISECONDS) ?? DEFAULT_WAIT_MS,
      warmup: integer(query, "warmup", 0, MOST_WARMUP, "pictures passed over") ?? 0,
    };
  });
}

function readAfter(query: URLSearchParams): number | undefined {
  const text = query.get("after");
  if (text === "now") return now();
  if (text === null || /^\d{1,15}(?:\.\d{1,15})?$/.test(text)) {
    return number(query, "after", 0, Number.MAX_SAFE_INTEGER, MILLISECONDS);
  }
  throw invalid("the parameter after", '"now", or milliseconds since the epoch', text);
}

/** The clock tells whole milliseconds: what was captured in this one may have been before the request. */
function now(): number {
  return Date.now() + 0.99;
}
