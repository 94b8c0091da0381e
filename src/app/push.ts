import { setTimeout as sleep } from "node:timers/promises";
import { MjpegError } from "../core/errors.ts";
import type { CapturedImage } from "../core/frame.ts";
import { usablePicture } from "../core/usable-picture.ts";
import { Upload, type UploadAnswer, type UploadTimes } from "../delivery/upload.ts";
import { supervise, type RetryPauses } from "../sources/supervisor.ts";
import type { Tcp } from "../system/tcp.ts";
import { readPushAddress, type PushAddress } from "./push-address.ts";
import { makeSource, type SourceInput } from "./sources.ts";
import { tcpCalls } from "./tcp-calls.ts";

/** What to push where. */
export interface PushOptions {
  /** Where the pictures come from. */
  readonly source: SourceInput;
  /** Where they go: `http://HOST:8080/streams/NAME/live.mjpeg?key=…`. */
  readonly url: string;
  /** Ends whoever publishes that stream now. */
  readonly takeover: boolean;
  /** Ends the pushing properly. */
  readonly signal: AbortSignal;
  /** Told one line for each thing worth knowing. */
  readonly log: (line: string) => void;
  /** Shorter times for tests. */
  readonly times?: { readonly upload?: UploadTimes; readonly pauses?: RetryPauses };
}

/** What was pushed so far. */
export interface PushFigures {
  /** Pictures sent. */
  readonly pictures: number;
  /** Pictures left out because the connection was too slow for them, or not there. */
  readonly drops: number;
  /** Bytes sent. */
  readonly bytes: number;
}

const PAUSES: RetryPauses = { firstMs: 500, longestMs: 10_000 };
/** A connection that lasted so long had been accepted, as far as anyone can know before its end. */
const ACCEPTED_MS = 2_000;
/** For so long a server may take our own lost connection for another publisher: a Kinora gives up a silent one after 60 s. */
const GHOST_MS = 90_000;

/** Sends the pictures of a source to another server, which shows them as one of its streams. */
export class Push {
  readonly #options: PushOptions;
  readonly #to: PushAddress;
  readonly #tcp: () => Tcp | undefined;
  readonly #closed = { pictures: 0, drops: 0, bytes: 0 };
  #newest: CapturedImage | undefined;
  #upload: Upload | undefined;
  #wake = Promise.withResolvers<undefined>();
  #isOver = false;
  #lostAt = -Infinity;
  #told = "";

  /** @throws MjpegError `ERR_OPTION_INVALID` for a URL that cannot be. */
  constructor(options: PushOptions) {
    this.#options = options;
    this.#to = readPushAddress(options.url, options.takeover);
    this.#tcp = tcpCalls(options.log);
  }

