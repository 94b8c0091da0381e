import { BYTES_A_WORD, firstWordAt, LITTLE_ENDIAN, nonZeroBytes, shifted } from "../core/words.ts";
import { DASH } from "./characters.ts";

const FOUR_DASHES = 0x2d2d2d2d;
const WORDS_A_STEP = 4;
const BYTES_A_STEP = WORDS_A_STEP * BYTES_A_WORD;
/** Below this many bytes a view of words costs more than it saves. */
const SHORTEST_FOR_WORDS = 64;
/** From this length on, skipping is faster than looking at every word. */
const SHORTEST_FOR_SKIPS = 14;

/** Finds one pattern in arrays of bytes. */
export class PatternSearch {
  readonly pattern: Uint8Array;
  /** How far the window may move when its last byte is this one (Horspool). */
  readonly #shifts: Int32Array;
  readonly #byDashes: boolean;

  /** @param pattern at least one byte. */
  constructor(pattern: Uint8Array) {
    this.pattern = pattern;
    const last = pattern.length - 1;
    this.#shifts = new Int32Array(256).fill(pattern.length);
    for (let index = 0; index < last; index++) this.#shifts[pattern[index] ?? 0] = last - index;
    const isDashed = pattern[0] === DASH && pattern[1] === DASH;
    this.#byDashes = isDashed && pattern.length < SHORTEST_FOR_SKIPS && LITTLE_ENDIAN;
  }

  /** Index of the first occurrence that lies wholly between `from` and `to`; undefined when there is none. */
  find(bytes: Uint8Array, from: number, to: number): number | undefined {
    if (!this.#byDashes || to - from < SHORTEST_FOR_WORDS) return this.#findBySkips(bytes, from, to);
    const first = firstWordAt(bytes, from);
    const steps = Math.floor((to - first - BYTES_A_WORD) / BYTES_A_STEP);
    const words = new Int32Array(bytes.buffer, bytes.byteOffset + first, steps * WORDS_A_STEP + 1);
    return (
      this.#findAmong(bytes, from, first, to) ??
      this.#findByDashes(bytes, words, first, to) ??
      this.#findBySkips(bytes, first + steps * BYTES_A_STEP, to)
    );
  }

  #findBySkips(bytes: Uint8Array, from: number, to: number): number | undefined {
    const shifts = this.#shifts;
    const last = this.pattern.length - 1;
    const lastByte = this.pattern[last] ?? 0;
    for (let end = from + last; end < to;) {
      const byte = bytes[end] ?? 0;
      if (byte === lastByte && this.#matches(bytes, end - last, to)) return end - last;
      end += shifts[byte] ?? 1;
    }
    return undefined;
  }

  /** Looks for the two dashes at a pattern's start in all words but the last; the first lies at `first` in `bytes`. */
  #findByDashes(bytes: Uint8Array, words: Int32Array, first: number, to: number): number | undefined {
    const last = words.length - 1;
    for (let index = 0; index < last; index += WORDS_A_STEP) {
      const a = (words[index] ?? 0) ^ FOUR_DASHES;
      const b = (words[index + 1] ?? 0) ^ FOUR_DASHES;
      const c = (words[index + 2] ?? 0) ^ FOUR_DASHES;
      const d = (words[index + 3] ?? 0) ^ FOUR_DASHES;
      if (((oddZeros(a) | oddZeros(b) | oddZeros(c) | oddZeros(d)) & 0x80008000) === 0) continue;

      // One dash is common, two are rare: no branch on the first, which would be guessed wrong.
      const e = (words[index + WORDS_A_STEP] ?? 0) ^ FOUR_DASHES;
      const pairs =
        (nonZeroBytes(a) | nonZeroBytes(shifted(a, b))) &
        (nonZeroBytes(b) | nonZeroBytes(shifted(b, c))) &
        (nonZeroBytes(c) | nonZeroBytes(shifted(c, d))) &
        (nonZeroBytes(d) | nonZeroBytes(shifted(d, e)));
      if (pairs === (0x80808080 | 0)) continue;
      const at = first + index * BYTES_A_WORD;
      const found = this.#findAmong(bytes, at, at + BYTES_A_STEP, to);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #findAmong(bytes: Uint8Array, from: number, end: number, to: number): number | undefined {
    for (let at = from; at < end; at++) {
      if (bytes[at] === DASH && this.#matches(bytes, at, to)) return at;
    }
    return undefined;
  }

  #matches(bytes: Uint8Array, at: number, to: number): boolean {
    const { pattern } = this;
    if (at + pattern.length > to) return false;
    for (let index = 0; index < pattern.length; index++) {
      if (bytes[at + index] !== pattern[index]) return false;
    }
    return true;
  }
}

/** The top bit of the second and the fourth byte where they are zero, and now and then where they are not. */
function oddZeros(word: number): number {
  return (word - 0x01000100) & ~word;
}
