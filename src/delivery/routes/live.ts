import { once } from "node:events";
import { encodeOpening } from "../../wire/multipart-encoder.ts";
import type { ShowHandler } from "../route.ts";
import { layoutFor, streamHead } from "../stream-head.ts";
import { StreamViewer } from "../stream-viewer.ts";
import { takeOver } from "../take-over.ts";

/** The live picture: stays open until either side leaves. The head goes out at once, not with the first picture. */
export const live: ShowHandler = async ({ req, res, query }, show) => {
  // Requests that came in one packet: the connection is not ours before the answers in front of this one are out.
  if (res.socket === null) await once(res, "socket");
  if (req.socket.destroyed) return; // its close has been: nobody would tell that this viewer has left
  const head = streamHead(req, query);
  if (req.method === "HEAD") {
    takeOver(req).end(head);
    return;
  }
  const layout = layoutFor(req, query);
  const viewer = new StreamViewer(req.socket, layout);
  // Joining may be refused, and a 503 can be sent only while the socket is still HTTP's.
  const leave = show.audience.join(viewer);
  const socket = takeOver(req);
  socket.cork();
  socket.write(head + encodeOpening(layout), "latin1");
  show.audience.greet(viewer);
  socket.uncork();
  const unwatch = show.watch();
  socket.once("close", () => {
    leave();
    unwatch();
  });
};
