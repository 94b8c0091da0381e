import { once } from "node:events";
import { clientOf } from "../client.ts";
import { PartOutlet } from "../part-outlet.ts";
import type { ShowHandler } from "../route.ts";
import { layoutFor, streamHead } from "../stream-head.ts";
import { takeOver } from "../take-over.ts";
import { Viewer } from "../viewer.ts";

/** The live picture: stays open until either side leaves. The head goes out at once, not with the first picture. */
export const live: ShowHandler = async ({ req, res, query, tcp }, show) => {
  // Requests that came in one packet: the connection is not ours before the answers in front of this one are out.
  if (res.socket === null) await once(res, "socket");
  if (req.socket.destroyed) return; // its close has been: nobody would tell that this viewer has left
  const head = streamHead(req, query);
  if (req.method === "HEAD") {
    takeOver(req).end(head);
    return;
  }
  const outlet = new PartOutlet(req.socket, layoutFor(req, query), tcp());
  const viewer = new Viewer(clientOf(req), outlet);
  // Joining may be refused, and a 503 can be sent only while the socket is still HTTP's.
  const leave = show.audience.join(viewer);
  const socket = takeOver(req);
  outlet.open(head);
  show.audience.greet(viewer);
  const unwatch = show.watch();
  socket.once("close", () => {
    leave();
    unwatch();
  });
};
