import { createHash, randomBytes } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { Frame } from "../core/frame.ts";
import { variantKey, type Variant } from "../core/variant.ts";
import type { Show } from "./show.ts";

/** What tells one picture from another in answers and conditional requests (RFC 9110 section 8.8). */
export interface Validators {
  /** The same only for the same bytes. */
  readonly etag: string;
  /** When the picture was captured, in whole seconds. */
  readonly lastModified: string;
  /** Whether this picture was answered with its `Last-Modified` before, and no other one was: whoever has the time has it. */
  readonly isSole: boolean;
}

interface Answered {
  /** Names the stream in this run of the server: numbers of pictures begin anew with each. */
  readonly run: string;
  /** The latest second of which a picture was answered. */
  second: number;
  /** The only picture of that second that was answered; undefined where there were several. */
  sequence: number | undefined;
}

const answered = new WeakMap<Show, Answered>();

/** The validators of a picture that is answered now. */
export function validatorsOf(show: Show, frame: Frame, variant: Variant): Validators {
  const there = answered.get(show);
  const last: Answered = there ?? {
    run: randomBytes(6).toString("base64url"),
    second: -1,
    sequence: undefined,
  };
  if (there === undefined) answered.set(show, last);
  const capturedAt = Math.max(0, Math.min(frame.capturedAt, Date.now()));
  const second = Math.floor(capturedAt / 1000);
  const isSole = second === last.second && frame.sequence === last.sequence;
  if (second > last.second) {
    last.second = second;
    last.sequence = frame.sequence;
  } else if (second === last.second && !isSole) {
    last.sequence = undefined;
  }
  return {
    etag: `"${last.run}-${frame.sequence.toString(36)}${suffixOf(variant)}"`,
    lastModified: new Date(capturedAt).toUTCString(),
    isSole,
  };
}

/**
 * Whether the client has that picture: `If-None-Match`, or, only without it, `If-Modified-Since` (RFC 9110 section 13.1).
 * Its time must be that of the picture exactly: a later one may be a time at which the picture was not here yet.
 */
export function hasAlready(
  headers: IncomingHttpHeaders,
  { etag, lastModified, isSole }: Validators,
): boolean {
  const tags = headers["if-none-match"];
  if (tags === undefined) return isSole && headers["if-modified-since"] === lastModified;
  // Compared weakly: a `W/` in front, which proxies add, does not count.
  return tags.trim() === "*" || Array.from(tags.matchAll(/"[^"]*"/g), ([tag]) => tag).includes(etag);
}

function suffixOf(variant: Variant): string {
  const key = variantKey(variant);
  if (key === "") return "";
  return `-${createHash("sha256").update(key).digest("base64url").slice(0, 16)}`;
}
