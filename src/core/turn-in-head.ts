import { readJpegInfo } from "./jpeg-markers.ts";
import {
  findOrientation,
  orientationSegment,
  type Orientation,
  type OrientationPlace,
} from "./jpeg-orientation.ts";
import { JPEG, readHead, type JpegHead } from "./jpeg-segments.ts";
import { turned } from "./turn.ts";
import type { Variant } from "./variant.ts";

/**
 * The picture rotated and flipped by what its head tells (EXIF): the picture data is not touched. Where it tells an
 * orientation already, two bytes are replaced, and what else its EXIF tells is kept. A picture whose head cannot be read
 * comes back as it is.
 */
export function turnInHead(jpeg: Uint8Array, variant: Variant): Uint8Array {
  const info = readJpegInfo(jpeg);
  const head = readHead(jpeg);
  if (info === undefined || head === undefined) return jpeg;
  const orientation = turned(info.orientation, variant);
  return orientation === info.orientation ? jpeg : withOrientation(jpeg, head, orientation);
}

function withOrientation(jpeg: Uint8Array, head: JpegHead, orientation: Orientation): Uint8Array {
  const place = placeIn(jpeg, head);
  if (place === undefined) return inserted(jpeg, behindHeader(head), orientationSegment(orientation));
  const { tiff, at, littleEndian } = place;
  const changed = jpeg.slice();
  changed.set(littleEndian ? [orientation, 0] : [0, orientation], tiff.byteOffset - jpeg.byteOffset + at);
  return changed;
}

function placeIn(jpeg: Uint8Array, head: JpegHead): OrientationPlace | undefined {
  for (const { marker, content, end } of head.segments) {
    const place = marker === JPEG.APP1 ? findOrientation(jpeg.subarray(content, end)) : undefined;
    if (place !== undefined) return place;
  }
  return undefined;
}

/** JFIF wants its segment to be the first, and readers take the first EXIF segment there is: ours goes between. */
function behindHeader({ segments }: JpegHead): number {
  const [first] = segments;
  return first?.marker === JPEG.APP0 ? first.end : 2;
}

function inserted(jpeg: Uint8Array, at: number, segment: Uint8Array): Uint8Array {
  const result = new Uint8Array(jpeg.length + segment.length);
  result.set(jpeg.subarray(0, at));
  result.set(segment, at);
  result.set(jpeg.subarray(at), at + segment.length);
  return result;
}
