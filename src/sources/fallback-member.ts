import { setTimeout as sleep } from "node:timers/promises";
import { MjpegError, SourceError } from "../core/errors.ts";
import type { CapturedImage } from "../core/frame.ts";
import type { Source, SourceReport } from "./source.ts";
import { supervise, type RetryPauses } from "./supervisor.ts";

/**
 * What one source of a list is doing: not opened, opened and no picture yet, giving pictures, tried again after a failure,
 * failed for good, at its end.
 */
export type MemberState = "off" | "opening" | "live" | "down" | "failed" | "ended";

/** What happens to one source of a list. */
export interface MemberEvents extends Pick<SourceReport, "dropped" | "note"> {
  /** It gave a picture. */
  picture(member: FallbackMember, image: CapturedImage): void;
  /** It went down, failed or ended: see its state. */
  out(member: FallbackMember): void;
}

/** How long a source that was closed may take to let go of its device before it is opened again. */
const RELEASE_MS = 2_000;

/** One source of a list, opened and closed as the list needs it, and supervised in between. */
export class FallbackMember {
  readonly source: Source;
  readonly #events: MemberEvents;
  readonly #pauses: RetryPauses | undefined;
  #state: MemberState = "off";
  #reason: SourceError | undefined;
  #stop: AbortController | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(source: Source, events: MemberEvents, pauses: RetryPauses | undefined) {
    this.source = source;
    this.#events = events;
    this.#pauses = pauses;
  }

  get state(): MemberState {
    return this.#state;
  }

  /** Why it is down or has failed. */
  get reason(): SourceError | undefined {
    return this.#reason;
  }

  /** Whether there are no pictures of it: the next of the list is wanted. */
  get isOut(): boolean {
    return this.#state === "down" || this.isOver;
  }

  /** Whether it will not come back. */
  get isOver(): boolean {
    return this.#state === "failed" || this.#state === "ended";
  }

  start(): void {
    const stop = new AbortController();
    this.#stop = stop;
    this.#state = "opening";
    // One that cannot let go must not keep the list from trying.
    const released = Promise.race([this.#running, sleep(RELEASE_MS, undefined, { ref: false })]);
    this.#running = released.then(() => this.#run(stop.signal));
  }

  /** Closes it; it may be started again unless it failed for good. Resolves when it has let go of all it held. */
  close(): Promise<void> {
    this.#stop?.abort();
    this.#stop = undefined;
    if (this.#state !== "failed") this.#become("off");
    return this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const isStopped = () => signal.aborted;
    const out = (state: MemberState, error?: unknown): void => {
      if (isStopped()) return;
      this.#become(state, error === undefined ? undefined : asSourceError(error));
      this.#events.out(this);
    };
    try {
      await supervise(
        this.source,
        signal,
        {
          picture: (image) => {
            this.#become("live");
            this.#events.picture(this, image);
          },
          down: (error) => out("down", error),
          waiting: (error) => out("down", error),
          dropped: (count) => this.#events.dropped(count),
          note: (text) => {
            if (!isStopped()) this.#events.note(`${this.source.label}: ${text}`);
          },
        },
        this.#pauses,
      );
      out("ended");
    } catch (error) {
      out("failed", error);
    }
  }

  #become(state: MemberState, reason?: SourceError): void {
    this.#state = state;
    this.#reason = reason;
  }
}

function asSourceError(error: unknown): SourceError {
  if (error instanceof SourceError) return error;
  const code = error instanceof MjpegError ? error.code : "ERR_INTERNAL";
  const text = error instanceof Error ? error.message : String(error);
  return new SourceError(code, text, { retryable: false, cause: error });
}
