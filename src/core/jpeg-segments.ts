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
  RST7: 0xd7,
  SOI: 0xd8,
  EOI: 0xd9,
  SOS: 0xda,
  APP0: 0xe0,
  APP1: 0xe1,
  COM: 0xfe,
} as const;

/** One marker segment of a JPEG's head. */
export interface JpegSegment {
  /** The marker code: the byte behind the FF. */
  readonly marker: number;
  /** Index of the segment's first byte, an FF. */
  readonly start: number;
  /** Index of the first byte behind the marker's two length bytes; equals `end` for a marker without content. */
  readonly content: number;
  /** Index behind the segment's last byte. */
  readonly end: number;
}

/** Reads the segment that begins at `at`, fill bytes included. Undefined where none is or where it is cut. */
export function readSegment(bytes: Uint8Array, at: number): JpegSegment | undefined {
  if (bytes[at] !== 0xff) return undefined;
  let code = at + 1;
  while (bytes[code] === 0xff) code++;
  const marker = bytes[code];
  if (marker === undefined || marker === 0) return undefined;
  const behind = code + 1;
  if (isBare(marker)) return { marker, start: at, content: behind, end: behind };
  const end = behind + ((bytes[behind] ?? 0) << 8) + (bytes[behind + 1] ?? 0);
  if (end < behind + 2 || end > bytes.length) return undefined;
  return { marker, start: at, content: behind + 2, end };
}

/** Whether a marker stands alone, without length and content. */
export function isBare(marker: number): boolean {
  return (marker >= JPEG.RST0 && marker <= JPEG.EOI) || marker === JPEG.TEM;
}

/** Whether a marker begins a frame header, the segment with the picture's size. */
export function isFrameHeader(marker: number): boolean {
  return (
    marker >= JPEG.SOF0 &&
    marker <= JPEG.SOF15 &&
    marker !== JPEG.DHT &&
    marker !== JPEG.JPG &&
    marker !== JPEG.DAC
  );
}
