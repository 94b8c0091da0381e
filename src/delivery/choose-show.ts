import { HttpError } from "./answers.ts";
import type { Show, Shows } from "./show.ts";

/** Characters of a wrong name that an error quotes. */
const LONGEST_QUOTED = 64;
const MOST_LISTED = 10;

/**
 * The first stream.
 * @throws HttpError 503 where there is none yet.
 */
export function firstShow(shows: Shows): Show {
  for (const show of shows.values()) return show;
  throw new HttpError(503, "ERR_NOT_FOUND", "this server has no stream yet", {
    headers: { "Retry-After": "5" },
  });
}

/**
 * The stream of that name.
 * @throws HttpError 404, naming some of those there are.
 */
export function namedShow(shows: Shows, name: string): Show {
  const show = shows.get(name);
  if (show === undefined) throw noSuchShow(shows, name);
  return show;
}

/** The error for a stream that is not there; it names some of those that are. */
export function noSuchShow(shows: Shows, name: string): HttpError {
  const names = Array.from(shows.values(), (show) => show.name);
  const asked = JSON.stringify(name.slice(0, LONGEST_QUOTED));
  return new HttpError(404, "ERR_NOT_FOUND", `there is no stream ${asked} (there are: ${someOf(names)})`);
}

/** Names in a sentence, of many only the first. */
export function someOf(names: readonly string[]): string {
  const more = names.length - MOST_LISTED;
  const listed = names.slice(0, MOST_LISTED).join(", ");
  return more > 0 ? `${listed} and ${more} more` : listed || "none";
}
