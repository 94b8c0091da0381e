import { namedShow } from "../choose-show.ts";
import type { Route, ShowHandler } from "../route.ts";
import { streamName } from "../stream-name.ts";
import { live } from "./live.ts";
import { snapshot } from "./snapshot.ts";

/** The addresses of each stream by its name. Those that other servers have for streams are in `delivery/compat`. */
export const streamRoutes: readonly Route[] = [
  named(/^\/streams\/([^/]+)\/live\.mjpeg$/, live),
  named(/^\/streams\/([^/]+)\/?$/, live),
  named(/^\/streams\/([^/]+)\/snapshot\.jpg$/, snapshot),
];

function named(path: RegExp, handler: ShowHandler): Route {
  return {
    path,
    handle: (context) => handler(context, namedShow(context.shows, streamName(context.capture))),
  };
}
