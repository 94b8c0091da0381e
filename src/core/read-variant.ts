import { invalid } from "./validate.ts";
import { simplified, type Crop, type Variant } from "./variant.ts";

/** Where parameters are read: a `URLSearchParams`, or what answers like one. */
export interface Parameters {
  /** The value of the first parameter of that name; null where there is none. */
  get(name: string): string | null;
}

/** The largest width and height that may be asked for, in pixels. */
export const LARGEST_SIDE = 4_096;
const LONGEST_TEXT = 200;
const FITS = ["contain", "cover", "stretch"] as const;
const FLIPS = ["h", "v", "hv"] as const;
const ROTATIONS: ReadonlyMap<string, Pick<Variant, "rotate" | "exif">> = new Map([
  ["0", {}],
  ["90", { rotate: 90 }],
  ["180", { rotate: 180 }],
  ["270", { rotate: 270 }],
  ["-90", { rotate: 270 }], // as others count
  ["exif", { exif: true }], // the flip alone is written into the head
  ["exif:0", { exif: true }],
  ["exif:90", { rotate: 90, exif: true }],
  ["exif:180", { rotate: 180, exif: true }],
  ["exif:270", { rotate: 270, exif: true }],
]);

/**
 * Reads a variant from the parameters of an address; names it does not know are others' and passed over. What changes
 * nothing, such as `fit` without both sides, is read and left out.
 * @throws MjpegError `ERR_OPTION_INVALID`, naming the parameter, its range and the value.
 */
export function readVariant(query: Parameters): Variant {
  const width = integer(query, "width", 1, LARGEST_SIDE, "pixels");
  const height = integer(query, "height", 1, LARGEST_SIDE, "pixels");
  const quality = integer(query, "quality", 1, 100, "JPEG quality");
  const fps = number(query, "fps", 0.1, 120, "pictures a second");
  const fit = oneOf(query, "fit", FITS);
  const flip = oneOf(query, "flip", FLIPS);
  const crop = readCrop(query);
  const text = readText(query);
  return simplified({
    ...(width === undefined ? {} : { width }),
    ...(height === undefined ? {} : { height }),
    ...(fit === undefined ? {} : { fit }),
    ...(flag(query, "enlarge") ? { enlarge: true } : {}),
    ...(quality === undefined ? {} : { quality }),
    ...(fps === undefined ? {} : { fps }),
    ...readRotation(query),
    ...(flip === undefined ? {} : { flip }),
    ...(crop === undefined ? {} : { crop }),
    ...(text === undefined ? {} : { text }),
    ...(flag(query, "time") ? { time: true } : {}),
    ...(flag(query, "grey") ? { grey: true } : {}),
  });
}

/** Whether a parameter that is only there or not is there: `?grey`, `?grey=1`, not `?grey=0` nor `?grey=false`. */
export function flag(query: Parameters, name: string): boolean {
  const value = query.get(name);
  return value !== null && !/^(?:0|false|no|off)$/i.test(value);
}

/** A whole number among the parameters; undefined where it is not given. */
export function integer(
  query: Parameters,
  name: string,
  min: number,
  max: number,
  unit: string,
): number | undefined {
  return written(query, name, /^\d{1,15}$/, {
    min,
    max,
    mustBe: `an integer from ${min} to ${max} (${unit})`,
  });
}

/** A number among the parameters; undefined where it is not given. */
export function number(
  query: Parameters,
  name: string,
  min: number,
  max: number,
  unit: string,
): number | undefined {
  const digits = /^\d{1,15}(?:\.\d{1,15})?$/;
  return written(query, name, digits, { min, max, mustBe: `a number from ${min} to ${max} (${unit})` });
}

function written(
  query: Parameters,
  name: string,
  digits: RegExp,
  { min, max, mustBe }: { readonly min: number; readonly max: number; readonly mustBe: string },
): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const value = Number(text);
  if (digits.test(text) && value >= min && value <= max) return value;
  throw invalid(`the parameter ${name}`, mustBe, text);
}

function oneOf<Value extends string>(
  query: Parameters,
  name: string,
  values: readonly Value[],
): Value | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const value = values.find((each) => each === text);
  if (value !== undefined) return value;
  throw invalid(`the parameter ${name}`, `one of ${values.join(", ")}`, text);
}

function readRotation(query: Parameters): Pick<Variant, "rotate" | "exif"> {
  const text = query.get("rotate");
  if (text === null) return {};
  const rotation = ROTATIONS.get(text);
  if (rotation !== undefined) return rotation;
  const mustBe = "0, 90, 180 or 270 (degrees clockwise), or exif:90 and its like";
  throw invalid("the parameter rotate", mustBe, text);
}

function readCrop(query: Parameters): Crop | undefined {
  const text = query.get("crop");
  if (text === null) return undefined;
  const [x = NaN, y = NaN, width = NaN, height = NaN] = /^\d{1,5}(?:,\d{1,5}){3}$/.test(text)
    ? text.split(",").map(Number)
    : [];
  if (width > 0 && height > 0) return { x, y, width, height };
  const mustBe = "X,Y,WIDTH,HEIGHT in pixels, 0 to 99999, the last two not 0, such as 100,50,640,360";
  throw invalid("the parameter crop", mustBe, text);
}

function readText(query: Parameters): string | undefined {
  const text = query.get("text");
  if (text === null || !/[^\s\p{Cc}\p{Cf}\p{Cs}]/u.test(text)) return undefined; // none of it could be seen
  if (text.length <= LONGEST_TEXT) return text;
  throw invalid("the parameter text", `at most ${LONGEST_TEXT} characters long`, text);
}
