const EXIF = [0x45, 0x78, 0x69, 0x66, 0, 0] as const;
const ORIENTATION_TAG = 0x0112;
const SHORT = 3;
const BYTES_AN_ENTRY = 12;
/** A directory of more is rubbish: the standard knows about 60 tags. */
const MOST_ENTRIES = 512;

/** How a picture must be turned to stand upright, as EXIF counts: 1 is upright, 2–8 mirrored and turned. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

/** Reads the orientation from an APP1 segment's content. Undefined where it is not EXIF or does not tell. */
export function readOrientation(content: Uint8Array): Orientation | undefined {
  const found = findOrientation(content);
  return found && asOrientation(found.tiff.getUint16(found.at, found.littleEndian));
}

/** Where an EXIF segment tells the orientation. */
export interface OrientationPlace {
  /** The segment's TIFF data. */
  readonly tiff: DataView;
  /** Index of the value, of two bytes, in it. */
  readonly at: number;
  /** Whether its low byte comes first. */
  readonly littleEndian: boolean;
}

/** Finds the orientation in an APP1 segment's content. Undefined where it is not EXIF or does not tell. */
export function findOrientation(content: Uint8Array): OrientationPlace | undefined {
  if (EXIF.some((byte, index) => content[index] !== byte)) return undefined;
  const bytes = content.subarray(EXIF.length);
  const littleEndian = bytes[0] === 0x49;
  if (bytes.length < 8 || (!littleEndian && bytes[0] !== 0x4d)) return undefined;
  const tiff = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const directory = tiff.getUint32(4, littleEndian);
  if (directory + 2 > bytes.length) return undefined;
  const entries = Math.min(tiff.getUint16(directory, littleEndian), MOST_ENTRIES);
  for (let index = 0; index < entries; index++) {
    const at = directory + 2 + index * BYTES_AN_ENTRY;
    if (at + BYTES_AN_ENTRY > bytes.length) return undefined;
    if (tiff.getUint16(at, littleEndian) !== ORIENTATION_TAG) continue;
    if (tiff.getUint16(at + 2, littleEndian) !== SHORT) return undefined;
    return { tiff, at: at + 8, littleEndian };
  }
  return undefined;
}

/** An APP1 segment that tells the orientation and nothing else. */
export function orientationSegment(orientation: Orientation): Uint8Array {
  // prettier-ignore
  return Uint8Array.of(
    0xff, 0xe1, 0, 34, ...EXIF,
    0x4d, 0x4d, 0, 42, 0, 0, 0, 8, // big endian, the directory follows
    0, 1, // one entry: tag, type, count, value, padding
    0x01, 0x12, 0, SHORT, 0, 0, 0, 1, 0, orientation, 0, 0,
    0, 0, 0, 0, // no further directory
  );
}

function asOrientation(value: number): Orientation | undefined {
  switch (value) {
    case 1:
    case 2:
    case 3:
    case 4:
    case 5:
    case 6:
    case 7:
    case 8:
      return value;
    default:
      return undefined;
  }
}
