import { once } from "node:events";
import type { TestContext } from "node:test";
import { WebSocket, type ClientOptions } from "ws";
import {
  decodeLiveHead,
  encodeAcknowledgements,
  LIVE_HEAD_BYTES,
  type LiveHead,
  type LiveReply,
} from "../../src/wire/live-message.ts";

/** A picture as it came. */
export interface LivePicture extends LiveHead {
  readonly jpeg: Buffer;
  /** When it was here: milliseconds since the epoch. */
  readonly cameAt: number;
}

/** A client of `/api/live` that keeps all it gets. */
export class LiveClient {
  readonly socket: WebSocket;
  readonly pictures: LivePicture[] = [];
  readonly replies: LiveReply[] = [];
  /** The code and the reason it was closed with, once it was. */
  closed: readonly [code: number, reason: string] | undefined;
  /** Which pictures it acknowledges as they come. */
  acknowledges: (picture: LivePicture) => boolean = () => true;

  constructor(url: string, options: ClientOptions = {}) {
    this.socket = new WebSocket(url, { ...options, perMessageDeflate: false });
    this.socket.on("message", (data, isBinary) => this.#take(data as Buffer, isBinary));
    this.socket.on("close", (code, reason) => (this.closed = [code, reason.toString()]));
    this.socket.on("error", () => undefined); // the close behind it tells
  }

  /** Connects, and goes with the test. */
  static async open(t: TestContext, url: string, options?: ClientOptions): Promise<LiveClient> {
    const client = new LiveClient(url, options);
    t.after(() => client.socket.terminate());
    await once(client.socket, "open");
    return client;
  }

  watch(id: number, stream: string, query?: string): void {
    this.say({ type: "watch", id, stream, ...(query === undefined ? {} : { query }) });
  }

  unwatch(id: number): void {
    this.say({ type: "unwatch", id });
  }

  say(message: unknown): void {
    this.socket.send(JSON.stringify(message));
  }

  acknowledge(...pictures: readonly LivePicture[]): void {
    this.socket.send(encodeAcknowledgements(pictures));
  }

  /** The pictures of one stream. */
  of(id: number): readonly LivePicture[] {
    return this.pictures.filter((picture) => picture.id === id);
  }

  /** What was said of one stream, of that type. */
  said<Type extends LiveReply["type"]>(
    type: Type,
    id: number,
  ): readonly Extract<LiveReply, { type: Type }>[] {
    return this.replies.filter(
      (reply): reply is Extract<LiveReply, { type: Type }> => reply.type === type && reply.id === id,
    );
  }

  #take(data: Buffer, isBinary: boolean): void {
    if (!isBinary) {
      this.replies.push(JSON.parse(data.toString()) as LiveReply);
      return;
    }
    const head = decodeLiveHead(Uint8Array.from(data).buffer);
    if (head === undefined) throw new Error("that is no picture");
    const picture = { ...head, jpeg: data.subarray(LIVE_HEAD_BYTES), cameAt: Date.now() };
    this.pictures.push(picture);
    if (this.acknowledges(picture)) this.acknowledge(picture);
  }
}
