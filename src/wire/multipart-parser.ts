import { ByteQueue } from "./byte-queue.ts";
import { boundaryOf } from "./boundary.ts";
import { DelimiterFinder, type Delimiter } from "./delimiter.ts";
import { HeaderReader } from "./header-block.ts";
import type { JpegSplitter } from "./jpeg-splitter.ts";
import { Opening } from "./opening.ts";
import type { BadPartReason, BodyReader } from "./part.ts";
import type { Patience } from "./patience.ts";

/** Where the parser is: each state has one function, which names the next state or says that more bytes are needed. */
type State = "opening" | "gap" | "headers" | "body" | "raw" | "closed";
type Step = (ended: boolean) => State | undefined;

/** What a {@link MultipartParser} reads with; made for the queue and the finder it owns. */
export interface Readers {
  /** Reads the body of each part. */
  readonly body: BodyReader;
  /** Reads a body that is no multipart at all. */
  readonly splitter: JpegSplitter;
  /** Gives up when nothing of use comes. */
  readonly patience: Patience;
  /** Told of parts that have no body. */
  bad(reason: BadPartReason): void;
  /** Told once that the body is over, as it should be. */
  end(): void;
}

/** How a {@link MultipartParser} is made. */
export interface MultipartParserOptions {
  /** The Content-Type of the whole body; null when none was sent. */
  readonly contentType: string | null;
  /** Most bytes of one part's headers. */
  readonly maxHeaderBytes: number;
}

/** A longer boundary counts as none. RFC 2046 allows 70 characters. */
const LONGEST_BOUNDARY = 256;
/** Bytes kept before the place that is looked at, for what is decided by the bytes before it. */
const KEPT_BYTES = 300;

/**
 * Reads a multipart body as it comes, in chunks of any size, with the same result. A bad part is told and passed over;
 * reading goes on at the next delimiter.
 */
export class MultipartParser {
  readonly #queue = new ByteQueue();
  readonly #finder: DelimiterFinder;
  readonly #opening: Opening;
  readonly #headers: HeaderReader;
  readonly #readers: Readers;
  #state: State = "opening";
  /** Everything before this position is done with. */
  #at = 0;
  /** Whether the part in progress is a picture that no delimiter came before. */
  #isUndelimited = false;

  readonly #steps: Readonly<Record<State, Step>> = {
    opening: (ended) => this.#readOpening(ended),
    gap: (ended) => this.#readGap(ended),
    headers: (ended) => this.#readHeaders(ended),
    body: (ended) => this.#readBody(ended),
    raw: (ended) => this.#readRaw(ended),
    closed: () => undefined,
  };

  constructor(
    options: MultipartParserOptions,
    readers: (queue: ByteQueue, finder: DelimiterFinder) => Readers,
  ) {
    const declared = boundaryOf(options.contentType);
    const boundary = declared === null || declared.length > LONGEST_BOUNDARY ? null : declared;
    this.#finder = new DelimiterFinder(this.#queue, boundary);
    this.#opening = new Opening(this.#queue, this.#finder, options.contentType, boundary !== null);
    this.#headers = new HeaderReader(this.#queue, this.#finder, options.maxHeaderBytes);
    this.#readers = readers(this.#queue, this.#finder);
  }

  /** Whether the closing delimiter came: nothing behind it counts. */
  get closed(): boolean {
    return this.#state === "closed";
  }

  /** Reads a chunk. It is kept as long as it is needed, and must not be written to again. */
  push(chunk: Uint8Array): void {
    const { patience } = this.#readers;
    for (let at = 0; at < chunk.length && !this.closed;) {
      // Cut where patience ends, so that where it ends does not depend on how the input was cut.
      const end = at + patience.bytesLeft(this.#queue.end);
      this.#queue.push(chunk.subarray(at, end));
      this.#run(false);
      this.#queue.discard(this.#at - KEPT_BYTES);
      at = end;
    }
  }

  /** The input ended as it should: what is whole only then is delivered, and what is torn is not. */
  end(): void {
    this.#run(true);
    this.#close();
  }

  #run(ended: boolean): void {
    for (let next = this.#steps[this.#state](ended); next !== undefined; next = this.#steps[next](ended)) {
      this.#state = next;
    }
  }

  #close(): void {
    if (this.closed) return;
    this.#state = "closed";
    this.#readers.end();
  }

  #readOpening(ended: boolean): State | undefined {
    const kind = this.#opening.read(ended);
    this.#at = this.#opening.at;
    if (kind !== "picture") return kind === "delimited" ? "gap" : kind;
    this.#isUndelimited = true;
    this.#readers.body.begin(this.#at, NO_HEADERS);
    return "body";
  }

  #readGap(ended: boolean): State | undefined {
    const delimiter = this.#finder.find(this.#at, ended);
    if (delimiter !== undefined) return this.#pass(delimiter);
    this.#at = Math.max(this.#at, Math.min(this.#finder.searchedTo, this.#queue.end));
    return undefined;
  }

  #readHeaders(ended: boolean): State | undefined {
    const block = this.#headers.read(ended);
    if (block === undefined) return undefined;
    if (block.kind === "delimiter") return this.#pass(block.delimiter);
    this.#at = block.end;
    if (block.kind === "too-long") {
      this.#readers.bad("header-too-long");
      return "gap";
    }
    this.#readers.body.begin(block.end, block.headers);
    return "body";
  }

  #readBody(ended: boolean): State | undefined {
    const next = this.#readers.body.read(ended);
    if (next === undefined) return undefined;
    this.#at = next;
    if (!this.#isUndelimited) return "gap";
    this.#isUndelimited = false;
    this.#opening.begin(next);
    return "opening";
  }

  #readRaw(ended: boolean): undefined {
    this.#readers.splitter.read(ended);
    this.#at = this.#readers.splitter.start;
  }

  /** Goes on behind a delimiter. */
  #pass(delimiter: Delimiter): State {
    if (delimiter.closes) {
      this.#close();
      return "closed";
    }
    this.#at = delimiter.end;
    this.#headers.begin(delimiter.end);
    return "headers";
  }
}

const NO_HEADERS: ReadonlyMap<string, string> = new Map();
