import { Authorizer } from "./authorizer.ts";
import { parseChallenges } from "./challenge.ts";
import { Connection } from "./connection.ts";
import type { Failures } from "./failures.ts";
import type { HttpAddress } from "./http-address.ts";
import { redirectOf } from "./redirect.ts";
import { encodeRequest } from "./request.ts";
import { bodyOf } from "./response-body.ts";
import { contentLengthOf, HeadReader, type ReadHead } from "./response-head.ts";
import type { Timeouts } from "./timeouts.ts";

/** How a camera is asked. */
export interface HttpClientOptions {
  /** Takes any certificate. */
  readonly insecure: boolean;
  readonly timeouts: Timeouts;
}

/** An answer that is good to be read: status 2xx, credentials and redirects settled. */
export interface Reply extends ReadHead {
  /** Where it came from, after redirects. */
  readonly url: URL;
}

const MOST_REDIRECTS = 5;
/** Without an answer to the challenge or with an old one, with an answer, and once more if the nonce was old already. */
const MOST_ATTEMPTS = 3;
/** What servers that only know HTTP/1.0 say to 1.1; others just hang up. */
const OLD_SERVER: readonly number[] = [400, 505];
const MOST_QUOTED_BYTES = 4096;
const QUOTE_WITHIN_MS = 1_000;

/**
 * An HTTP/1 client for cameras, which send heads that `node:http` refuses. One connection a request, for many cameras
 * close it anyway, and one request at a time. It remembers what it learnt: the nonce, and that a camera wants HTTP/1.0.
 */
export class HttpClient {
  readonly #address: HttpAddress;
  readonly #options: HttpClientOptions;
  readonly #failures: Failures;
  readonly #authorizer: Authorizer | undefined;
  #connection: Connection | undefined;
  #version: "1.0" | "1.1" = "1.1";

  constructor(address: HttpAddress, options: HttpClientOptions, failures: Failures) {
    this.#address = address;
    this.#options = options;
    this.#failures = failures;
    this.#authorizer = address.credentials && new Authorizer(address.credentials);
  }

