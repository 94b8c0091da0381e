import { send } from "../answers.ts";
import type { Route } from "../route.ts";

/** `GET /api/streams`: what every stream is doing, as a JSON list of `StreamStatus`. */
export const apiStreams: Route = {
  path: /^\/api\/streams\/?$/,

  handle({ res, shows }) {
    const statuses = Array.from(shows.values(), (show) => show.status());
    send(res, 200, "application/json", { body: JSON.stringify(statuses) });
  },
};
