/** A part of a picture, in pixels of the upright picture. */
export interface Crop {
  /** Pixels from the left edge. */
  readonly x: number;
  /** Pixels from the top edge. */
  readonly y: number;
  /** Pixels across. */
  readonly width: number;
  /** Pixels down. */
  readonly height: number;
}

/**
 * How the pictures of a stream are changed for a viewer. What is absent stays as it is; where all is absent the bytes go
 * untouched. Everyone who asks for the same shares the work. The order of the work: upright, crop, rotate, flip, resize,
 * grey, text and time.
 */
export interface Variant {
  /** Pixels across at most, 1–4096. */
  readonly width?: number;
  /** Pixels down at most, 1–4096. */
  readonly height?: number;
  /**
   * How a picture is put into a width and a height of another shape: `contain` (the default) keeps all of it and may be
   * smaller, `cover` fills them and cuts off what is beyond, `stretch` fills them and distorts. Without both sides it
   * means nothing.
   */
  readonly fit?: "contain" | "cover" | "stretch";
  /** Pictures smaller than asked for are scaled up; otherwise `cover` and `stretch` keep the shape and become smaller. */
  readonly enlarge?: true;
  /** JPEG quality, 1–100; {@link DEFAULT_QUALITY} where pictures are encoded again for another reason. */
  readonly quality?: number;
  /** Pictures a second at most, 0.1–120. */
  readonly fps?: number;
  /** Degrees clockwise. */
  readonly rotate?: 90 | 180 | 270;
  /** Mirrored: left to right, top to bottom, or both; after the rotation. */
  readonly flip?: "h" | "v" | "hv";
  /**
   * Rotation and flip are only written into the picture's head (EXIF), for clients that turn it themselves. Means nothing
   * where the picture is encoded again for another reason.
   */
  readonly exif?: true;
  /** The part that is shown, cut out before all else; what lies beyond the picture is left out. */
  readonly crop?: Crop;
  /** A line of text at the top, at most 200 characters. */
  readonly text?: string;
  /** The time of capture is written at the bottom: local date and time. */
  readonly time?: true;
  /** Without colours. */
  readonly grey?: true;
}

/** JPEG quality where none is asked for. */
export const DEFAULT_QUALITY = 80;

/** Pictures as they are. */
export const UNTOUCHED: Variant = {};

/** The same text for the same variant, whatever the order of its fields; empty for {@link UNTOUCHED}. */
export function variantKey(variant: Variant): string {
  return Object.entries(variant)
    .filter(([, value]) => value !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join("&");
}

/** The variant without its rate: what decides how a picture looks. */
export function pictureOf(variant: Variant): Variant {
  const { fps, ...picture } = variant;
  return fps === undefined ? variant : picture;
}

/** What changes no picture by itself, and what else does not where it is only written into the head. */
const FREE = ["fps", "exif"];
const FREE_IN_HEAD = [...FREE, "rotate", "flip"];

/** Whether its pictures are decoded and encoded again, which costs a processor's time. */
export function isEncoded(variant: Variant): boolean {
  const free = variant.exif === true ? FREE_IN_HEAD : FREE;
  return Object.keys(variant).some((name) => !free.includes(name));
}

/** The same variant without what changes nothing, so that equal wishes share one however they were written. */
export function simplified(variant: Variant): Variant {
  const { fit, enlarge, exif, quality, ...rest } = variant;
  const sides = [rest.width, rest.height].filter((side) => side !== undefined).length;
  const isOtherwiseEncoded = isEncoded({ ...rest, exif: true });
  const turns = rest.rotate !== undefined || rest.flip !== undefined;
  const inHead = exif === true && turns && !isOtherwiseEncoded && quality === undefined;
  const needsQuality = quality !== DEFAULT_QUALITY || !(isOtherwiseEncoded || turns);
  return {
    ...rest,
    ...(sides === 2 && fit !== undefined && fit !== "contain" ? { fit } : {}),
    ...(sides > 0 && enlarge === true ? { enlarge } : {}),
    ...(inHead ? { exif } : {}),
    ...(quality !== undefined && needsQuality ? { quality } : {}),
  };
}
