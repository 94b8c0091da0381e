import { MjpegError } from "../../core/errors.ts";
import {
  ACKNOWLEDGEMENT_BYTES,
  decodeAcknowledgements,
  type LiveReply,
  type LiveRequest,
} from "../../wire/live-message.ts";
import { asHttpError, HttpError } from "../answers.ts";
import { namedShow } from "../choose-show.ts";
import { ReadPace } from "../ingest/read-pace.ts";
import type { RequestContext } from "../route.ts";
import { readLiveWish } from "../routes/live-wish.ts";
import { close, keepAlive, type WebSocket } from "../web-socket.ts";
import { Line } from "./line.ts";
import type { OpenSocket } from "./live-sockets.ts";
import { readRequest } from "./read-request.ts";
import { Watched } from "./watched.ts";

/** Most streams of a connection: more than any page shows. */
const MOST_STREAMS = 256;
/** Replies that its side has not taken yet; with more, it is not read any further. */
const MOST_UNREAD_BYTES = 65_536;
const TICK_MS = 1_000;
/** What an acknowledgement costs of what a request does: 256 streams at 60 a second are half of what {@link ReadPace} allows. */
const ACKNOWLEDGEMENT_COST = 1 / 16;

const SERVER_STOPS = 1001;
const OUR_MISTAKE = 1011;
/** Close codes are an HTTP status behind a 4. */
const BAD_MESSAGE = 4400;
const TOOK_NOTHING = 4408;

/** A message as it came. */
interface Message {
  readonly data: Buffer;
  readonly isBinary: boolean;
}

/** One client that watches any number of streams over one connection, from its handshake to its close. */
export class LiveSocket implements OpenSocket {
  readonly #webSocket: WebSocket;
  readonly #context: RequestContext;
  readonly #line: Line;
  readonly #pace = new ReadPace();
  readonly #watched = new Map<number, Watched>();
  /**
   * What came in one packet with the message after which it rests: a pause comes too late for that. No more than what is
   * read of a socket at once, 64 KiB.
   */
  #waiting: Message[] = [];
  /** What the newest wish took the place of: the client is not told that it has ended. */
  #replaced: Watched | undefined;
  #unreadBytes = 0;
  #resting: NodeJS.Timeout | undefined;
  #tick: NodeJS.Timeout | undefined;
  #leave: (() => void) | undefined;

  constructor(webSocket: WebSocket, context: RequestContext) {
    this.#webSocket = webSocket;
    this.#context = context;
    this.#line = new Line(context.req.socket, context.tcp());
  }

