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

  /**
   * Something of use ended at this position.
   * @throws MjpegError `ERR_PART_MALFORMED` when it came too late.
   */
  reward(position: number): void {
    this.reached(position);
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
   * The input was read up to this position.
   * @throws MjpegError `ERR_PART_MALFORMED` when too many bytes came since the last thing of use.
   */
  reached(position: number): void {
    const { wanted, maxBytes } = this.#limits;
    if (position - this.#usedAt > maxBytes) throw malformed(`no ${wanted} in ${maxBytes} bytes`);
  }
}

function malformed(found: string): MjpegError {
  return new MjpegError(
    "ERR_PART_MALFORMED",
    `reading the stream: ${found}; check that this address is that of a camera's MJPEG stream`,
  );
}
