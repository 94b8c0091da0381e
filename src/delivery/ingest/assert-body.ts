import type { IncomingMessage } from "node:http";
import { HttpError } from "../answers.ts";
import { isWithoutLength } from "../early-answer.ts";
import { notAPicture } from "./picture.ts";

/** Types that say themselves that no JPEG follows. Most others mean nothing: `curl` calls everything a form. */
const OTHER_TYPE = /^(?:text\/|application\/(?:json|xml|xhtml)|audio\/|image\/(?!jpe?g|pjpeg|\*))/i;

/**
 * Whether a body follows that may hold pictures.
 * @throws HttpError 411 where no length tells that one follows, 415 for a type that says itself that it is something else.
 */
export function assertPicturesFollow(req: IncomingMessage): void {
  assertBody(req);
  const type = req.headers["content-type"] ?? "";
  if (OTHER_TYPE.test(type)) throw notAPicture(`the body says that it is ${type.slice(0, 80)}`);
}

/** @throws HttpError 411 where no length tells that a body follows. */
export function assertBody(req: IncomingMessage): void {
  if (!isWithoutLength(req)) return;
  throw new HttpError(
    411,
    "ERR_LENGTH_NEEDED",
    `a ${req.method ?? ""} without a length has no body in HTTP/${req.httpVersion}: send Content-Length, which may be very ` +
      "large for a stream without end, or by HTTP/1.1 Transfer-Encoding: chunked",
  );
}
