import { setTimeout as sleep } from "node:timers/promises";
import { MjpegError, SourceError } from "../core/errors.ts";
import type { CapturedImage } from "../core/frame.ts";
import type { Source, SourceReport } from "./source.ts";

/** What happens to a supervised source. Called synchronously, on the frame path: must not throw. */
export interface SupervisorEvents extends SourceReport {
  /** The source gave a picture. */
  picture(image: CapturedImage): void;
  /** The source failed and is opened again after `retryMs`. */
  down(error: MjpegError, retryMs: number): void;
}

/** Pauses between two tries, and how they are slept; tests pass shorter ones. */
export interface RetryPauses {
  /** Pause after the first failure, in milliseconds. Doubles with each further failure. */
  readonly firstMs: number;
  /** The longest pause, in milliseconds. */
  readonly longestMs: number;
}

const RETRY_PAUSES: RetryPauses = { firstMs: 500, longestMs: 10_000 };

/**
 * Keeps one source running until it ends by itself or `signal` aborts, opening it again with growing pauses, which begin
 * anew when it gave pictures for longer than the last one.
 * @throws MjpegError when trying again cannot help: a source that says so, or a mistake in somebody's code
 *   (`ERR_SOURCE_FAILED`), which a retry would only hide.
 */
export async function supervise(
  source: Source,
  signal: AbortSignal,
  events: SupervisorEvents,
  pauses: RetryPauses = RETRY_PAUSES,
): Promise<void> {
  const stopped = () => signal.aborted;
  let pauseMs = pauses.firstMs;
  while (!stopped()) {
    let firstAt: number | undefined;
    try {
      for await (const image of source.capture(signal, events)) {
        if (stopped()) return;
        firstAt ??= performance.now();
        events.picture(image);
      }
      return;
    } catch (error) {
      if (stopped()) return;
      // One that gives a picture and dies at once has not come back: it would be started twice a second for ever.
      const isBack = firstAt !== undefined && performance.now() - firstAt > pauseMs;
      if (isBack) pauseMs = pauses.firstMs;
      const failure = asFailure(error, source);
      if (!failure.retryable) throw failure;
      events.down(failure, pauseMs);
    }
    // Only an abort ends the sleep early, and the loop looks at that itself.
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    pauseMs = Math.min(pauseMs * 2, pauses.longestMs);
  }
}

function asFailure(error: unknown, source: Source): SourceError {
  if (error instanceof SourceError) return error;
  if (error instanceof MjpegError) {
    return new SourceError(error.code, error.message, { retryable: false, cause: error });
  }
  const what = error instanceof Error ? error.message : String(error);
  return new SourceError("ERR_SOURCE_FAILED", `${source.label} failed: ${what}`, {
    retryable: false,
    cause: error,
  });
}
