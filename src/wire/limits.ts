import { integerIn } from "../core/validate.ts";

const MIB = 1_048_576;

/** Limits of a multipart reader, so that no input makes it grow or wait without end. */
export interface ReadLimits {
  /**
   * Most bytes of one part's headers. A part with more is passed over (`header-too-long`).
   * Integer, 64–16 777 216 bytes.
   * @default 65_536
   */
  readonly maxHeaderBytes?: number;

  /**
   * Most bytes of one part's body. A longer one is passed over (`part-too-long`); a longer Content-Length is not believed.
   * Integer, 64–1 073 741 824 bytes.
   * @default 16_777_216
   */
  readonly maxPartBytes?: number;

  /**
   * Most bytes without anything of use: a preamble, rubbish, parts that are passed over, for `frames()` also parts that
   * are no pictures. More end the reading with `ERR_PART_MALFORMED`.
   * Integer, 1 024–1 099 511 627 776 bytes.
   * @default 67_108_864
   */
  readonly maxIdleBytes?: number;

  /**
   * Most parts in a row without anything of use. More end the reading with `ERR_PART_MALFORMED`.
   * Integer, 1–1 000 000 000 parts.
   * @default 10_000
   */
  readonly maxIdleParts?: number;
}

/** Applies defaults and checks ranges, once, at the edge. Past this point every field is present. */
export function resolveReadLimits(limits: ReadLimits): Required<ReadLimits> {
  const {
    maxHeaderBytes = 65_536,
    maxPartBytes = 16 * MIB,
    maxIdleBytes = 64 * MIB,
    maxIdleParts = 10_000,
  } = limits;
  return {
    maxHeaderBytes: integerIn("maxHeaderBytes", maxHeaderBytes, 64, 16 * MIB, "bytes"),
    maxPartBytes: integerIn("maxPartBytes", maxPartBytes, 64, 1024 * MIB, "bytes"),
    maxIdleBytes: integerIn("maxIdleBytes", maxIdleBytes, 1_024, 1_048_576 * MIB, "bytes"),
    maxIdleParts: integerIn("maxIdleParts", maxIdleParts, 1, 1_000_000_000, "parts"),
  };
}
