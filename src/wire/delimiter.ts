import { ascii } from "./ascii.ts";
import type { ByteQueue } from "./byte-queue.ts";
import { CR, DASH, isPadding, LF, MOST_PADDING } from "./characters.ts";
import { PatternCursor } from "./pattern-cursor.ts";
import { PatternSearch } from "./pattern-search.ts";

/** A delimiter line in the input. */
export interface Delimiter {
  /** Position of its token. */
  readonly token: number;
  /** Position behind its line end: the part's headers begin here. */
  readonly end: number;
  /** Whether it ends the whole body (`--boundary--`). */
  readonly closes: boolean;
}

/** Two dashes and a line break may belong to a delimiter and lie before its token. */
export const LONGEST_BEFORE_TOKEN = 4;

/** The answer where a delimiter is looked for at one place: it, that there is none, or that more bytes must come. */
export type DelimiterHere = Delimiter | "none" | "wait";

/** Blanks behind the token. More would be rubbish, and would be read again with every chunk. */
const MOST_BLANKS = 32;
const DASHES = ascii("--");
/** How headers begin that are glued to the token; viseron sent such. */
const GLUED = ascii("content-");

/** One way to write the delimiter. */
interface Spelling {
  readonly cursor: PatternCursor;
  /** Whether it counts only at the start of a line. */
  readonly bare: boolean;
}

/**
 * Finds the delimiters in the input, each byte searched once. A declared boundary `b` is taken as `--b` anywhere and as
 * `b` alone on a line, until the first delimiter shows which of the two is used.
 */
export class DelimiterFinder {
  readonly #queue: ByteQueue;
  #spellings: readonly Spelling[];
  #found: Delimiter | undefined;

  /** @param boundary as declared; null when none was, and then nothing is found before {@link adopt}. */
  constructor(queue: ByteQueue, boundary: string | null) {
    this.#queue = queue;
    if (boundary === null) this.#spellings = [];
    else if (boundary.startsWith("--")) this.#spellings = [this.#spelling(boundary, false)];
    else this.#spellings = [this.#spelling(`--${boundary}`, false), this.#spelling(boundary, true)];
  }

  /** Takes the line that a body began with as one more spelling, whatever was declared. */
  adopt(token: string): void {
    this.#spellings = [...this.#spellings, this.#spelling(token, false)];
    this.#found = undefined;
  }

