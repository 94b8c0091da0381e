import type { StreamState, StreamStatus } from "../src/wire/api-types.ts";

/** A state as one plain word. */
export const STATE_WORDS: Readonly<Record<StreamState, string>> = {
  idle: "Idle",
  starting: "Starting",
  live: "Live",
  down: "Down",
  failed: "Failed",
  ended: "Ended",
};

/** What is wrong with a stream, for people. */
export interface Explanation {
  /** What happened. */
  readonly what: string;
  /** Since when, and what comes next. */
  readonly when: string;
}

/** Says what is wrong and since when; null when nothing is. `now` is the server's clock in ms since the epoch. */
export function explain(status: StreamStatus, now: number): Explanation | null {
  const time = duration(now - status.since);
  switch (status.state) {
    case "down":
      return { what: status.reason ?? "The source stopped.", when: `For ${time}. Trying again.` };
    case "failed":
      return {
        what: status.reason ?? "The source failed.",
        when: `For ${time}. Trying again would not help.`,
      };
    case "ended":
      return { what: "The source has no more pictures.", when: `Ended ${time} ago.` };
    case "starting":
      // Most sources start faster than anyone reads.
      return now - status.since > 3000
        ? { what: "Waiting for the first picture.", when: `For ${time}.` }
        : null;
    case "live":
    case "idle":
      return null;
  }
}

/** What to show where a picture should be and none is. */
export function withoutPicture(state: StreamState): string {
  return state === "down" || state === "failed" || state === "ended" ? "No picture" : "Waiting for a picture";
}

/** Size and viewers; the source where neither is known. */
export function facts(status: StreamStatus): string {
  const known: string[] = [];
  if (status.width !== null && status.height !== null) known.push(`${status.width} × ${status.height}`);
  // Snapshots are no viewers: a page that shows many streams in turns would be told that nobody watches.
  if (status.viewers > 0) known.push(count(status.viewers, "viewer"));
  return known.length === 0 ? status.source : known.join(" · ");
}

/** One line about all streams: how many there are, and how many of them are in trouble. */
export function summarise(streams: readonly StreamStatus[]): string {
  const [first] = streams;
  if (first === undefined) return "";
  const total = count(streams.length, "stream");
  if (streams.length === 1) return `${total} · ${STATE_WORDS[first.state].toLowerCase()}`;
  const inState = (state: StreamState): number => streams.filter((stream) => stream.state === state).length;
  if (inState("live") === streams.length) return `${total} · all live`;
  // Streams off the screen rest, so the number of live ones would say more about the screen than about the streams.
  const trouble = (["down", "failed"] as const).filter((state) => inState(state) > 0);
  return [total, ...trouble.map((state) => `${inState(state)} ${state}`)].join(" · ");
}

/** A time span in the coarsest unit that still says something: `8 s`, `2 min`, `3 h`, `5 days`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return count(Math.floor(seconds / 86_400), "day");
}

/** An age that is mostly short: `<1 ms`, `12 ms`, `1.4 s`, then as {@link duration}. */
export function age(ms: number): string {
  if (ms < 0.5) return "<1 ms";
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  return ms < 9950 ? `${(ms / 1000).toFixed(1)} s` : duration(ms);
}

/** A rate with one decimal below 10, where it matters: `29`, `2.5`. */
export function rate(fps: number): string {
  return fps >= 9.95 ? String(Math.round(fps)) : String(Number(fps.toFixed(1)));
}

/** A number with its noun: `1 viewer`, `2 viewers`. */
export function count(number: number, noun: string): string {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}