  begin(): void {
    const webSocket = this.#webSocket;
    const leaveSockets = this.#context.liveSockets.add(this);
    const stopPings = keepAlive(webSocket, this.#context.req.socket);
    this.#leave = () => {
      leaveSockets();
      stopPings();
    };
    this.#line.open(() => webSocket.readyState === webSocket.OPEN);
    webSocket.on("message", (data, isBinary) => {
      if (this.#leave === undefined || !Buffer.isBuffer(data)) return;
      this.#waiting.push({ data, isBinary });
      this.#workOff();
    });
    webSocket.once("close", () => this.#end());
    // Closed by `ws` already, with a code of its own, but it would wait half a minute for the other side.
    webSocket.once("error", () => this.#close(BAD_MESSAGE, "that was no message"));
    this.#tick = setInterval(() => {
      for (const watched of this.#watched.values()) this.#tellNews(watched);
    }, TICK_MS);
  }

  close(): void {
    this.#close(SERVER_STOPS, "the server stops");
  }

  /** Takes what has come, as far as it may now. */
  #workOff(): void {
    while (!this.#mustWait) {
      const message = this.#waiting.shift();
      if (message === undefined) return;
      this.#take(message);
    }
  }

  #take({ data, isBinary }: Message): void {
    const from = performance.now();
    try {
      if (isBinary) decodeAcknowledgements(data, (id, at) => this.#watched.get(id)?.acknowledge(at));
      else this.#answer(readRequest(data.toString()));
    } catch (error) {
      this.#closeFor(error);
    }
    const entries = Math.max(1, data.length / ACKNOWLEDGEMENT_BYTES);
    this.#rest(
      this.#pace.restAfter({
        pictures: isBinary ? entries * ACKNOWLEDGEMENT_COST : 1,
        bytes: data.length,
        // What acknowledgements let go is the work of showing, which has its own measure.
        workMs: isBinary ? 0 : performance.now() - from,
      }),
    );
  }

  #closeFor(error: unknown): void {
    if (error instanceof MjpegError) {
      this.#close(BAD_MESSAGE, error.message);
      return;
    }
    this.#context.onMistake(error);
    this.#close(OUR_MISTAKE, "the server made a mistake");
  }

  #answer(request: Required<LiveRequest>): void {
    const { id } = request;
    if (request.type === "unwatch") {
      this.#unwatch(id);
      return;
    }
    try {
      this.#watch(request);
    } catch (error) {
      if (!(error instanceof MjpegError)) this.#context.onMistake(error);
      const { status, code, message } = asHttpError(error);
      this.#send({ type: "refused", id, status, code, error: message });
    }
  }

  #watch({ id, stream, query }: Required<LiveRequest> & { readonly type: "watch" }): void {
    const { shows, client, viewers } = this.#context;
    const earlier = this.#watched.get(id);
    if (earlier === undefined && this.#watched.size >= MOST_STREAMS) throw tooMany();
    const show = namedShow(shows, stream);
    const wish = readLiveWish(new URLSearchParams(query));
    if (earlier?.move(show, wish) !== true) {
      // With the same key it is cut for the new one.
      this.#replaced = earlier;
      const watched: Watched = new Watched({
        ...{ id, show, wish, client, viewers, line: this.#line },
        // The state comes first: a placeholder must not be taken for a live picture.
        sending: () => {
          if (watched.isInNewState) this.#tellNews(watched);
        },
        over: () => {
          this.#unwatch(id, watched);
          if (watched !== this.#replaced) this.#send({ type: "ended", id });
        },
        lost: () => this.#close(TOOK_NOTHING, `pictures of stream ${id} were not taken or not acknowledged`),
      });
      this.#watched.set(id, watched);
      earlier?.leave();
      watched.begin();
    }
    this.#tellNews(this.#watched.get(id));
  }

  #unwatch(id: number, watched: Watched | undefined = this.#watched.get(id)): void {
    watched?.leave();
    if (this.#watched.get(id) === watched) this.#watched.delete(id);
  }

  #tellNews(watched: Watched | undefined): void {
    const news = watched?.news();
    if (news !== undefined) this.#send(news);
  }

  #send(reply: LiveReply): void {
    const text = JSON.stringify(reply);
    this.#unreadBytes += text.length;
    // The callback tells that it is on its way, or that there is nobody to tell any more.
    this.#webSocket.send(text, () => {
      this.#unreadBytes -= text.length;
      this.#goOn();
    });
    if (this.#unreadBytes >= MOST_UNREAD_BYTES) this.#webSocket.pause();
  }

  get #mustWait(): boolean {
    return this.#resting !== undefined || this.#unreadBytes >= MOST_UNREAD_BYTES;
  }

  #rest(milliseconds: number): void {
    if (milliseconds === 0 || this.#leave === undefined) return;
    this.#webSocket.pause();
    this.#resting = setTimeout(() => {
      this.#resting = undefined;
      this.#goOn();
    }, milliseconds);
  }

  #goOn(): void {
    this.#workOff();
    if (!this.#mustWait && this.#webSocket.isPaused) this.#webSocket.resume();
  }

  #close(code: number, reason: string): void {
    this.#end();
    close(this.#webSocket, code, reason);
  }

  #end(): void {
    this.#leave?.();
    this.#leave = undefined;
    clearInterval(this.#tick);
    clearTimeout(this.#resting);
    this.#resting = undefined;
    this.#waiting = [];
    for (const id of this.#watched.keys()) this.#unwatch(id);
  }
}

function tooMany(): HttpError {
  return new HttpError(
    503,
    "ERR_TOO_MANY_VIEWERS",
    `this connection watches ${MOST_STREAMS} streams, the most it may: unwatch one, or open another connection`,
  );
}
