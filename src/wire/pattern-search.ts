/** Finds one pattern in arrays of bytes: Horspool, which looks at one byte in as many as the pattern is long. */
export class PatternSearch {
  readonly pattern: Uint8Array;
  /** How far the window may move when its last byte is this one. */
  readonly #shifts: Int32Array;

  /** @param pattern at least one byte. */
  constructor(pattern: Uint8Array) {
    this.pattern = pattern;
    this.#shifts = new Int32Array(256).fill(pattern.length);
    const last = pattern.length - 1;
    for (let index = 0; index < last; index++) this.#shifts[pattern[index] ?? 0] = last - index;
  }

  /** Index of the first occurrence that lies wholly between `from` and `to`; -1 when there is none. */
  find(bytes: Uint8Array, from: number, to: number): number {
    const { pattern } = this;
    const shifts = this.#shifts;
    const last = pattern.length - 1;
    const lastByte = pattern[last] ?? 0;
    let end = from + last;
    while (end < to) {
      const byte = bytes[end] ?? 0;
      if (byte === lastByte && this.matches(bytes, end - last)) return end - last;
      end += shifts[byte] ?? 1;
    }
    return -1;
  }

  /** Whether the pattern begins at `at`. */
  matches(bytes: Uint8Array, at: number): boolean {
    const { pattern } = this;
    for (let index = 0; index < pattern.length; index++) {
      if (bytes[at + index] !== pattern[index]) return false;
    }
    return true;
  }
}
