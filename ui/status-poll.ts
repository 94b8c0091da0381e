import type { StreamStatus, ViewerStatus } from "../src/wire/api-types.ts";
import { API_ADDRESS } from "./addresses.ts";
import { askOwnViewers } from "./own-viewers.ts";
import { learnServerTime } from "./server-clock.ts";

const EVERY_MS = 1000;
const TIMEOUT_MS = 5000;
/** Between two questions while nobody answers, or while the page has no key. */
const SLOWEST_MS = 5000;

/** What one question to the server brought. */
export type Answer =
  | {
      readonly kind: "streams";
      readonly streams: readonly StreamStatus[];
      /** This page's own viewers; null where the server does not tell. */
      readonly viewers: readonly ViewerStatus[] | null;
    }
  | { readonly kind: "locked" }
  | { readonly kind: "unreachable"; readonly timedOut: boolean; readonly detail: string };

/** Asks for the state of all streams once a second, one question at a time, and more slowly while nobody answers. */
export class StatusPoll {
  readonly #onAnswer: (answer: Answer) => void;
  readonly #isViewer: () => boolean;
  #stopper: AbortController | undefined;
  #failures = 0;

  /** `isViewer` says whether this page has viewers that the server could be asked about. */
  constructor(onAnswer: (answer: Answer) => void, isViewer: () => boolean) {
    this.#onAnswer = onAnswer;
    this.#isViewer = isViewer;
  }

  /** Asks at once, and then again and again. */
  start(): void {
    if (this.#stopper !== undefined) return;
    this.#stopper = new AbortController();
    void this.#run(this.#stopper.signal);
  }

  /** Stops asking and gives up the question under way. */
  stop(): void {
    this.#stopper?.abort();
    this.#stopper = undefined;
  }

  async #run(stopped: AbortSignal): Promise<void> {
    for (;;) {
      const answer = await ask(stopped, this.#isViewer);
      if (stopped.aborted) return;
      this.#failures = answer.kind === "unreachable" ? this.#failures + 1 : 0;
      this.#onAnswer(answer);
      await pause(answer.kind === "locked" ? SLOWEST_MS : this.#pauseMs(), stopped);
    }
  }

  #pauseMs(): number {
    return Math.min(EVERY_MS * Math.max(1, this.#failures), SLOWEST_MS);
  }
}

async function ask(stopped: AbortSignal, isViewer: () => boolean): Promise<Answer> {
  const request = new AbortController();
  const stop = (): void => request.abort();
  stopped.addEventListener("abort", stop);
  const timer = setTimeout(stop, TIMEOUT_MS);
  try {
    const askedAt = Date.now();
    const response = await fetch(API_ADDRESS, { signal: request.signal, cache: "no-store" });
    learnServerTime(response, askedAt);
    if (response.status === 401) return { kind: "locked" };
    if (!response.ok) return unreachable(false, `The answer was ${response.status} ${response.statusText}.`);
    const streams: unknown = await response.json();
    if (!Array.isArray(streams)) return unreachable(false, "Something else answered at this address.");
    // One after the other: the connections of a browser are few, and live pictures hold most of them.
    const viewers = isViewer() ? await askOwnViewers(request.signal) : [];
    // The page and the server's API types come from one build.
    return { kind: "streams", streams: streams as StreamStatus[], viewers };
  } catch {
    return unreachable(request.signal.aborted, "");
  } finally {
    clearTimeout(timer);
    stopped.removeEventListener("abort", stop);
  }
}

function unreachable(timedOut: boolean, detail: string): Answer {
  return { kind: "unreachable", timedOut, detail };
}

function pause(ms: number, stopped: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    stopped.addEventListener("abort", done);
    function done(): void {
      clearTimeout(timer);
      stopped.removeEventListener("abort", done);
      resolve();
    }
  });
}
