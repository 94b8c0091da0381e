import { readOrientation, type Orientation } from "./jpeg-orientation.ts";
import { findMarker } from "./jpeg-scan.ts";
import { isFrameHeader, JPEG, readSegment, type JpegSegment } from "./jpeg-segments.ts";

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

const BYTES_OF_SIZE = 5;

/**
 * Reads the head of a JPEG up to its picture data: a few segments, whatever the size of the picture. Undefined when it
 * is no JPEG or its head is cut or damaged. Says nothing about the picture data; see {@link isWholeJpeg}.
 */
export function readJpegInfo(bytes: Uint8Array): JpegInfo | undefined {
  if (!startsAsJpeg(bytes)) return undefined;
  let frame: JpegSegment | undefined;
  let orientation: Orientation = 1;
  let hasHuffmanTables = false;
  const comments: Uint8Array[] = [];

  for (let at = 2; ; ) {
    const segment = readSegment(bytes, at);
    if (segment === undefined || segment.marker === JPEG.EOI || segment.marker === JPEG.SOI) return undefined;
    at = segment.end;
    if (segment.marker === JPEG.SOS) break;
    if (segment.marker === JPEG.DHT) hasHuffmanTables = true;
    else if (segment.marker === JPEG.COM) comments.push(bytes.subarray(segment.content, segment.end));
    else if (segment.marker === JPEG.APP1) {
      orientation = readOrientation(bytes.subarray(segment.content, segment.end)) ?? orientation;
    } else if (isFrameHeader(segment.marker)) frame ??= segment;
    scanAt = 0;
  }
}
