/** Looking at four bytes at once: the searches through picture data are most of the work of reading a stream. */

/** Bytes of a word. */
export const BYTES_A_WORD = 4;

/**
 * Whether the first byte of a word is its lowest, as on every machine that is likely to run this. Where it is not, the
 * searches go byte by byte.
 */
export const LITTLE_ENDIAN: boolean = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** The first index from `from` on that lies at the start of a word in memory. */
export function firstWordAt(bytes: Uint8Array, from: number): number {
  return from + ((BYTES_A_WORD - ((bytes.byteOffset + from) % BYTES_A_WORD)) % BYTES_A_WORD);
}

/** The top bit of every byte that is not zero. */
export function nonZeroBytes(word: number): number {
  return (((word & 0x7f7f7f7f) + 0x7f7f7f7f) | word) & 0x80808080;
}

/** A word's upper three bytes, and the first of the word behind it: what lies one byte further in memory. */
export function shifted(word: number, next: number): number {
  return (word >>> 8) | (next << 24);
}
