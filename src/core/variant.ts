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
 * untouched. Everyone who asks for the same shares the work.
 */
export interface Variant {
  /** Pixels across at most, 1–4096. */
  readonly width?: number;
  /** Pixels down at most, 1–4096. */
  readonly height?: number;
  /**
   * How a picture is put into a width and a height of another shape: `contain` (the default) keeps all of it and may be
   * smaller, `cover` fills them and cuts off what is beyond, `stretch` fills them and distorts.
   */
  readonly fit?: "contain" | "cover" | "stretch";
  /** Pictures smaller than asked for are scaled up. */
  readonly enlarge?: true;
  /** JPEG quality, 1–100; 80 where pictures are encoded again for another reason. */
  readonly quality?: number;
  /** Pictures a second at most, 0.1–120. */
  readonly fps?: number;
  /** Degrees clockwise. */
  readonly rotate?: 90 | 180 | 270;
  /** Mirrored: left to right, top to bottom, or both; after the rotation. */
  readonly flip?: "h" | "v" | "hv";
  /** Rotation and flip are only written into the picture's head (EXIF), for clients that turn it themselves. */
  readonly exif?: true;
  /** The part that is shown, cut out before all else. */
  readonly crop?: Crop;
  /** A line of text at the top, at most 200 characters. */
  readonly text?: string;
  /** The time of capture is written at the bottom. */
  readonly time?: true;
  /** Without colours. */
  readonly grey?: true;
}

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