  /** What was pushed so far. */
  get figures(): PushFigures {
    const { pictures, drops, bytes } = this.#closed;
    return {
      pictures: pictures + (this.#upload?.pictures ?? 0),
      drops: drops + (this.#upload?.drops ?? 0),
      bytes: bytes + (this.#upload?.bytes ?? 0),
    };
  }

  /**
   * Pushes until the source ends or the signal aborts, connecting again with growing pauses.
   * @throws MjpegError `ERR_PUSH_REFUSED` when the server says what trying again cannot help; the source's own error when
   *   it failed for good; `ERR_ADDRESS_INVALID`, `ERR_OPTION_INVALID`.
   */
  async run(): Promise<void> {
    const { signal, source: address, log } = this.#options;
    const { source } = makeSource(address, this.#to.name, () => 0);
    const stop = new AbortController();
    const stopped = AbortSignal.any([signal, stop.signal]);
    if (stopped.aborted) return;
    stopped.addEventListener("abort", () => this.#end(), { once: true });
    const supplying = supervise(source, stopped, {
      picture: (image) => this.#offer(image),
      down: (error) => this.#rest(error.message),
      waiting: (error) => this.#rest(error.message),
      dropped: (count) => void (this.#closed.drops += count),
      note: (text) => log(`${source.label}: ${text}`),
    }).finally(() => this.#end());
    const connecting = this.#connectAgainAndAgain(stopped).finally(() => stop.abort());
    await Promise.allSettled([supplying, connecting]);
    await supplying;
    await connecting;
  }

  #offer({ jpeg, capturedAt }: CapturedImage): void {
    const usable = usablePicture(jpeg);
    if (usable === undefined) {
      this.#closed.drops++;
      return;
    }
    const image = { jpeg: usable.jpeg, capturedAt };
    if (this.#upload?.isEnding === false) {
      this.#upload.offer(image);
      return;
    }
    if (this.#newest !== undefined) this.#closed.drops++;
    this.#newest = image;
    this.#wake.resolve(undefined);
  }

  /** While the source is down, nobody is to think that it is only slow: the connection is ended until its next picture. */
  #rest(reason: string): void {
    this.#tell(reason);
    this.#newest = undefined;
    this.#upload?.end();
  }

  #end(): void {
    this.#isOver = true;
    this.#upload?.end();
    this.#wake.resolve(undefined);
  }

  async #connectAgainAndAgain(signal: AbortSignal): Promise<void> {
    const { firstMs, longestMs } = this.#options.times?.pauses ?? PAUSES;
    let pauseMs = firstMs;
    for (;;) {
      const first = await this.#nextPicture();
      if (first === undefined || signal.aborted) return;
      const since = performance.now();
      const trouble = await this.#uploadFrom(first);
      if (trouble === undefined) continue;
      if (performance.now() - since >= ACCEPTED_MS) {
        pauseMs = firstMs;
        this.#lostAt = performance.now();
      }
      if (this.#isOver) return;
      this.#tell(`${this.#to.label}: ${trouble}; it is tried again`);
      // Only an abort ends the sleep early, and the loop sees that.
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
      pauseMs = Math.min(pauseMs * 2, longestMs);
    }
  }

  /** The newest picture that was not sent, waited for; undefined when there will be none. */
  async #nextPicture(): Promise<CapturedImage | undefined> {
    while (this.#newest === undefined && !this.#isOver) {
      this.#wake = Promise.withResolvers();
      await this.#wake.promise;
    }
    const image = this.#newest;
    this.#newest = undefined;
    return image;
  }

  /** Sends pictures over one connection. Resolves with what went wrong, or undefined when it was ended here. */
  async #uploadFrom(first: CapturedImage): Promise<string | undefined> {
    const upload = new Upload(this.#to.url, this.#to.login, this.#tcp(), this.#options.times?.upload);
    this.#upload = upload;
    upload.offer(first);
    if (this.#isOver) upload.end();
    const accepted = setTimeout(() => this.#tell(`pictures go to ${this.#to.label}`), ACCEPTED_MS);
    try {
      return this.#troubleOf(await upload.answer, upload.isEnding);
    } catch (error) {
      if (error instanceof MjpegError) throw error;
      return upload.isEnding ? undefined : sentenceOf(error);
    } finally {
      clearTimeout(accepted);
      this.#upload = undefined;
      this.#closed.pictures += upload.pictures;
      this.#closed.drops += upload.drops;
      this.#closed.bytes += upload.bytes;
    }
  }

  /** @throws MjpegError for an answer that will be the same the next time. */
  #troubleOf({ status, text }: UploadAnswer, isEnding: boolean): string | undefined {
    if (status >= 200 && status < 300) return isEnding ? undefined : "the server has ended the stream";
    const said = this.#to.hide(text);
    const answer = `the server answered ${status}${said === "" ? "" : `: ${said}`}`;
    const isOwnGhost = status === 409 && performance.now() - this.#lostAt < GHOST_MS;
    if (status === 408 || status >= 500 || isOwnGhost) return answer;
    throw new MjpegError("ERR_PUSH_REFUSED", `${this.#to.label}: ${answer}`);
  }

  /** Says what is news. */
  #tell(line: string): void {
    if (line !== this.#told) this.#options.log(line);
    this.#told = line;
  }
}

const SENTENCES: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nobody listens there",
  ECONNRESET: "the connection was cut",
  EPIPE: "the connection was cut",
  ENOTFOUND: "there is no host of that name",
  EAI_AGAIN: "the name of the host cannot be looked up",
  ETIMEDOUT: "the host does not answer",
  EHOSTUNREACH: "there is no way to the host",
  ENETUNREACH: "there is no network",
};

function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error ? String(error.code) : "";
  return SENTENCES[code] ?? error.message;
}
