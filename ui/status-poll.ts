import type { StreamStatus } from "../src/wire/api-types.ts";
import { API_ADDRESS } from "./addresses.ts";
import { learnServerTime } from "./server-clock.ts";

const EVERY_MS = 1000;
const TIMEOUT_MS = 5000;
/** Between two questions while nobody answers, or while the page has no key. */
const SLOWEST_MS = 5000;

/** What one question to the server brought. */
export type Answer =
  | { readonly kind: "streams"; readonly streams: readonly StreamStatus[] }
  | { readonly kind: "locked" }
  | { readonly kind: "unreachable"; readonly detail: string };

/** Asks for the state of all streams once a second, one question at a time, and more slowly while nobody answers. */
export class StatusPoll {
  readonly #onAnswer: (answer: Answer) => void;
  #stopper: AbortController | undefined;
  #failures = 0;

  constructor(onAnswer: (answer: Answer) => void) {
    this.#onAnswer = onAnswer;
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
      const answer = await ask(stopped);
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

async function ask(stopped: AbortSignal): Promise<Answer> {
  const request = new AbortController();
  const stop = (): void => request.abort();
  stopped.addEventListener("abort", stop);
  const timer = setTimeout(stop, TIMEOUT_MS);
  try {
    const askedAt = Date.now();
    const response = await fetch(API_ADDRESS, { signal: request.signal, cache: "no-store" });
    learnServerTime(response, askedAt);
    if (response.status === 401) return { kind: "locked" };
    if (!response.ok) return unreachable(`The answer was ${response.status} ${response.statusText}.`);
    const streams: unknown = await response.json();
    if (!Array.isArray(streams)) return unreachable("Something else answered at this address.");
    // The page and the server's API types come from one build.
    return { kind: "streams", streams: streams as StreamStatus[] };
  } catch {
    return unreachable("");
  } finally {
    clearTimeout(timer);
    stopped.removeEventListener("abort", stop);
  }
}

function unreachable(detail: string): Answer {
  return { kind: "unreachable", detail };
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
