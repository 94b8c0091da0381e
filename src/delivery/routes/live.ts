import { once } from "node:events";
import { MESSAGES, PARTS } from "../encoding.ts";
import { Outlet } from "../outlet.ts";
import type { ShowHandler } from "../route.ts";
import { layoutFor, streamHead } from "../stream-head.ts";
import { takeOver } from "../take-over.ts";
import { Viewer } from "../viewer.ts";
import { shakeHands, wantsWebSocket } from "../web-socket.ts";
import { viewerKey } from "./viewer-key.ts";

/**
 * The live picture, as a multipart body or, where the client asks for it, as WebSocket messages: stays open until either
 * side leaves. The head goes out at once, not with the first picture.
 */
export const live: ShowHandler = async ({ req, res, query, client, viewers, tcp }, show) => {
  const key = viewerKey(query);
  // Requests that came in one packet: the connection is not ours before the answers in front of this one are out.
  if (res.socket === null) await once(res, "socket");
  if (req.socket.destroyed) return; // its close has been: nobody would tell that this viewer has left
  const head = streamHead(req, query);
  if (req.method === "HEAD") {
    takeOver(req).end(head);
    return;
  }
  const isWebSocket = wantsWebSocket(req);
  const encoding = isWebSocket ? MESSAGES : PARTS[layoutFor(req, query)];
  const outlet = new Outlet(req.socket, encoding, tcp());
  const viewer = new Viewer(client, outlet, show.name);
  // Joining may be refused, and a 503 can be sent only while the socket is still HTTP's.
  const leave = viewers.join(viewer, show.audience, key);
  const socket = takeOver(req);
  if (isWebSocket && !shakeHands(req, socket)) {
    leave();
    return;
  }
  outlet.open(isWebSocket ? "" : head);
  show.audience.greet(viewer);
  const unwatch = show.watch();
  socket.once("close", () => {
    leave();
    unwatch();
  });
};
