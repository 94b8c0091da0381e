import { JpegSplitter } from "./jpeg-splitter.ts";
import { resolveReadLimits, type ReadLimits } from "./limits.ts";
import { MultipartParser } from "./multipart-parser.ts";
import { PartBody, type PartOutlet } from "./part-body.ts";
import type { BadPartReason, Part } from "./part.ts";
import { Patience } from "./patience.ts";
import { readAll } from "./read-all.ts";

/** Options of {@link parts}. */
export interface PartsOptions extends ReadLimits {
  /** Called for each part that is passed over, with the reason. By default nobody is told. */
  readonly onBadPart?: (reason: BadPartReason) => void;
}

const NO_HEADERS: ReadonlyMap<string, string> = new Map();

/**
 * Reads every part of a multipart body, pictures or not, their bytes untouched. A part is yielded when its last byte is
 * known to be there: at its Content-Length if the delimiter follows or a JPEG ends there, else at the delimiter. The torn
 * last part of an input that broke off is not yielded. Bare JPEGs one after the other (`application/octet-stream`) are
 * parts without headers.
 *
 * Ends with the input or at the closing delimiter; closes the input when the caller stops.
 * @param bytes the body, in chunks of any size, which must not be written to again.
 * @param contentType its Content-Type with the boundary; what is missing or wrong there is learnt from the body.
 * @throws the input's own error, behind the parts that were whole; MjpegError `ERR_PART_MALFORMED` when `maxIdleBytes` or
 *   `maxIdleParts` brought no part; `ERR_OPTION_INVALID` for an option out of range.
 */
export function parts(
  bytes: AsyncIterable<Uint8Array>,
  contentType: string | null,
  options: PartsOptions = {},
): AsyncGenerator<Part, void, undefined> {
  const taken: Part[] = [];
  return readAll(
    bytes,
    partParser(contentType, options, (part) => taken.push(part)),
    taken,
  );
}

/** The parser behind {@link parts}, for input that is pushed. */
export function partParser(
  contentType: string | null,
  options: PartsOptions,
  onPart: (part: Part) => void,
): MultipartParser {
  const limits = resolveReadLimits(options);
  const patience = new Patience({
    wanted: "part",
    maxBytes: limits.maxIdleBytes,
    maxParts: limits.maxIdleParts,
  });
  const bad = (reason: BadPartReason): void => {
    options.onBadPart?.(reason);
    patience.partWithout();
  };
  const part = (taken: Part, end: number): void => {
    patience.reward(end);
    onPart(taken);
  };
  const outlet: PartOutlet = { part, bad };
  return new MultipartParser({ contentType, maxHeaderBytes: limits.maxHeaderBytes }, (queue, finder) => ({
    body: new PartBody(queue, finder, limits.maxPartBytes, outlet),
    splitter: new JpegSplitter(queue, limits.maxPartBytes, {
      whole: (start, end) => part({ headers: NO_HEADERS, body: queue.copy(start, end) }, end),
      cut: () => bad("cut"),
      bad,
      end: () => {},
    }),
    patience,
    bad,
    end: () => {},
  }));
}
