import net from "node:net";
import type { Failures } from "./failures.ts";

/** What a {@link Connection} is opened with. */
export interface ConnectionOptions {
  /** Takes any certificate. */
  readonly insecure: boolean;
  /** Time for name, connection and handshake together, in milliseconds. */
  readonly connectMs: number;
  /** Closes the connection at once. */
  readonly signal: AbortSignal;
}

/** Chunks held for a consumer that is slow: Node reads at most 64 KiB at a time, so this is half a megabyte. */
const MOST_CHUNKS = 8;
const KEEP_ALIVE_MS = 10_000;

/** One TCP or TLS connection that is read by asking. Chunks are handed on as they were read, never copied. */
export class Connection {
  readonly #socket: net.Socket;
  readonly #signal: AbortSignal;
  readonly #onAbort = (): void => this.close();
  readonly #chunks: Uint8Array[] = [];
  #ready: boolean = false;
  #over: boolean = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  /**
   * Connects to the host of a URL.
   * @throws SourceError `ERR_SOURCE_UNREACHABLE`, or `ERR_SOURCE_REFUSED` for a certificate that is not trusted.
   */
  static async open(url: URL, options: ConnectionOptions, failures: Failures): Promise<Connection> {
    const { connectMs, signal } = options;
    signal.throwIfAborted();
    const connection = new Connection(url, options);
    try {
      if (!(await connection.#isReadyWithin(connectMs))) throw failures.connectTimeout(url, connectMs);
      signal.throwIfAborted();
      if (connection.#ready) return connection;
      throw failures.unreachable(url, connection.#error ?? new Error("the camera hung up"));
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  private constructor(url: URL, options: ConnectionOptions) {
    this.#signal = options.signal;
    this.#socket = dial(url, options.insecure, () => {
      this.#ready = true;
      this.#wake?.();
    });
    this.#socket
      .setNoDelay(true)
      .setKeepAlive(true, KEEP_ALIVE_MS)
      .on("data", (chunk: Uint8Array) => this.#onData(chunk))
      .on("end", () => this.#end())
      .on("close", () => this.#end())
      .on("error", (error) => this.#end(error));
    this.#signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** What broke the connection, if it did not simply end. */
  get error(): Error | undefined {
    return this.#error;
  }

  /** Sends bytes. What goes wrong with them is seen by the next {@link read}. */
  write(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /**
   * The next bytes, or undefined when there are no more: the peer has closed, or the connection broke ({@link error}).
   * @param withinMs how long to wait
   * @param late the error to throw after that time
   * @throws the reason of the signal when that has aborted.
   */
  async read(withinMs: number, late: () => Error): Promise<Uint8Array | undefined> {
    if (this.#chunks.length === 0 && !this.#over && !(await this.#changed(withinMs))) throw late();
    this.#signal.throwIfAborted();
    const chunk = this.#chunks.shift();
    if (this.#chunks.length === 0 && this.#socket.isPaused()) this.#socket.resume();
    return chunk;
  }

  /** Closes the connection and lets go of the signal. Idempotent. */
  close(): void {
    this.#signal.removeEventListener("abort", this.#onAbort);
    this.#socket.destroy();
    this.#end();
  }

  async #isReadyWithin(ms: number): Promise<boolean> {
    return this.#ready || this.#over || (await this.#changed(ms));
  }

  /** Waits for anything to happen. False when nothing did in time. */
  async #changed(withinMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#wake = undefined;
        resolve(false);
      }, withinMs);
      this.#wake = () => {
        this.#wake = undefined;
        clearTimeout(timer);
        resolve(true);
      };
    });
  }

  #onData(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    if (this.#chunks.length >= MOST_CHUNKS) this.#socket.pause();
    this.#wake?.();
  }

  #end(error?: Error): void {
    this.#over = true;
    this.#error ??= error;
    this.#wake?.();
  }
}

function dial(url: URL, insecure: boolean, onReady: () => void): net.Socket {
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const isTls = url.protocol === "https:";
  const port = url.port === "" ? (isTls ? 443 : 80) : Number(url.port);
  if (!isTls) return net.connect({ host, port }, onReady);
  // Loaded when needed: it costs 3 MB and 5 ms, which most servers can do without.
  const tls = process.getBuiltinModule("node:tls");
  // SNI is for names only (RFC 6066 section 3).
  const servername = net.isIP(host) === 0 ? { servername: host } : {};
  return tls.connect(
    { host, port, ...servername, ...(insecure ? ANY_TLS : { rejectUnauthorized: true }) },
    onReady,
  );
}

const SSL_OP_LEGACY_SERVER_CONNECT = 4;

/** Cameras with a certificate of their own are often old: TLS 1.0, 1024-bit keys, SHA-1, renegotiation without RFC 5746. */
const ANY_TLS = {
  rejectUnauthorized: false,
  minVersion: "TLSv1",
  ciphers: "DEFAULT@SECLEVEL=0",
  secureOptions: SSL_OP_LEGACY_SERVER_CONNECT,
} as const;
