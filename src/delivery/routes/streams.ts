import { HttpError } from "../answers.ts";
import type { RequestContext, Route, ShowHandler } from "../route.ts";
import type { Show } from "../show.ts";
import { streamName } from "../stream-name.ts";
import { live } from "./live.ts";
import { snapshot } from "./snapshot.ts";

/** The addresses of each stream by its name, and the well-known ones that speak of the first stream. */
export const streamRoutes: readonly Route[] = [
  named("live.mjpeg", live),
  named("snapshot.jpg", snapshot),
  first(/^\/(?:live\.jpg|video_feed|video\.mjpg)$/, live),
  first(/^\/static\.jpg$/, snapshot),
];

const ACTIONS: ReadonlyMap<string | undefined, Route> = new Map([
  ["stream", first(/^\/$/, live)],
  ["snapshot", first(/^\/$/, snapshot)],
]);

/**
 * `/?action=stream` and `/?action=snapshot`, mjpg-streamer's addresses, also with whatever clients hang on to them:
 * `?action=stream&1700000000`, `?action=stream?nonce=7`.
 */
export function actionRoute(query: URLSearchParams): Route | undefined {
  return ACTIONS.get(query.get("action")?.split(/[?&]/)[0]);
}

function named(file: string, handler: ShowHandler): Route {
  return {
    path: new RegExp(`^/streams/([^/]+)/${file.replace(".", "\\.")}$`),
    handle: (context) => handler(context, namedShow(context)),
  };
}

function first(path: RegExp, handler: ShowHandler): Route {
  return { path, handle: (context) => showFirst(context, handler) };
}

function showFirst(context: RequestContext, handler: ShowHandler): void | Promise<void> {
  for (const show of context.shows.values()) return handler(context, show);
  throw new HttpError(503, "ERR_NOT_FOUND", "this server has no stream yet", {
    headers: { "Retry-After": "5" },
  });
}

function namedShow({ capture, shows }: RequestContext): Show {
  const show = shows.get(streamName(capture));
  if (show !== undefined) return show;
  const names = Array.from(shows.values(), ({ name }) => name).join(", ");
  throw new HttpError(
    404,
    "ERR_NOT_FOUND",
    `there is no stream of that name (there are: ${names || "none"})`,
  );
}
