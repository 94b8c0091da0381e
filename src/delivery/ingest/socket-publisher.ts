import { MjpegError } from "../../core/errors.ts";
import { usablePicture } from "../../core/usable-picture.ts";
import { HttpError } from "../answers.ts";
import type { RequestContext } from "../route.ts";
import { streamName } from "../stream-name.ts";
import { takeOver } from "../take-over.ts";
import { acceptPublisher, close, keepAlive, wantsWebSocket, type WebSocket } from "../web-socket.ts";
import type { Publication, Publisher } from "./ingest.ts";
import { MOST_PICTURE_BYTES, notAPicture, pictureTooLarge } from "./picture.ts";
import { ReadPace } from "./read-pace.ts";
import { asRefusal } from "./refusal.ts";
import { wantsTakeover } from "./takeover.ts";

/** Answers that its side has not taken yet; with more, it is not read any further. */
const MOST_UNREAD_BYTES = 65_536;
/** Close codes are an HTTP status behind a 4, such as 4409; but these have no status. */
const TAKEN_OVER = 4410;
const SERVER_STOPS = 1001;

/** A publisher that sends each picture as a message, and is told of each that it was taken. */
export function publishBySocket(context: RequestContext): void {
  const { req } = context;
  if (!wantsWebSocket(req)) throw needsWebSocket();
  const refusal = refusalOf(context);
  const webSocket = acceptPublisher(req, takeOver(req), refusal === undefined);
  if (webSocket === undefined) return;
  if (refusal === undefined) new SocketPublisher(webSocket, context).begin();
  else close(webSocket, 4000 + refusal.status, refusal.message);
}

/** One publisher by WebSocket, from its handshake to its close. */
class SocketPublisher implements Publisher {
  readonly address: string;
  readonly #webSocket: WebSocket;
  readonly #context: RequestContext;
  readonly #pace = new ReadPace();
  #publication: Publication | undefined;
  #pictures = 0;
  #resting: NodeJS.Timeout | undefined;
  #stopPings: (() => void) | undefined;

  constructor(webSocket: WebSocket, context: RequestContext) {
    this.#webSocket = webSocket;
    this.#context = context;
    this.address = context.client.address;
  }

  begin(): void {
    const { capture, query, ingest } = this.#context;
    const name = streamName(capture);
    try {
      this.#publication = ingest.publish(name, this, wantsTakeover(query));
    } catch (error) {
      this.#refuse(error);
      return;
    }
    this.#webSocket.on("message", (data, isBinary) => this.#onMessage(data, isBinary));
    this.#webSocket.once("close", () => this.#leave());
    // Closed by `ws` already, with a code of its own, but it would wait half a minute for the other side.
    this.#webSocket.once("error", () => this.end(BROKEN));
    this.#stopPings = keepAlive(this.#webSocket, this.#context.req.socket);
    this.#send({ type: "ready", stream: name, maxBytes: MOST_PICTURE_BYTES });
  }

  end({ code, message }: MjpegError): void {
    this.#leave();
    if (code === "ERR_STREAM_TAKEN") close(this.#webSocket, TAKEN_OVER, message);
    else if (code === "ERR_STREAM_EXISTS") close(this.#webSocket, 4409, message);
    else close(this.#webSocket, SERVER_STOPS, message);
  }

  #onMessage(data: unknown, isBinary: boolean): void {
    if (this.#publication === undefined) return;
    const from = performance.now();
    try {
      const picture = asMessagePicture(data, isBinary);
      this.#publication.show(picture);
      this.#pictures++;
      this.#send({ type: "ack", pictures: this.#pictures, viewers: this.#publication.viewers });
      const workMs = performance.now() - from;
      this.#rest(this.#pace.restAfter({ pictures: 1, bytes: picture.length, workMs }));
    } catch (error) {
      this.#refuse(error);
    }
  }

  /** Several messages come in one packet, however it is paused: the last one knows best. */
  #rest(milliseconds: number): void {
    if (milliseconds === 0) return;
    this.#webSocket.pause();
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => {
      this.#resting = undefined;
      this.#goOn();
    }, milliseconds);
  }

  #goOn(): void {
    if (this.#resting !== undefined) return;
    if (this.#webSocket.bufferedAmount < MOST_UNREAD_BYTES) this.#webSocket.resume();
  }

  #send(message: object): void {
    // The callback tells that the answer is on its way, or that there is nobody to answer any more.
    this.#webSocket.send(JSON.stringify(message), () => {
      if (this.#webSocket.isPaused) this.#goOn();
    });
    if (this.#webSocket.bufferedAmount >= MOST_UNREAD_BYTES) this.#webSocket.pause();
  }

  #refuse(error: unknown): void {
    this.#leave();
    const refusal = asRefusal(error);
    // Anything else is a mistake of ours; 1011 says just that.
    if (refusal instanceof HttpError) close(this.#webSocket, 4000 + refusal.status, refusal.message);
    else close(this.#webSocket, 1011, "the server made a mistake");
  }

  #leave(): void {
    this.#stopPings?.();
    const publication = this.#publication;
    this.#publication = undefined;
    publication?.leave();
  }
}

const BROKEN = new MjpegError("ERR_PUBLISHER_SILENT", "that was no message");

/** Why this client may not publish; undefined where it may. */
function refusalOf({ access, req, query, client }: RequestContext): HttpError | undefined {
  try {
    access.assertMayPublish(req, query, client);
    return undefined;
  } catch (error) {
    if (error instanceof HttpError) return error;
    throw error;
  }
}

function asMessagePicture(data: unknown, isBinary: boolean): Uint8Array {
  if (!isBinary || !Buffer.isBuffer(data)) throw notAPicture("a text message came");
  if (data.length > MOST_PICTURE_BYTES) throw pictureTooLarge();
  const picture = usablePicture(data)?.jpeg;
  if (picture === undefined) throw notAPicture("a message is no JPEG");
  return picture;
}

function needsWebSocket(): HttpError {
  return new HttpError(
    426,
    "ERR_METHOD",
    "this address takes pictures by WebSocket; a program may as well POST them to live.mjpeg beside it",
    { headers: { Upgrade: "websocket", Connection: "Upgrade" } },
  );
}
