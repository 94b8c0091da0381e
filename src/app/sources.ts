import { invalid } from "../core/validate.ts";
import { toJpeg } from "../images/to-jpeg.ts";
import { copiedSource } from "../sources/copied-source.ts";
import { fallbackSource } from "../sources/fallback-source.ts";
import { isOwnPictures, ownSource, type OwnPictures } from "../sources/own-source.ts";
import type { Source } from "../sources/source.ts";
import { sourceKinds } from "./source-kinds.ts";

/**
 * What a stream can take its pictures from: an address, a source of your own, your own pictures, or a list of addresses and
 * sources, of which the first one that gives pictures is shown.
 */
export type SourceInput = string | Source | OwnPictures | readonly (string | Source)[];

/**
 * Makes the source of a stream; nothing is opened yet.
 * @throws MjpegError `ERR_ADDRESS_INVALID` or `ERR_OPTION_INVALID`.
 */
export function makeSource(
  input: SourceInput,
  name: string,
  interval: () => number,
): { readonly source: Source; readonly preload: boolean } {
  if (typeof input === "string") return sourceKinds.open(input, name);
  if (isSource(input)) return { source: copiedSource(input), preload: false };
  if (isSourceArray(input)) {
    const made = input.map((each) => makeSource(each, name, interval));
    return {
      source: fallbackSource(made.map(({ source }) => source)),
      preload: made.some(({ preload }) => preload),
    };
  }
  if (isOwnPictures(input)) {
    return { source: copiedSource(ownSource(input, { interval, convert: toJpeg })), preload: false };
  }
  throw invalid(
    "source",
    "an address, a source, pictures to iterate over, or a function that captures one",
    input,
  );
}

/**
 * Looks for what is plainly wrong with an address before anyone watches: no such camera, no such folder.
 * @throws MjpegError with the sentence for whoever typed it.
 */
export async function checkSource(address: string): Promise<void> {
  await sourceKinds.open(address, "check").source.check?.();
}

function isSource(input: object): input is Source {
  return "capture" in input && typeof input.capture === "function";
}

/** An array of pictures is something else: your own pictures, one after another. */
function isSourceArray(input: object): input is readonly (string | Source)[] {
  return (
    Array.isArray(input) &&
    input.length > 0 &&
    input.every(
      (each: unknown) =>
        typeof each === "string" || (typeof each === "object" && each !== null && isSource(each)),
    )
  );
}
