import type { ViewerStatus } from "../../wire/api-types.ts";
import { HttpError, send } from "../answers.ts";
import type { RequestContext, Route } from "../route.ts";
import { viewerKey } from "./viewer-key.ts";

/** `GET /api/viewers`: who watches, as a JSON list of `ViewerStatus`; with `?viewer=KEY` those that came with that key. */
export const apiViewers: Route = {
  path: /^\/api\/viewers\/?$/,
  isOwnOnly: true,

  handle(context) {
    const { res, query, viewers } = context;
    const key = viewerKey(query);
    // Whoever knows the key is the client that made it up: it sees only its own.
    if (key === undefined) assertMayManage(context);
    const found = key === undefined ? viewers.values() : viewers.withKey(key);
    send(res, 200, "application/json", { body: JSON.stringify(found.map(statusOf)) });
  },
};

/** `DELETE /api/viewers/ID`: ends a viewer properly. It may come again. */
export const apiViewer: Route = {
  path: /^\/api\/viewers\/([^/]+)$/,
  methods: ["DELETE"],
  isOwnOnly: true,

  handle(context) {
    assertMayManage(context);
    const viewer = context.viewers.get(context.capture);
    if (viewer === undefined) {
      throw new HttpError(404, "ERR_NOT_FOUND", "no viewer has this id (any more); /api/viewers lists them");
    }
    viewer.close();
    context.res.writeHead(204).end();
  },
};

/**
 * Lets a request see who watches and end viewers, or says why not.
 * @throws HttpError 403 `ERR_FORBIDDEN`
 */
export function assertMayManage({ access, req, client }: RequestContext): void {
  if (access.mayManage(req, client)) return;
  throw new HttpError(
    403,
    "ERR_FORBIDDEN",
    "without a key, only programs on the server's own machine, which ask it as localhost or by its number, may see " +
      "all viewers and end them: ask there, or give the server a key",
  );
}

function statusOf(viewer: ViewerStatus): ViewerStatus {
  const { id, stream, variant, address, userAgent, since, frames, drops, bytes } = viewer;
  const { ageMs, unsentBytes, unacknowledgedBytes, roundTripMs } = viewer;
  return {
    ...{ id, stream, variant, address, userAgent, since, frames, drops, bytes },
    fps: Math.round(viewer.fps * 10) / 10,
    ageMs: ageMs === null ? null : Math.round(ageMs * 10) / 10,
    ...{ unsentBytes, unacknowledgedBytes, roundTripMs },
  };
}
