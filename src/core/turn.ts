import type { Orientation } from "./jpeg-orientation.ts";
import type { Variant } from "./variant.ts";

/** What brings stored pixels into place: first mirrored left to right, then turned. */
export interface Turn {
  /** Whether they are mirrored. */
  readonly mirrored: boolean;
  /** Quarter turns clockwise, 0–3. */
  readonly quarters: number;
}

/** Of each orientation, 1–8, how many quarter turns it takes; those of {@link MIRRORED} are mirrored before. */
const QUARTERS = [0, 0, 2, 2, 3, 1, 1, 3] as const;
const MIRRORED: readonly Orientation[] = [2, 4, 5, 7];
const PLAIN: readonly Orientation[] = [1, 6, 3, 8];
const MIRRORED_BY_QUARTERS: readonly Orientation[] = [2, 7, 4, 5];

/** How a picture of that orientation is turned upright. */
export function turnOf(orientation: Orientation): Turn {
  return { mirrored: MIRRORED.includes(orientation), quarters: QUARTERS[orientation - 1] ?? 0 };
}

/** The orientation of a picture that has that orientation and is then rotated and flipped. */
export function turned(orientation: Orientation, { rotate, flip }: Variant): Orientation {
  const { mirrored, quarters } = turnOf(orientation);
  const rotated = quarters + (rotate ?? 0) / 90;
  if (flip === undefined) return orientationOf(mirrored, rotated);
  switch (flip) {
    case "h":
      return orientationOf(!mirrored, -rotated);
    case "v":
      return orientationOf(!mirrored, 2 - rotated);
    case "hv":
      return orientationOf(mirrored, rotated + 2);
  }
}

function orientationOf(mirrored: boolean, quarters: number): Orientation {
  return (mirrored ? MIRRORED_BY_QUARTERS : PLAIN)[(quarters + 8) % 4] ?? 1;
}
