import type { SourceError } from "../core/errors.ts";
import type { CapturedImage } from "../core/frame.ts";
import { invalid } from "../core/validate.ts";
import { FallbackMember, type MemberEvents } from "./fallback-member.ts";
import { Handover } from "./handover.ts";
import type { Source, SourceReport } from "./source.ts";
import type { RetryPauses } from "./supervisor.ts";

/** Most sources in one list. */
const MOST_SOURCES = 16;

/** Times of a {@link fallbackSource}, in milliseconds; tests pass shorter ones. */
export interface FallbackTimes {
  /** How long the next source may take to its first picture before viewers are told why they see an old one. */
  readonly graceMs: number;
  /** How long a source that is back must have stayed before those behind it are closed. */
  readonly settleMs: number;
  /** Pauses before a source that failed is opened again. */
  readonly pauses?: RetryPauses;
}

/** A standby that is closed at once would be opened again and again for a source that comes and goes. */
const TIMES: FallbackTimes = { graceMs: 2_000, settleMs: 2_000 };

/**
 * Several sources as one, in order of preference. The first one that gives pictures is shown; one behind it is opened only
 * when all before it are out:
 *
 * - one that is down, or waits, is tried again meanwhile, and shown again from its next picture on;
 * - one that failed for good is left out;
 * - one that has ended hands over to the next and is not opened again (`file:` after `file:` is played one after another).
 *
 * Nothing is shown in between: viewers keep the last picture until the next source has one. When no source gives pictures,
 * the first one's reason is told. It ends when all have ended or failed, and fails when all have failed for good.
 * @throws MjpegError `ERR_OPTION_INVALID` for no source, and for more than 16.
 */
export function fallbackSource(sources: readonly Source[], times: FallbackTimes = TIMES): Source {
  const [first] = sources;
  if (first === undefined || sources.length > MOST_SOURCES) {
    throw invalid("a list of sources", `1 to ${MOST_SOURCES} of them`, sources.length);
  }
  let shown = first;
  return {
    get label() {
      return shown.label;
    },
    inlet: sources.find(({ inlet }) => inlet !== undefined)?.inlet,

    async check() {
      let failure: unknown;
      for (const source of sources) {
        try {
          await source.check?.();
          return;
        } catch (error) {
          failure ??= error;
        }
      }
      throw failure;
    },

    async *capture(signal, report) {
      const run = new FallbackRun(sources, times, report, (source) => (shown = source));
      const stop = () => void run.close();
      signal.addEventListener("abort", stop, { once: true });
      try {
        if (!signal.aborted) run.start();
        for (;;) {
          const image = await run.next();
          if (image === undefined || isOver(signal)) return;
          yield image;
        }
      } finally {
        signal.removeEventListener("abort", stop);
        await run.close();
        shown = first;
      }
    },
  };
}

/** The sources of a list while it is open. */
class FallbackRun {
  readonly #members: readonly FallbackMember[];
  readonly #times: FallbackTimes;
  readonly #report: SourceReport;
  readonly #onShown: (source: Source) => void;
  readonly #handover = new Handover();
  #shown: FallbackMember | undefined;
  #told: string | undefined;
  #grace: NodeJS.Timeout | undefined;
  #settle: NodeJS.Timeout | undefined;
  #closed: Promise<unknown> | undefined;

  constructor(
    sources: readonly Source[],
    times: FallbackTimes,
    report: SourceReport,
    onShown: (source: Source) => void,
  ) {
    const events: MemberEvents = {
      picture: (member, image) => this.#picture(member, image),
      out: (member) => this.#out(member),
      dropped: (count) => report.dropped(count),
      note: (text) => report.note(text),
    };
    this.#members = sources.map((source) => new FallbackMember(source, events, times.pauses));
    this.#times = times;
    this.#report = report;
    this.#onShown = onShown;
  }

  start(): void {
    this.#members[0]?.start();
  }

  /** The next picture, undefined at the end; throws the first one's reason when all have failed for good. */
  next(): Promise<CapturedImage | undefined> {
    return this.#handover.take();
  }

  /** Closes every source. Resolves when all have let go of what they held. */
  async close(): Promise<void> {
    clearTimeout(this.#grace);
    clearTimeout(this.#settle);
    this.#handover.end();
    this.#closed ??= Promise.all(this.#members.map((member) => member.close()));
    await this.#closed;
  }

  #picture(member: FallbackMember, image: CapturedImage): void {
    const best = this.#live();
    if (member !== best) return;
    if (best !== this.#shown || this.#told !== undefined) this.#show(best);
    clearTimeout(this.#grace);
    this.#grace = undefined;
    if (this.#handover.put(image)) this.#report.dropped(1);
  }

  /** From this picture on, it is the one that is shown. */
  #show(member: FallbackMember): void {
    const index = this.#members.indexOf(member);
    const was = this.#shown === undefined ? -1 : this.#members.indexOf(this.#shown);
    this.#shown = member;
    this.#told = undefined;
    this.#onShown(member.source);
    const { label } = member.source;
    if (was > index) this.#report.note(`${label} is back`);
    if (was < index && index > 0) {
      this.#report.note(`${this.#members.slice(0, index).map(stateOf).join(", ")}: ${label} is shown`);
    }
    this.#closeBehind(index);
  }

  /** Those behind the one that is shown are not needed, but a moment later: it may be gone again. */
  #closeBehind(index: number): void {
    clearTimeout(this.#settle);
    this.#settle = setTimeout(() => {
      for (const member of this.#members.slice(index + 1)) void member.close();
    }, this.#times.settleMs);
  }

  #out(member: FallbackMember): void {
    const live = this.#live();
    if (live !== undefined && member !== this.#shown) {
      const isBefore = this.#members.indexOf(member) < this.#members.indexOf(live);
      if (member.state === "failed" && isBefore) this.#report.note(stateOf(member));
      return;
    }
    clearTimeout(this.#settle);
    this.#grace ??= setTimeout(() => {
      this.#grace = undefined;
      this.#tell();
    }, this.#times.graceMs);
    if (live === undefined) this.#startNext();
  }

  #startNext(): void {
    const next = this.#members.find(({ isOut }) => !isOut);
    if (next?.state === "off") next.start();
    if (next !== undefined) return;
    if (!this.#members.every(({ isOver }) => isOver)) {
      this.#tell();
      return;
    }
    const hasEnd = this.#members.some(({ state }) => state === "ended");
    this.#handover.end(hasEnd ? undefined : this.#reason());
  }

  #live(): FallbackMember | undefined {
    return this.#members.find(({ state }) => state === "live");
  }

  /** Says why there are no pictures: the reason of the first one that has one. */
  #tell(): void {
    const reason = this.#reason();
    if (reason === undefined || reason.message === this.#told) return;
    this.#told = reason.message;
    this.#report.waiting(reason);
  }

  #reason(): SourceError | undefined {
    return this.#members.find(({ reason }) => reason !== undefined)?.reason;
  }
}

function stateOf({ source, state, reason }: FallbackMember): string {
  if (state === "ended") return `${source.label} has ended`;
  const why = reason === undefined ? "" : ` (${reason.message})`;
  return state === "failed" ? `${source.label} is left out${why}` : `${source.label} is down${why}`;
}

/** A call each time, because the compiler takes a property that it has seen once for settled. */
function isOver(signal: AbortSignal): boolean {
  return signal.aborted;
}
