import { once } from "node:events";
import { HttpError } from "../answers.ts";
import { LiveSocket } from "../many/live-socket.ts";
import type { Route } from "../route.ts";
import { takeOver } from "../take-over.ts";
import { acceptWatcher, close, wantsWebSocket } from "../web-socket.ts";

const KEY_NEEDED = 4401;

/** `ws://…/api/live`: many streams over one connection, each as the client wants it; see docs/live-socket.md. */
export const apiLive: Route = {
  path: /^\/api\/live$/,
  // The handshake is accepted before the key is looked at: a browser cannot see why one was refused.
  right: "anyone",

  async handle(context) {
    const { req, res, access, query } = context;
    if (!wantsWebSocket(req)) throw needsWebSocket();
    access.assertMayWatch(req);
    // Requests that came in one packet: the connection is not ours before the answers in front of this one are out.
    if (res.socket === null) await once(res, "socket");
    if (req.socket.destroyed) return;
    const webSocket = acceptWatcher(req, takeOver(req));
    if (webSocket === undefined) return;
    if (access.allows(req, query)) new LiveSocket(webSocket, context).begin();
    else
      close(
        webSocket,
        KEY_NEEDED,
        "this server shows its pictures only with its key: add ?key=… to the address",
      );
  },
};

function needsWebSocket(): HttpError {
  return new HttpError(
    426,
    "ERR_METHOD",
    "this address shows streams by WebSocket; /streams/NAME/live.mjpeg shows one by HTTP",
    { headers: { Upgrade: "websocket", Connection: "Upgrade" } },
  );
}
