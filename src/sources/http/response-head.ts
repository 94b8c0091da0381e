import type { Failures } from "./failures.ts";
import { latin1 } from "./latin1.ts";

/** The head of an answer, read as leniently as can be. */
export interface ResponseHead {
  /** 200 for an answer without a head (HTTP/0.9). */
  readonly status: number;
  /** What stands behind the status, as sent. */
  readonly reason: string;
  /** All values of each header in order. Names in lower case, values in Latin-1 without control characters. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
}

/** A head and the bytes that came with it. */
export interface ReadHead {
  readonly head: ResponseHead;
  /** The first bytes of the body; may be empty. */
  readonly rest: Uint8Array;
}

const MOST_HEAD_BYTES = 64 * 1024;
const LF = 0x0a;

/** The last value of a header: of two the later one was meant. */
export function headerOf(head: ResponseHead, name: string): string | null {
  return head.headers.get(name)?.at(-1) ?? null;
}

/** Content-Length where it can be believed: digits, and the same in every line. */
export function contentLengthOf(head: ResponseHead): number | undefined {
  const values = (head.headers.get("content-length") ?? []).flatMap((line) => line.split(","));
  const [length, ...others] = new Set(
    values.map((value) => (/^\s*\d{1,15}\s*$/.test(value) ? Number(value) : -1)),
  );
  return others.length > 0 || length === -1 ? undefined : length;
}

/**
 * Reads a head that arrives in pieces of any size: HTTP of any version, ICY, no head at all (HTTP/0.9), LF alone,
 * folded lines, lines without a colon, control characters. Interim answers (1xx) are passed over.
 */
export class HeadReader {
  readonly #failures: Failures;
  readonly #headers = new Map<string, string[]>();
  #bytes: number = 0;
  #line: string = "";
  #status: number | undefined;
  #reason: string = "";
  #last: string[] | undefined;

  constructor(failures: Failures) {
    this.#failures = failures;
  }

  /**
   * Takes the next bytes; returns the head once it is whole.
   * @throws SourceError for a head over 64 KiB and for what is no HTTP.
   */
  push(chunk: Uint8Array): ReadHead | undefined {
    for (let at = 0; ;) {
      const lf = chunk.indexOf(LF, at);
      const end = lf === -1 ? chunk.length : lf;
      const undecided = this.#status === undefined && this.#line.length < 2;
      this.#line += latin1(chunk.subarray(at, end));
      if (undecided && /^(--|\u00ff\u00d8)/.test(this.#line)) return this.#withoutHead(chunk.subarray(end));
      this.#count(end - at + (lf === -1 ? 0 : 1));
      if (lf === -1) return undefined;
      at = lf + 1;
      if (this.#takeLine()) return this.#head(chunk.subarray(at));
    }
  }

  /** The input has ended; a head that lacks only its blank line counts. */
  end(): ReadHead | undefined {
    return this.#status === undefined ? undefined : this.#head(new Uint8Array(0));
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > MOST_HEAD_BYTES) {
      throw this.#failures.malformed(
        `the head of the camera's answer has no end within ${MOST_HEAD_BYTES} bytes`,
      );
    }
  }

  /** True at the end of the head. */
  #takeLine(): boolean {
    const line = this.#line.endsWith("\r") ? this.#line.slice(0, -1) : this.#line;
    this.#line = "";
    if (this.#status === undefined) this.#takeStatus(line);
    else if (line === "") return this.#isFinal();
    else this.#takeHeader(line);
    return false;
  }

  #takeStatus(line: string): void {
    if (line.trim() === "") return;
    const match = /^\S+\s+(\d{3})(?!\d)\s*(.*)$/.exec(line);
    if (match === null) throw this.#failures.malformed("the camera's answer is not HTTP", line);
    this.#status = Number(match[1]);
    this.#reason = match[2] ?? "";
  }

  #isFinal(): boolean {
    if (this.#status !== undefined && this.#status >= 200) return true;
    this.#status = undefined;
    this.#headers.clear();
    this.#last = undefined;
    return false;
  }

  #takeHeader(line: string): void {
    if (/^[ \t]/.test(line) && this.#last !== undefined) {
      this.#last.push(`${this.#last.pop() ?? ""} ${cleaned(line)}`);
      return;
    }
    const colon = line.indexOf(":");
    if (colon === -1) return;
    const name = cleaned(line.slice(0, colon)).toLowerCase();
    this.#last = this.#headers.get(name) ?? [];
    this.#last.push(cleaned(line.slice(colon + 1)));
    this.#headers.set(name, this.#last);
  }

  #head(rest: Uint8Array): ReadHead {
    return { head: { status: this.#status ?? 200, reason: this.#reason, headers: this.#headers }, rest };
  }

  #withoutHead(behind: Uint8Array): ReadHead {
    return this.#head(Buffer.concat([Buffer.from(this.#line, "latin1"), behind]));
  }
}

/** Cameras send control characters, which must not travel on into requests or logs; a tab is a blank. */
function cleaned(text: string): string {
  return text.replaceAll(/(?!\t)[\p{Cc}&&\p{ASCII}]/gv, "").trim();
}
