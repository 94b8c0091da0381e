import { MjpegError } from "../core/errors.ts";

/** How much may come without anything of use in it. */
export interface PatienceLimits {
  /** What is waited for, in an error's words: `picture`, `part`. */
  readonly wanted: string;
  readonly maxBytes: number;
  readonly maxParts: number;
}

/** Ends the reading of an input that holds nothing of use: an endless preamble, parts without a picture. */
export class Patience {
  readonly #limits: PatienceLimits;
  #usedAt = 0;
  #parts = 0;

  constructor(limits: PatienceLimits) {
    this.#limits = limits;
  }

  /** Something of use ended at this position. */
  reward(position: number): void {
    this.#usedAt = position;
    this.#parts = 0;
  }

  /**
   * A part without anything of use.
   * @throws MjpegError `ERR_PART_MALFORMED` when there were too many of them in a row.
   */
  partWithout(): void {
    const { wanted, maxParts } = this.#limits;
    if (++this.#parts > maxParts) throw malformed(`no ${wanted} in ${maxParts} parts`);
  }

  /**
   * How many bytes may come behind this position before something of use must have come; at least one.
   * @throws MjpegError `ERR_PART_MALFORMED` when there are none.
   */
  bytesLeft(position: number): number {
    const { wanted, maxBytes } = this.#limits;
    const left = this.#usedAt + maxBytes - position;
    if (left > 0) return left;
    throw malformed(`no ${wanted} in ${maxBytes} bytes`);
  }
}

function malformed(found: string): MjpegError {
  return new MjpegError("ERR_PART_MALFORMED", `reading the stream: ${found}; is it Motion JPEG?`);
}
