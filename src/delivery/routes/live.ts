import { once } from "node:events";
import { MESSAGES, partsOf } from "../encoding.ts";
import { adaptViewer } from "../adapt/adapt-viewer.ts";
import { HttpError } from "../answers.ts";
import { SocketOutlet } from "../outlet.ts";
import type { RequestContext, ShowHandler } from "../route.ts";
import { layoutFor, streamHead } from "../stream-head.ts";
import { takeOver } from "../take-over.ts";
import { Viewer } from "../viewer.ts";
import { shakeHands, wantsWebSocket } from "../web-socket.ts";
import { readLiveWish } from "./live-wish.ts";
import { sendStreamPage, wantsStreamPage } from "./stream-page.ts";

/**
 * The live picture, as a multipart body or, where the client asks for it, as WebSocket messages: stays open until either
 * side leaves. The head goes out at once, not with the first picture.
 */
export const live: ShowHandler = async (context, show) => {
  const { req, res, query, client, viewers, access, tcp, style } = context;
  const wish = readLiveWish(query);
  if (wantsStreamPage(req)) {
    sendStreamPage(context, show);
    return;
  }
  if (req.httpVersionMajor > 1) throw needsConnection();
  // Requests that came in one packet: the connection is not ours before the answers in front of this one are out. Awaited
  // only then: what came behind this request is read in the next turn, and would be answered 400.
  if (res.socket === null) await once(res, "socket");
  if (req.socket.destroyed) return; // its close has been: nobody would tell that this viewer has left
  const head = streamHead(res, query, style);
  if (req.method === "HEAD") {
    sendHeadAlone(context, head);
    return;
  }
  const isWebSocket = wantsWebSocket(req);
  if (isWebSocket) access.assertMayWatch(req);
  const outlet = new SocketOutlet(
    req.socket,
    isWebSocket ? MESSAGES : partsOf(layoutFor(req, query), style),
    tcp(),
  );
  const viewer = new Viewer(client, outlet, show.name, { mostFrames: wish.frames, variant: wish.variant });
  // Joining may be refused, and a 503 can be sent only while the socket is still HTTP's.
  const seat = viewers.join(viewer, show, show.as(wish.variant), wish.viewerKey);
  const socket = takeOver(req);
  socket.once("close", () => seat.leave());
  const isOpen = isWebSocket ? shakeHands(req, socket) : undefined;
  if (isWebSocket && isOpen === undefined) {
    seat.leave();
    return;
  }
  outlet.open(isWebSocket ? "" : head, isOpen);
  seat.begin();
  if (wish.manner !== undefined) {
    const { variant: base, manner } = wish;
    socket.once("close", adaptViewer({ viewer, seat, show, base, manner }));
  }
  if (wish.seconds === undefined) return;
  const timer = setTimeout(() => viewer.endAsAsked(), wish.seconds * 1000);
  socket.once("close", () => clearTimeout(timer));
};

/** A client that asked for the head alone may take so long to close its side. */
const HEAD_GRACE_MS = 500;

function sendHeadAlone({ req }: RequestContext, head: string): void {
  const socket = takeOver(req).end(head);
  setTimeout(() => socket.destroy(), HEAD_GRACE_MS).unref();
}

function needsConnection(): HttpError {
  return new HttpError(
    505,
    "ERR_HTTP_VERSION",
    "a stream needs a connection of its own, which HTTP/2 does not give: ask by HTTP/1.1, or poll snapshot.jpg",
  );
}