  /**
   * Asks for the address; at most 5 redirects are followed.
   * @throws SourceError for every answer but 2xx and for none; the reason of the signal when that aborts.
   */
  async open(signal: AbortSignal): Promise<Reply> {
    let url = this.#address.url;
    for (let redirects = 0; ; redirects++) {
      const reply = await this.#askWithCredentials(url, signal);
      const next = redirectOf(reply.head, reply.url, this.#failures);
      if (next === undefined) return await this.#accepted(reply);
      if (redirects === MOST_REDIRECTS) throw this.#failures.tooManyRedirects(MOST_REDIRECTS, next);
      url = next;
    }
  }

  /**
   * The body of the newest reply, to the close of the connection. Once only.
   * @param beforeRead called before each wait for bytes; what it throws ends the body.
   */
  body(reply: Reply, beforeRead: () => void): AsyncGenerator<Uint8Array, void> {
    const { idleMs } = this.#options.timeouts;
    return bodyOf(
      reply,
      async () => {
        beforeRead();
        return await this.#read(idleMs, () => this.#failures.silent(idleMs));
      },
      this.#failures,
    );
  }

  /** The beginning of a body for an error message, where it comes at once. What another host says is not repeated. */
  async said(reply: Reply): Promise<string> {
    // A redirect may point to anything that this machine can reach, and error messages are shown to viewers.
    if (reply.url.origin !== this.#address.url.origin) return "";
    const most = Math.min(contentLengthOf(reply.head) ?? MOST_QUOTED_BYTES, MOST_QUOTED_BYTES);
    const until = performance.now() + QUOTE_WITHIN_MS;
    const read = async () =>
      await this.#read(Math.max(0, until - performance.now()), () => new Error("late"));
    let said = Buffer.alloc(0);
    try {
      for await (const chunk of bodyOf(reply, read, this.#failures)) {
        said = Buffer.concat([said, chunk.subarray(0, MOST_QUOTED_BYTES)]);
        if (said.length >= most) break;
      }
    } catch {
      // Whatever came until then is what there is to quote.
    }
    return said.toString("utf8");
  }

  /** Closes the connection. Idempotent; {@link open} may be called again. */
  close(): void {
    this.#connection?.close();
    this.#connection = undefined;
  }

  async #askWithCredentials(url: URL, signal: AbortSignal): Promise<Reply> {
    const isOwn = url.origin === this.#address.url.origin;
    const authorizer = isOwn ? this.#authorizer : undefined;
    for (let attempt = 1; ; attempt++) {
      const reply = await this.#askInEitherVersion(url, authorizer, signal);
      if (reply.head.status !== 401) return reply;
      const challenges = parseChallenges(reply.head.headers.get("www-authenticate") ?? []);
      if (!isOwn) throw this.#failures.withheld(url);
      if (authorizer === undefined) throw this.#failures.credentialsMissing();
      const outcome = authorizer.take(challenges, attempt > 1);
      if (outcome === "unknown") throw this.#failures.unknownScheme(challenges.map(({ scheme }) => scheme));
      if (outcome === "wrong" || attempt === MOST_ATTEMPTS) throw this.#failures.credentialsWrong();
    }
  }

  async #askInEitherVersion(
    url: URL,
    authorizer: Authorizer | undefined,
    signal: AbortSignal,
  ): Promise<Reply> {
    const isNewer = this.#version === "1.1";
    let reply = await this.#ask(url, this.#version, authorizer, signal);
    if (isNewer && !isUnderstood(reply)) {
      reply = await this.#ask(url, "1.0", authorizer, signal);
      if (isUnderstood(reply)) this.#version = "1.0";
    }
    if (reply === undefined) throw this.#failures.emptyReply();
    return reply;
  }

  /** One request on a new connection; undefined when the camera hangs up without a byte. */
  async #ask(
    url: URL,
    version: string,
    authorizer: Authorizer | undefined,
    signal: AbortSignal,
  ): Promise<Reply | undefined> {
    const { insecure, timeouts } = this.#options;
    this.close();
    this.#connection = await Connection.open(
      url,
      { insecure, connectMs: timeouts.connectMs, signal },
      this.#failures,
    );
    this.#connection.write(encodeRequest(url, version, authorizer));
    const read = await this.#readHead();
    return read && { ...read, url };
  }

  async #readHead(): Promise<ReadHead | undefined> {
    const { headMs } = this.#options.timeouts;
    const until = performance.now() + headMs;
    const late = () => this.#failures.noHead(headMs);
    const reader = new HeadReader(this.#failures);
    for (let bytes = 0; ;) {
      const chunk = await this.#connection?.read(Math.max(0, until - performance.now()), late);
      if (chunk === undefined) {
        const cut = reader.end();
        // A reset before the first byte is an old server's way of hanging up; later it is a fault.
        if (cut === undefined && bytes > 0) throw this.#failures.cutHead();
        return cut;
      }
      bytes += chunk.length;
      const read = reader.push(chunk);
      if (read !== undefined) return read;
    }
  }

  async #read(withinMs: number, late: () => Error): Promise<Uint8Array | undefined> {
    const chunk = await this.#connection?.read(withinMs, late);
    if (chunk === undefined && this.#connection?.error !== undefined) {
      throw this.#failures.lost(this.#connection.error);
    }
    return chunk;
  }

  async #accepted(reply: Reply): Promise<Reply> {
    const { status, reason } = reply.head;
    if (status >= 200 && status < 300) return reply;
    if (status === 403) throw this.#failures.forbidden(this.#authorizer !== undefined);
    throw this.#failures.status(status, reason, await this.said(reply));
  }
}

function isUnderstood(reply: Reply | undefined): boolean {
  return reply !== undefined && !OLD_SERVER.includes(reply.head.status);
}
