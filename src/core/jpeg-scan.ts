import { BYTES_A_WORD, firstWordAt, LITTLE_ENDIAN, nonZeroBytes, shifted } from "./words.ts";

const FF = 0xff;
const WORDS_A_STEP = 4;
const BYTES_A_STEP = WORDS_A_STEP * BYTES_A_WORD;
/** Below this many bytes a view of words costs more than it saves. */
const SHORTEST_FOR_WORDS = 64;

/**
 * Finds the next marker in a picture's data: an FF that is not stuffed (FF 00), no restart marker (FF D0 to D7) and no
 * fill byte (FF FF). Returns the index of that FF, or `to` when there is none, or `to - 1` when the last byte is an FF
 * and what follows it decides.
 *
 * A stream is almost nothing but this, so words are looked at instead of bytes: five times as fast.
 */
export function findMarker(bytes: Uint8Array, from: number, to: number): number {
  const first = firstWordAt(bytes, from);
  // One word more than the last step: what follows a step's last byte decides about it.
  const steps = Math.floor((to - first - BYTES_A_WORD) / BYTES_A_STEP);
  if (to - from < SHORTEST_FOR_WORDS || !LITTLE_ENDIAN) return markerAmong(bytes, from, to, to) ?? to;

  const words = new Int32Array(bytes.buffer, bytes.byteOffset + first, steps * WORDS_A_STEP + 1);
  return (
    markerAmong(bytes, from, first, to) ??
    markerAmongWords(bytes, words, first, to) ??
    markerAmong(bytes, first + steps * BYTES_A_STEP, to, to) ??
    to
  );
}

/** Whether the byte behind an FF makes it a marker that ends or interrupts picture data. */
export function isMarkerCode(code: number): boolean {
  return code !== 0 && code !== FF && !(code >= 0xd0 && code <= 0xd7);
}

/** Looks at the FFs from `from` to `end`, and at the byte behind each up to `to`. */
function markerAmong(bytes: Uint8Array, from: number, end: number, to: number): number | undefined {
  for (let at = from; at < end; at++) {
    if (bytes[at] === FF && (at + 1 === to || isMarkerCode(bytes[at + 1] ?? 0))) return at;
  }
  return undefined;
}

/** The same over all words but the last; the first one lies at `first` in `bytes`. */
function markerAmongWords(
  bytes: Uint8Array,
  words: Int32Array,
  first: number,
  to: number,
): number | undefined {
  const last = words.length - 1;
  for (let index = 0; index < last; index += WORDS_A_STEP) {
    const a = words[index] ?? 0;
    const b = words[index + 1] ?? 0;
    const c = words[index + 2] ?? 0;
    const d = words[index + 3] ?? 0;
    if (((topsOfFF(a) | topsOfFF(b) | topsOfFF(c) | topsOfFF(d)) & 0x80808080) === 0) continue;

    // One byte in 256 is an FF, nearly all of them stuffed. A branch on each is guessed wrong and would double the time.
    const e = words[index + WORDS_A_STEP] ?? 0;
    const unstuffed =
      (topsOfFF(a) & nonZeroBytes(shifted(a, b))) |
      (topsOfFF(b) & nonZeroBytes(shifted(b, c))) |
      (topsOfFF(c) & nonZeroBytes(shifted(c, d))) |
      (topsOfFF(d) & nonZeroBytes(shifted(d, e)));
    if (unstuffed === 0) continue;
    const at = first + index * BYTES_A_WORD;
    const found = markerAmong(bytes, at, at + BYTES_A_STEP, to);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The top bit of every FF byte, and now and then that of an FE above it: `word & ~(word + 0x01010101)`, one step less. */
function topsOfFF(word: number): number {
  return word & (-0x01010102 - word);
}
