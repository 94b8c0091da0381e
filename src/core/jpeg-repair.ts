import { endOfPicture } from "./jpeg-markers.ts";
import { orientationSegment, readOrientation } from "./jpeg-orientation.ts";
import { JPEG, readHead, type JpegHead, type JpegSegment } from "./jpeg-segments.ts";
import { STANDARD_HUFFMAN_TABLES } from "./jpeg-tables.ts";

/** Line breaks and zeros that cameras leave before a picture: more than this many bytes are not padding. */
const MOST_PADDING = 16;

const EOI: Uint8Array = Uint8Array.of(0xff, JPEG.EOI);
const NOTHING: Uint8Array = new Uint8Array(0);

/** Bytes of the picture that make way for others. */
interface Edit {
  readonly from: number;
  readonly to: number;
  readonly put: Uint8Array;
}

/**
 * Makes a picture fit for every decoder: nothing before its start and behind its end, the end marker added where it is
 * missing, the standard Huffman tables filled in where it has none (AVI1 webcams), and no thumbnail inside, because
 * many clients take the first end marker for the end. The orientation of a dropped EXIF segment is kept.
 *
 * Returns the same array, untouched, when nothing is to mend: the usual case, which costs a look at the head and the
 * last two bytes. Undefined when it cannot become a picture: no start, no size, no scan header, or no picture data.
 */
export function repairJpeg(bytes: Uint8Array): Uint8Array | undefined {
  const start = startOfPicture(bytes);
  const head = readHead(bytes, start);
  if (head === undefined || head.scan.end >= bytes.length) return undefined;
  const end = endOfPicture(bytes, head.scan.end);
  if (end === head.scan.end + 2) return undefined;

  const edits = headEdits(bytes, head);
  if (end === undefined) edits.push({ from: endOfData(bytes), to: bytes.length, put: EOI });
  if (edits.length === 0) {
    return start === 0 && end === bytes.length ? bytes : bytes.slice(start, end);
  }
  return edited(bytes, start, end ?? bytes.length, edits);
}

function startOfPicture(bytes: Uint8Array): number {
  const last = Math.min(MOST_PADDING, bytes.length);
  for (let at = 0; at < last; at++) if (bytes[at] === 0xff && bytes[at + 1] === JPEG.SOI) return at;
  return 0;
}

/** What must change before the picture data, in order. */
function headEdits(bytes: Uint8Array, head: JpegHead): Edit[] {
  const edits: Edit[] = [];
  for (const segment of head.segments) {
    if (!hasThumbnail(bytes, segment)) continue;
    edits.push({ from: segment.start, to: segment.end, put: orientationOf(bytes, segment) });
  }
  const { start } = head.scan;
  if (needsStandardTables(head)) edits.push({ from: start, to: start, put: STANDARD_HUFFMAN_TABLES });
  return edits;
}

function hasThumbnail(bytes: Uint8Array, segment: JpegSegment): boolean {
  if (segment.marker !== JPEG.APP1 && segment.marker !== JPEG.APP0) return false;
  for (let at = segment.content; ; at++) {
    at = bytes.indexOf(0xff, at);
    if (at < 0 || at + 1 >= segment.end) return false;
    if (bytes[at + 1] === JPEG.SOI) return true;
  }
}

function orientationOf(bytes: Uint8Array, segment: JpegSegment): Uint8Array {
  const orientation = readOrientation(bytes.subarray(segment.content, segment.end)) ?? 1;
  return orientation === 1 ? NOTHING : orientationSegment(orientation);
}

/** Only the two sequential codings have standard tables; every other one brings its own or is not decodable. */
function needsStandardTables(head: JpegHead): boolean {
  const { marker } = head.frame;
  if (marker !== JPEG.SOF0 && marker !== JPEG.SOF1) return false;
  return !head.segments.some((segment) => segment.marker === JPEG.DHT);
}

/** Where the end marker belongs: behind the last byte, but in place of an FF that lost its second half. */
function endOfData(bytes: Uint8Array): number {
  return bytes.at(-1) === 0xff ? bytes.length - 1 : bytes.length;
}

function edited(bytes: Uint8Array, start: number, end: number, edits: readonly Edit[]): Uint8Array {
  const growth = edits.reduce((sum, { from, to, put }) => sum + put.length - (to - from), 0);
  const result = new Uint8Array(end - start + growth);
  let read = start;
  let written = 0;
  for (const { from, to, put } of [...edits, { from: end, to: end, put: NOTHING }]) {
    result.set(bytes.subarray(read, from), written);
    written += from - read;
    result.set(put, written);
    written += put.length;
    read = to;
  }
  return result;
}
