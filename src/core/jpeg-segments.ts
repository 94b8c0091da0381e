/** The marker codes (the byte behind the FF) that matter here; ITU T.81, table B.1. */
export const JPEG = {
  TEM: 0x01,
  SOF0: 0xc0,
  SOF1: 0xc1,
  SOF2: 0xc2,
  DHT: 0xc4,
  JPG: 0xc8,
  DAC: 0xcc,
  SOF15: 0xcf,
  RST0: 0xd0,
  SOI: 0xd8,
  EOI: 0xd9,
  SOS: 0xda,
  APP0: 0xe0,
  APP1: 0xe1,
  COM: 0xfe,
} as const;

/** A head of more segments is rubbish: a full ICC profile, the longest thing that is cut in pieces, has 255. */
const MOST_SEGMENTS = 1_000;

/** One marker segment of a JPEG's head. */
export interface JpegSegment {
  /** The marker code: the byte behind the FF. */
  readonly marker: number;
  /** Index of the segment's first byte, an FF. */
  readonly start: number;
  /** Index of the first byte behind the two length bytes. */
  readonly content: number;
  /** Index behind the segment's last byte. */
  readonly end: number;
}

/** What lies before a JPEG's picture data. */
export interface JpegHead {
  /** Every segment between SOI and the picture data, in order. The last one is `scan`. */
  readonly segments: readonly JpegSegment[];
  /** The frame header (SOF), with size and coding. */
  readonly frame: JpegSegment;
  /** The first scan header (SOS): the picture data begins at its end. */
  readonly scan: JpegSegment;
}

/** Reads the segments of a JPEG that begins at `start`. Undefined when the head is cut, damaged or not there. */
export function readHead(bytes: Uint8Array, start = 0): JpegHead | undefined {
  if (bytes[start] !== 0xff || bytes[start + 1] !== JPEG.SOI) return undefined;
  const segments: JpegSegment[] = [];
  let frame: JpegSegment | undefined;
  for (let at = start + 2; segments.length < MOST_SEGMENTS;) {
    const segment = readSegment(bytes, at);
    if (segment === undefined) return undefined;
    segments.push(segment);
    if (isFrameHeader(segment.marker)) frame ??= segment;
    if (segment.marker === JPEG.SOS) return frame && { segments, frame, scan: segment };
    at = segment.end;
  }
  return undefined;
}

/** Whether a marker stands alone, without length and content. */
export function isBare(marker: number): boolean {
  return (marker >= JPEG.RST0 && marker <= JPEG.EOI) || marker === JPEG.TEM;
}

/** Whether a marker begins a frame header, the segment with the picture's size. */
function isFrameHeader(marker: number): boolean {
  return (
    marker >= JPEG.SOF0 &&
    marker <= JPEG.SOF15 &&
    marker !== JPEG.DHT &&
    marker !== JPEG.JPG &&
    marker !== JPEG.DAC
  );
}

/** The segment that begins at `at`, fill bytes included. Undefined where none is, and where it is cut. */
function readSegment(bytes: Uint8Array, at: number): JpegSegment | undefined {
  if (bytes[at] !== 0xff) return undefined;
  let code = at + 1;
  while (bytes[code] === 0xff) code++;
  const marker = bytes[code] ?? 0;
  if (marker === 0 || isBare(marker)) return undefined;
  const length = ((bytes[code + 1] ?? 0) << 8) + (bytes[code + 2] ?? 0);
  const end = code + 1 + length;
  if (length < 2 || end > bytes.length) return undefined;
  return { marker, start: at, content: code + 3, end };
}
