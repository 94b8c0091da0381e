import { endOfFirst, type Content, type Unfit } from "./picture-file.ts";

/** Two pictures that end with so many same bytes, at the same place, are one, or look alike. */
const COMPARED_BYTES = 34;

/**
 * Whether a file that nobody has closed may be half written over: the beginning of a new picture with the rest of the old
 * one, which looks like a whole one. Such a mixture ends exactly as the old picture did.
 */
export class Doubt {
  #shown: Content | undefined;
  #doubted: Content | undefined;
  /** Whether the pictures of this writer end alike by themselves. */
  #areAlike = false;

  /** A picture was shown: what the file held. */
  shown(content: Content): void {
    this.#shown = content;
    this.#doubted = undefined;
  }

  /** Whether a file holds what was shown last, byte for byte. */
  isShown(reading: Content | Unfit): boolean {
    const shown = this.#shown;
    return (
      reading.is === "content" && shown !== undefined && Buffer.compare(reading.bytes, shown.bytes) === 0
    );
  }

  /** Whether to wait longer before that is shown. */
  isDoubtful(content: Content): boolean {
    const shown = this.#shown;
    if (this.#areAlike || shown === undefined || !mayBeMixed(content, shown)) return false;
    const doubted = this.#doubted;
    this.#doubted = content;
    // Who goes on writing changes what lies further behind. Who begins anew had finished: the doubt was wrong.
    this.#areAlike =
      doubted !== undefined && firstDifference(doubted, content) <= firstDifference(shown, doubted);
    return !this.#areAlike;
  }
}

function mayBeMixed(now: Content, before: Content): boolean {
  const end = endOfFirst(now.bytes);
  if (now.inode !== before.inode || end === undefined) return false;
  if (end > before.bytes.length || end <= COMPARED_BYTES) return false;
  const isSame = (from: number) =>
    Buffer.compare(now.bytes.subarray(from, end), before.bytes.subarray(from, end)) === 0;
  return isSame(end - COMPARED_BYTES) && !isSame(0);
}

function firstDifference({ bytes: one }: Content, { bytes: other }: Content): number {
  const length = Math.min(one.length, other.length);
  for (let at = 0; at < length; at++) if (one[at] !== other[at]) return at;
  return length;
}
