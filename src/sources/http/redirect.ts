import type { Failures } from "./failures.ts";
import { headerOf, type ResponseHead } from "./response-head.ts";

const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

/**
 * Where an answer sends its asker; undefined where it does not. User and password in it are nowhere looked at.
 * @param from what was asked, for relative addresses.
 * @throws SourceError for no address, one that is not http, and one that leads from https to http: who wrote https does
 *   not want the pictures to travel in the open, and the camera may not decide otherwise.
 */
export function redirectOf(head: ResponseHead, from: URL, failures: Failures): URL | undefined {
  if (!REDIRECTS.includes(head.status)) return undefined;
  const location = headerOf(head, "location") ?? "";
  const target = location === "" ? null : URL.parse(location, from.href);
  if (target === null || (target.protocol !== "http:" && target.protocol !== "https:")) {
    throw failures.badRedirect(head.status, location);
  }
  if (from.protocol === "https:" && target.protocol === "http:") throw failures.downgrade(target);
  return target;
}