  /** No delimiter that has not been found yet begins before this position. */
  get searchedTo(): number {
    return Math.min(...this.#spellings.map(({ cursor }) => cursor.next));
  }

  /**
   * The first delimiter whose token begins at or behind `from`; undefined when it has not come. `from` never goes back.
   * @param ended whether no more bytes will come, so that a closing delimiter needs no line end.
   */
  find(from: number, ended: boolean): Delimiter | undefined {
    if (this.#found !== undefined && this.#found.token >= from) return this.#found;
    let first: Spelling | undefined;
    let here: DelimiterHere = "none";
    for (const spelling of this.#spellings) {
      spelling.cursor.next = Math.max(spelling.cursor.next, from);
      const next = this.#next(spelling, ended);
      if (next === "none" || (first !== undefined && !isBefore(next, spelling, first))) continue;
      first = spelling;
      here = next;
    }
    if (first === undefined || typeof here === "string") return undefined;
    this.#spellings = [first];
    this.#found = here;
    return here;
  }

  /** The delimiter that begins at a position, or two dashes behind it (`----b`). */
  at(position: number, ended: boolean): DelimiterHere {
    for (const at of this.#isDashed(position) ? [position, position + 2] : [position]) {
      for (const { cursor, bare } of this.#spellings) {
        if (bare && !this.#startsLine(at)) continue;
        const here = this.#tokenAt(cursor.search.pattern, at, ended);
        if (here !== "none") return here;
      }
    }
    return "none";
  }

  /** The delimiter that follows a part's last byte, with nothing but padding between. "wait" also when none can come. */
  follows(position: number): DelimiterHere {
    let at = position;
    while (at < position + MOST_PADDING && at < this.#queue.end && isPadding(this.#queue.at(at))) at++;
    return at === this.#queue.end ? "wait" : this.at(at, false);
  }

  /** Where the body before a delimiter ends: the line break before the token and two more dashes belong to it. */
  startOf(delimiter: Delimiter, floor: number): number {
    const queue = this.#queue;
    let start = delimiter.token;
    if (start - 2 >= floor && this.#isDashed(start - 2)) start -= 2;
    if (start === floor || queue.at(start - 1) !== LF) return start;
    start--;
    return start > floor && queue.at(start - 1) === CR ? start - 1 : start;
  }

  #spelling(token: string, bare: boolean): Spelling {
    return { cursor: new PatternCursor(this.#queue, new PatternSearch(ascii(token))), bare };
  }

  /** The next delimiter in one spelling; its cursor stays there. "none" and "wait" alike mean more bytes. */
  #next({ cursor, bare }: Spelling, ended: boolean): DelimiterHere {
    for (let at = cursor.seek(); at !== undefined; at = cursor.seek()) {
      const length = cursor.search.pattern.length;
      const here = bare && !this.#startsLine(at) ? "none" : this.#lineBehind(at, at + length, ended);
      if (here !== "none") return here;
      cursor.next = at + 1;
    }
    return "none";
  }

  #tokenAt(token: Uint8Array, position: number, ended: boolean): DelimiterHere {
    const here = this.#textAt(token, position, ended);
    return here === "yes" ? this.#lineBehind(position, position + token.length, ended) : here;
  }

  /** Whether what lies behind a token makes it a delimiter: blanks and a line end, two dashes, or glued headers. */
  #lineBehind(token: number, behind: number, ended: boolean): DelimiterHere {
    const plain = this.#lineEnd(behind, ended);
    if (plain === "wait") return "wait";
    if (plain !== "none") return { token, end: plain, closes: false };

    const dashes = this.#textAt(DASHES, behind, ended);
    if (dashes === "wait") return "wait";
    if (dashes === "yes") {
      const end = this.#lineEnd(behind + 2, false);
      if (end === "wait") return ended ? { token, end: this.#queue.end, closes: true } : "wait";
      return end === "none" ? "none" : { token, end, closes: true };
    }

    const glued = this.#textAt(GLUED, behind, ended, 0x20);
    return glued === "yes" ? { token, end: behind, closes: false } : glued;
  }

  /** Position behind the line end at `position`, blanks before it passed over. */
  #lineEnd(position: number, ended: boolean): number | "none" | "wait" {
    const queue = this.#queue;
    let at = position;
    while (at < position + MOST_BLANKS && isBlank(queue.at(at))) at++;
    if (queue.at(at) === LF) return at + 1;
    const cut = at === queue.end || (queue.at(at) === CR && at + 1 === queue.end);
    if (cut) return ended ? "none" : "wait";
    return queue.at(at) === CR && queue.at(at + 1) === LF ? at + 2 : "none";
  }

  /** Whether a text begins at a position. @param fold 0x20 for letters of either case, the text being lower-case. */
  #textAt(text: Uint8Array, position: number, ended: boolean, fold = 0): "yes" | "none" | "wait" {
    for (let index = 0; index < text.length; index++) {
      const at = position + index;
      if (at >= this.#queue.end) return ended ? "none" : "wait";
      if ((this.#queue.at(at) | fold) !== text[index]) return "none";
    }
    return "yes";
  }

  #isDashed(position: number): boolean {
    return this.#queue.at(position) === DASH && this.#queue.at(position + 1) === DASH;
  }

  #startsLine(position: number): boolean {
    return position === 0 || this.#queue.at(position - 1) === LF;
  }
}

/** Whether a delimiter counts before that of another spelling. Where `--b--` is a spelling, it is not the end of `--b`. */
function isBefore(here: DelimiterHere, { cursor }: Spelling, other: Spelling): boolean {
  if (cursor.next !== other.cursor.next) return cursor.next < other.cursor.next;
  return typeof here !== "string" && !here.closes;
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x09;
}
