import { connect, type Socket } from "node:net";

/** One part of a stream, as it came. */
export interface WatchedPart {
  readonly headers: ReadonlyMap<string, string>;
  readonly jpeg: Buffer;
  /** When its last byte was here: milliseconds since the Unix epoch. */
  readonly receivedAt: number;
}

const BOUNDARY = "boundarydonotcross";

/**
 * A viewer that asks as a program does and takes the machine layout strictly: every part has its length, and the
 * delimiter behind it. Shares no code with what it tests.
 */
export class Watcher {
  /** Every part so far, in order. */
  readonly parts: WatchedPart[] = [];
  /** Why the stream is not as it should be, or is over; undefined while all is well. */
  trouble: string | undefined;
  readonly #socket: Socket;
  #rest: Buffer = Buffer.alloc(0);
  #inBody = false;
  #wake = Promise.withResolvers<undefined>();

  /** @param query parameters of the address, such as `width=640` */
  constructor(port: number, name: string, query = "") {
    this.#socket = connect(port, "127.0.0.1");
    this.#socket.write(
      `GET /streams/${name}/live.mjpeg?${query} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n\r\n`,
    );
    this.#socket.on("data", (chunk: Buffer) => {
      this.#rest = Buffer.concat([this.#rest, chunk]);
      this.#take();
      this.#tell();
    });
    this.#socket.on("error", (error) => this.#end(error.message));
    this.#socket.on("close", () => this.#end("the connection was closed"));
  }

  /**
   * The first part from number `from` on that satisfies the condition, as soon as it is there.
   * @throws Error when the stream breaks or ends before, or the time is over.
   */
  async next(
    condition: (part: WatchedPart) => boolean,
    what: string,
    { from = this.parts.length, timeoutMs = 20_000 }: { from?: number; timeoutMs?: number } = {},
  ): Promise<WatchedPart> {
    const deadline = performance.now() + timeoutMs;
    for (let at = from; ; at++) {
      while (this.parts.length <= at) {
        if (this.trouble !== undefined) throw new Error(`waiting for ${what}: ${this.trouble}`);
        await this.#change(deadline - performance.now(), what);
      }
      const part = this.parts[at];
      if (part !== undefined && condition(part)) return part;
    }
  }

  close(): void {
    this.#end("closed by the test");
    this.#socket.destroy();
  }

  #take(): void {
    if (!this.#inBody) {
      const opening = `\r\n\r\n--${BOUNDARY}\r\n`;
      const end = this.#rest.indexOf(opening, 0, "latin1");
      if (end === -1) return;
      if (!this.#rest.subarray(0, 12).equals(Buffer.from("HTTP/1.1 200")))
        this.#end("the answer is no stream");
      this.#rest = this.#rest.subarray(end + opening.length);
      this.#inBody = true;
    }
    while (this.trouble === undefined && this.#takePart());
  }

  #takePart(): boolean {
    const headEnd = this.#rest.indexOf("\r\n\r\n", 0, "latin1");
    if (headEnd === -1) return false;
    const lines = this.#rest.toString("latin1", 0, headEnd).split("\r\n");
    const headers = new Map(lines.map((line) => [line.split(": ")[0] ?? "", line.split(": ")[1] ?? ""]));
    const length = Number(headers.get("Content-Length"));
    if (!(length > 0)) return this.#end(`a part with the head ${JSON.stringify(lines)}`);
    const start = headEnd + 4;
    const delimiter = `\r\n--${BOUNDARY}`;
    const end = start + length + delimiter.length + 2;
    if (this.#rest.length < end) return false;
    const behind = this.#rest.toString("latin1", start + length, end);
    if (!behind.startsWith(delimiter)) return this.#end(`${JSON.stringify(behind)} behind a picture`);
    this.parts.push({
      headers,
      jpeg: Buffer.from(this.#rest.subarray(start, start + length)),
      receivedAt: Date.now(),
    });
    this.#rest = this.#rest.subarray(end);
    return behind.endsWith("\r\n") || this.#end("the stream has ended");
  }

  #end(trouble: string): false {
    this.trouble ??= trouble;
    this.#tell();
    return false;
  }

  #tell(): void {
    this.#wake.resolve(undefined);
    this.#wake = Promise.withResolvers<undefined>();
  }

  async #change(timeoutMs: number, what: string): Promise<void> {
    if (timeoutMs <= 0) throw new Error(`waited too long for ${what}; ${this.parts.length} parts came`);
    const late = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => late.resolve(undefined), timeoutMs);
    await Promise.race([this.#wake.promise, late.promise]);
    clearTimeout(timer);
  }
}
