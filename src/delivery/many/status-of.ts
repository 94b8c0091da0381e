import type { StreamStatus } from "../../wire/api-types.ts";
import type { Show } from "../show.ts";

/** How long what a stream said of itself is told to others: it counts all its viewers for it, and each asks every second. */
const KEPT_MS = 250;

interface Kept {
  readonly status: StreamStatus;
  readonly at: number;
}

const kept = new WeakMap<Show, Kept>();

/**
 * What a stream is doing.
 * @param isNow whether it must be true now, and not a moment ago
 */
export function statusOf(show: Show, isNow: boolean): StreamStatus {
  const now = performance.now();
  const before = kept.get(show);
  if (before !== undefined && !isNow && now - before.at < KEPT_MS) return before.status;
  const status = show.status();
  kept.set(show, { status, at: now });
  return status;
}
