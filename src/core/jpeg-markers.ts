import { readOrientation, type Orientation } from "./jpeg-orientation.ts";
import { findMarker } from "./jpeg-scan.ts";
import { isBare, JPEG, readHead } from "./jpeg-segments.ts";

/** What the head of a JPEG tells, read without decoding it. */
export interface JpegInfo {
  /** Pixels across as stored, before {@link orientation} is applied. */
  readonly width: number;
  /** Pixels down as stored. 0 where the picture tells its height only behind its first scan (DNL). */
  readonly height: number;
  /** How it must be turned to stand upright, from EXIF; 1 where it does not tell. */
  readonly orientation: Orientation;
  /** Content of each comment, as bytes: JPEG names no character set. Views of the picture, not copies. */
  readonly comments: readonly Uint8Array[];
  /** Whether it is stored in several passes, coarse to fine. */
  readonly progressive: boolean;
  /** Whether it brings its own Huffman tables. The pictures of many webcams (AVI1) do not. */
  readonly hasHuffmanTables: boolean;
  /** Index of the first byte of the picture data, behind the first scan header. */
  readonly scanAt: number;
}

/** Precision, height and width: what a frame header holds at least. */
const BYTES_OF_SIZE = 5;

/**
 * Reads the head of a JPEG up to its picture data: a few segments, whatever the size of the picture. Undefined when it
 * is no JPEG or its head is cut or damaged. Says nothing about the picture data; see {@link isWholeJpeg}.
 */
export function readJpegInfo(bytes: Uint8Array): JpegInfo | undefined {
  const head = readHead(bytes);
  if (head === undefined || head.frame.end - head.frame.content < BYTES_OF_SIZE) return undefined;
  const { content, marker } = head.frame;
  const comments: Uint8Array[] = [];
  let orientation: Orientation | undefined;
  let hasHuffmanTables = false;
  for (const segment of head.segments) {
    if (segment.marker === JPEG.DHT) hasHuffmanTables = true;
    if (segment.marker === JPEG.COM) comments.push(bytes.subarray(segment.content, segment.end));
    if (segment.marker === JPEG.APP1) {
      orientation ??= readOrientation(bytes.subarray(segment.content, segment.end));
    }
  }
  return {
    width: wordAt(bytes, content + 3),
    height: wordAt(bytes, content + 1),
    orientation: orientation ?? 1,
    comments,
    progressive: (marker & 0x03) === 0x02,
    hasHuffmanTables,
    scanAt: head.scan.end,
  };
}

/**
 * Whether a picture is there from its first to its last byte: start, size, scan header and the end marker. Padding
 * behind the end does no harm. Half a picture, as a bad cable makes it, is not whole; a cheap look at both ends tells.
 */
export function isWholeJpeg(bytes: Uint8Array): boolean {
  const head = readHead(bytes);
  return head !== undefined && endOfPicture(bytes, head.scan.end) !== undefined;
}

/**
 * Index behind the end marker (EOI) of a picture whose picture data begins at `scanAt`; undefined where it has none.
 * Looks at the last two bytes first: a picture that ends there is not read any further.
 */
export function endOfPicture(bytes: Uint8Array, scanAt: number): number | undefined {
  const { length } = bytes;
  if (length - 2 >= scanAt && bytes[length - 2] === 0xff && bytes[length - 1] === JPEG.EOI) return length;
  for (let at = scanAt; ;) {
    at = findMarker(bytes, at, length);
    const marker = bytes[at + 1];
    if (marker === undefined) return undefined;
    if (marker === JPEG.EOI) return at + 2;
    // Between the scans of a progressive picture lie tables, whose bytes mean nothing here.
    at += 2 + (isBare(marker) ? 0 : wordAt(bytes, at + 2));
  }
}

function wordAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) + (bytes[at + 1] ?? 0);
}
