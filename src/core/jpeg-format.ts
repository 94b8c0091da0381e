import { readHead } from "./jpeg-segments.ts";

/** How a JPEG is stored; ITU T.81, B.2.2. */
export interface JpegFormat {
  /** How its data is coded. `baseline` is what every program reads. */
  readonly coding: "baseline" | "extended" | "progressive" | "lossless" | "arithmetic";
  /** Bits of a sample: 8, and 12 in rare pictures. */
  readonly bits: number;
  /** How many components it has: 1 of a grey picture, 3 of a coloured one, 4 of one for printers. */
  readonly components: number;
  /** How much coarser colour is stored than brightness: `4:4:4`, `4:2:2`, `4:2:0` …; undefined where it has no such name. */
  readonly subsampling: string | undefined;
}

const BYTES_BEFORE_COMPONENTS = 6;
const BYTES_A_COMPONENT = 3;
const MOST_COMPONENTS = 4;

/** Reads from the head of a JPEG how it is stored. Undefined when it is no JPEG or its head is cut or damaged. */
export function readJpegFormat(bytes: Uint8Array): JpegFormat | undefined {
  const frame = readHead(bytes)?.frame;
  if (frame === undefined) return undefined;
  const components = bytes[frame.content + BYTES_BEFORE_COMPONENTS - 1] ?? 0;
  const length = BYTES_BEFORE_COMPONENTS + components * BYTES_A_COMPONENT;
  if (components < 1 || components > MOST_COMPONENTS || frame.content + length > frame.end) return undefined;
  const samplings = Array.from(
    { length: components },
    (_, index) => bytes[frame.content + BYTES_BEFORE_COMPONENTS + index * BYTES_A_COMPONENT + 1] ?? 0,
  );
  return {
    coding: codingOf(frame.marker),
    bits: bytes[frame.content] ?? 0,
    components,
    subsampling: subsamplingOf(samplings),
  };
}

function codingOf(marker: number): JpegFormat["coding"] {
  const isArithmetic = (marker & 0x0c) > 0x04;
  if (isArithmetic) return "arithmetic";
  return (["baseline", "extended", "progressive", "lossless"] as const)[marker & 0x03] ?? "baseline";
}

/** From the sampling factors of the components, each 16 × across + down. */
function subsamplingOf([luma = 0, blue = 0, red = 0, ...others]: readonly number[]): string | undefined {
  if (others.length > 0 || blue === 0 || blue !== red) return undefined;
  const across = (luma >> 4) / (blue >> 4);
  const down = (luma & 0x0f) / (blue & 0x0f);
  return NAMES[`${across}x${down}`];
}

const NAMES: Readonly<Record<string, string>> = {
  "1x1": "4:4:4",
  "2x1": "4:2:2",
  "2x2": "4:2:0",
  "1x2": "4:4:0",
  "4x1": "4:1:1",
  "4x2": "4:1:0",
};
