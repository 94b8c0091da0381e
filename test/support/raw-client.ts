import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A client that sends exactly the bytes it is told to and keeps exactly the bytes it gets. */
export class RawClient {
  readonly socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #closed = false;
  readonly #wake = new Set<() => void>();

  constructor(port: number) {
    this.socket = connect(port, "127.0.0.1");
    this.socket.on("data", (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#tell();
    });
    this.socket.on("error", () => this.#tell());
    this.socket.on("close", () => {
      this.#closed = true;
      this.#tell();
    });
  }

  /** Opens a connection and sends a request; header lines as they are. */
  static get(port: number, path: string, ...headers: readonly string[]): RawClient {
    const client = new RawClient(port);
    client.send([`GET ${path} HTTP/1.1`, "Host: 127.0.0.1", ...headers, "", ""].join("\r\n"));
    return client;
  }

  /** Everything received, one character a byte. */
  get text(): string {
    return this.#received.toString("latin1");
  }

  get bytes(): Buffer {
    return this.#received;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** The body: what follows the head. */
  get body(): string {
    return this.text.slice(this.text.indexOf("\r\n\r\n") + 4);
  }

  send(bytes: string | Uint8Array): void {
    this.socket.write(bytes);
  }

  /** Resolves when what was received satisfies the condition; rejects when it cannot any more. */
  async until(condition: (text: string) => boolean, what: string, timeoutMs = 5_000): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (!condition(this.text)) {
      const leftMs = deadline - performance.now();
      if (this.#closed || leftMs <= 0) {
        throw new Error(
          `${this.#closed ? "closed" : "waited"} before ${what}; received ${this.#received.length} bytes`,
        );
      }
      await this.#change(leftMs);
    }
  }

  /** Resolves when the server has closed the connection. */
  async end(timeoutMs = 5_000): Promise<void> {
    if (!this.#closed) await once(this.socket, "close", { signal: AbortSignal.timeout(timeoutMs) });
  }

  close(): void {
    this.socket.destroy();
  }

  async #change(timeoutMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const wake = () => resolve(undefined);
    const timer = setTimeout(wake, timeoutMs);
    this.#wake.add(wake);
    await promise;
    this.#wake.delete(wake);
    clearTimeout(timer);
  }

  #tell(): void {
    for (const wake of this.#wake) wake();
  }
}
