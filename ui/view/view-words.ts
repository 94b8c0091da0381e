import { age, duration, rate } from "../words.ts";
import type { ViewFigures, ViewStatus } from "./view-types.ts";

/** What a view says of its stream. */
export interface ViewWords {
  /** What is the case. */
  readonly what: string;
  /** What comes next; empty where that is clear. */
  readonly next: string;
}

/** What a view has, which its words depend on. */
export interface ViewHas {
  readonly hasPicture: boolean;
  readonly hasKey: boolean;
}

const WAITING: ViewWords = { what: "Waiting for the first picture …", next: "" };

/** What is to be said while there is no live picture; null while there is one. */
export function wordsOf(status: ViewStatus, has: ViewHas): ViewWords | null {
  const reason = status.reason === null ? undefined : asSentence(status.reason);
  switch (status.state) {
    case "live":
      return has.hasPicture ? null : WAITING;
    case "connecting":
      return reason === undefined
        ? { what: "Connecting …", next: "" }
        : { what: reason, next: "Trying again." };
    case "refused":
      return {
        // The server's own words are for people who can change the address.
        what:
          status.code === "ERR_KEY_NEEDED"
            ? keyNeeded(has)
            : (reason ?? "The server does not show this stream."),
        next: "",
      };
    case "idle":
    case "starting":
      return WAITING;
    case "down":
      return { what: reason ?? "The source stopped.", next: "Trying again." };
    case "failed":
      return { what: reason ?? "The source failed.", next: "Trying again would not help." };
    case "ended":
      return { what: "No more pictures come.", next: "Asking again soon." };
  }
}

/** What is to be said where `src` is no stream. */
export function wordsWithoutStream(src: string): ViewWords {
  const what =
    src.trim() === ""
      ? "No stream: the attribute src names one."
      : "No stream: src or server is no address of one.";
  return { what, next: "" };
}

/** Says that a server does not answer. */
export function notReached({ host }: URL): string {
  return `${host} cannot be reached.`;
}

function keyNeeded({ hasKey }: ViewHas): string {
  return hasKey ? "The key is wrong." : "This server needs a key: the attribute key.";
}

/** The server tells reasons as parts of sentences. A name in front, of a program or an address, stays as it is. */
function asSentence(reason: string): string {
  const begun = reason.replace(/^(?!ffmpeg )[a-z](?=[a-z]* )/, (letter) => letter.toUpperCase());
  return /[.!?…]$/.test(begun) ? begun : `${begun}.`;
}

/** The figures in a few words: `15 fps · 80 ms`. */
export function figuresInWords({ fps, ageMs }: ViewFigures): string {
  const known = [fps === null ? "" : `${rate(fps)} fps`, ageMs === null ? "" : age(ageMs)];
  return known.filter((word) => word !== "").join(" · ");
}

/** The figures as a sentence, for who points at them or has them read. */
export function figuresExplained({ fps, ageMs, drops, width, height }: ViewFigures): string {
  const known = [
    fps === null ? "" : `${rate(fps)} pictures a second`,
    ageMs === null ? "" : `${age(ageMs)} old when drawn`,
    drops === null ? "" : `${drops.toLocaleString("en")} skipped`,
    `${width} × ${height} pixels`,
  ];
  return known.filter((word) => word !== "").join(", ");
}

/** How long a state has lasted, where that is long enough to be told. */
export function sinceInWords({ since }: ViewStatus): string {
  const ms = Date.now() - since;
  return ms < 10_000 ? "" : `For ${duration(ms)}.`;
}
