import { connect, type Socket } from "node:net";
import { Head, type ClientParser, type Feed } from "./client-parsers.ts";

/** Sends a client's request as it sends it, and reads the answer as that client does. */
export class Replay {
  /** The head of the answer, once it is here. */
  readonly head: Promise<Head>;
  readonly #socket: Socket;
  readonly #pictures: Buffer[] = [];
  #wake = Promise.withResolvers<undefined>();
  #trouble: unknown;

  /** @param request its lines, without the blank one */
  constructor(port: number, request: readonly string[], parser: ClientParser) {
    const { promise, resolve } = Promise.withResolvers<Head>();
    this.head = promise;
    let received = Buffer.alloc(0);
    let feed: Feed | undefined;
    this.#socket = connect(port, "127.0.0.1");
    this.#socket.write([...request, "", ""].join("\r\n"));
    this.#socket.on("data", (chunk: Buffer) => {
      let piece = chunk;
      try {
        if (feed === undefined) {
          received = Buffer.concat([received, chunk]);
          const end = received.indexOf("\r\n\r\n");
          if (end === -1) return;
          const head = new Head(received.subarray(0, end).toString("latin1"));
          resolve(head);
          feed = parser(head);
          piece = received.subarray(end + 4);
        }
        this.#pictures.push(...feed(piece));
      } catch (error) {
        this.#trouble ??= error;
      }
      this.#tell();
    });
    this.#socket.on("error", (error) => this.#end(error));
    this.#socket.on("close", () => this.#end(new Error("the connection was closed")));
  }

  /** The next picture that the client has. */
  async next(what: string, timeoutMs = 5_000): Promise<Buffer> {
    const timer = setTimeout(() => this.#end(new Error(`waited ${timeoutMs} ms`)), timeoutMs);
    try {
      for (;;) {
        const picture = this.#pictures.shift();
        if (picture !== undefined) return picture;
        if (this.#trouble !== undefined) throw new Error(`no ${what}`, { cause: this.#trouble });
        await this.#wake.promise;
      }
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    this.#socket.destroy();
  }

  #end(error: unknown): void {
    this.#trouble ??= error;
    this.#tell();
  }

  #tell(): void {
    this.#wake.resolve(undefined);
    this.#wake = Promise.withResolvers();
  }
}

/** An answer that ends, read whole. */
export async function answerTo(
  port: number,
  request: readonly string[],
): Promise<{ head: Head; body: Buffer }> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const pieces: Buffer[] = [];
  const socket = connect(port, "127.0.0.1");
  socket.write([...request, "Connection: close", "", ""].join("\r\n"));
  socket.on("data", (piece: Buffer) => pieces.push(piece));
  socket.on("error", reject);
  socket.on("close", () => resolve(Buffer.concat(pieces)));
  socket.setTimeout(5_000, () => socket.destroy(new Error(`no answer in 5 s: ${request[0]}`)));
  const all = await promise;
  const end = all.indexOf("\r\n\r\n");
  return { head: new Head(all.subarray(0, end).toString("latin1")), body: all.subarray(end + 4) };
}
