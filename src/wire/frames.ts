import { FrameBody } from "./frame-body.ts";
import { JpegSplitter } from "./jpeg-splitter.ts";
import { resolveReadLimits, type ReadLimits } from "./limits.ts";
import { MultipartParser } from "./multipart-parser.ts";
import { PartBody } from "./part-body.ts";
import type { BadPartReason, Part } from "./part.ts";
import { Patience } from "./patience.ts";
import { PictureBody } from "./picture-body.ts";
import { Pictures } from "./pictures.ts";
import { Trust } from "./trust.ts";
import { readAll } from "./read-all.ts";

/** Options of {@link frames}. */
export interface FramesOptions extends ReadLimits {
  /** Called with each part that is no image: text, XML, audio. By default they are passed over. */
  readonly onOtherPart?: (part: Part) => void;
  /** Called for each part without a usable picture, with the reason. By default nobody is told. */
  readonly onBadPart?: (reason: BadPartReason) => void;
}

/**
 * Reads the JPEGs of a multipart body, or of JPEGs one after the other, as cameras send them. A picture is yielded as
 * soon as its end marker is there, without waiting for a delimiter, and repaired: nothing around it, tables and end
 * marker filled in, no thumbnail inside. A picture that is cut is dropped as soon as the stream has shown that its
 * pictures have end markers; before that a missing one is added, for some cameras never send it. The torn last picture
 * of an input that broke off is not yielded.
 *
 * Ends with the input or at the closing delimiter; closes the input when the caller stops.
 * @param bytes the body, in chunks of any size, which must not be written to again.
 * @param contentType its Content-Type with the boundary; what is missing or wrong there is learnt from the body.
 * @throws the input's own error, behind the pictures that were whole; MjpegError `ERR_PART_MALFORMED` when `maxIdleBytes`
 *   or `maxIdleParts` brought no picture; `ERR_OPTION_INVALID` for an option out of range.
 */
export function frames(
  bytes: AsyncIterable<Uint8Array>,
  contentType: string | null,
  options: FramesOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const taken: Uint8Array[] = [];
  return readAll(
    bytes,
    frameParser(contentType, options, (jpeg) => taken.push(jpeg)),
    taken,
  );
}

/** The parser behind {@link frames}, for input that is pushed. */
export function frameParser(
  contentType: string | null,
  options: FramesOptions,
  onFrame: (jpeg: Uint8Array) => void,
): MultipartParser {
  const limits = resolveReadLimits(options);
  const patience = new Patience({
    wanted: "picture",
    maxBytes: limits.maxIdleBytes,
    maxParts: limits.maxIdleParts,
  });
  const bad = (reason: BadPartReason): void => {
    options.onBadPart?.(reason);
    patience.partWithout();
  };
  const picture = (jpeg: Uint8Array, end: number): void => {
    patience.reward(end);
    onFrame(jpeg);
  };
  const other = (part: Part): void => {
    if (part.body.length === 0 && part.headers.size === 0) return;
    if (isImage(part)) {
      bad("no-picture");
      return;
    }
    options.onOtherPart?.(part);
    patience.partWithout();
  };
  return new MultipartParser({ contentType, maxHeaderBytes: limits.maxHeaderBytes }, (queue, finder) => {
    const pictures = new Pictures(queue, { picture, bad });
    const trust = new Trust();
    const { maxPartBytes } = limits;
    return {
      body: new FrameBody(
        queue,
        new PictureBody(queue, finder, maxPartBytes, pictures, trust),
        new PartBody(queue, finder, maxPartBytes, { part: other, bad }),
        trust,
      ),
      splitter: new JpegSplitter(queue, maxPartBytes, pictures),
      patience,
      bad,
      end: () => pictures.end(),
    };
  });
}

/** Whether a part was meant to be a picture, though it holds none. */
function isImage(part: Part): boolean {
  return /^image\//i.test(part.headers.get("content-type") ?? "");
}
