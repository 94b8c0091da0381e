import type { Orientation } from "../core/jpeg-orientation.ts";
import { turned, turnOf, type Turn } from "../core/turn.ts";
import { LARGEST_SIDE } from "../core/read-variant.ts";
import type { Crop, Variant } from "../core/variant.ts";
import { displaySize } from "./orientation.ts";
import type { Box } from "./raw-picture.ts";

/** A size in whole pixels. */
interface Size {
  readonly width: number;
  readonly height: number;
}

/** How the stored pixels of a picture become those of a variant, in the order of the work: cut, scaled, turned. */
export interface VariantLayout {
  /** What is cut out of the stored pixels; undefined where it is all of them. */
  readonly cut: Box | undefined;
  /** The size that is scaled to, before the turn. */
  readonly scaled: Size;
  /** Whether what is beyond the shape of `scaled` is cut off, equally at both ends; it is distorted otherwise. */
  readonly cover: boolean;
  /** How the result is brought into place. */
  readonly turn: Turn;
}

/**
 * Turning last is the cheapest, as there are the fewest pixels, and lets the decoder scale by 2, 4 or 8 where nothing is
 * cut: so all is told in stored pixels, whichever way up they lie.
 */
export function layOut(
  picture: Size & { readonly orientation: Orientation },
  variant: Variant,
): VariantLayout {
  const { orientation } = picture;
  const upright = displaySize(picture.width, picture.height, orientation);
  const shown = variant.crop === undefined ? undefined : clamped(variant.crop, upright);
  const seen = shown ?? upright;
  const isSideways = variant.rotate === 90 || variant.rotate === 270;
  const result = resultSize(isSideways ? sideways(seen) : seen, variant);
  const turn = turnOf(turned(orientation, variant));
  return {
    cut: shown && storedBox(shown, upright, turnOf(orientation)),
    scaled: turn.quarters % 2 === 1 ? sideways(result) : result,
    cover: variant.fit === "cover",
    turn,
  };
}

/** The size of the result: never above {@link LARGEST_SIDE}, and above the picture's only where that is asked for. */
function resultSize(picture: Size, { width, height, fit, enlarge }: Variant): Size {
  const most = enlarge === true ? Infinity : 1;
  if (fit !== undefined && width !== undefined && height !== undefined) {
    return scaledBy(
      { width, height },
      Math.min(1, (most * picture.width) / width, (most * picture.height) / height),
    );
  }
  const across = (width ?? (height === undefined ? picture.width : LARGEST_SIDE)) / picture.width;
  const down = (height ?? (width === undefined ? picture.height : LARGEST_SIDE)) / picture.height;
  const largest = LARGEST_SIDE / Math.max(picture.width, picture.height);
  return scaledBy(picture, Math.min(most, largest, across, down));
}

function scaledBy({ width, height }: Size, factor: number): Size {
  return { width: Math.max(1, Math.round(width * factor)), height: Math.max(1, Math.round(height * factor)) };
}

const sideways = ({ width, height }: Size): Size => ({ width: height, height: width });

/** As much of it as lies in the picture; one pixel of its edge where none does. */
function clamped(crop: Crop, { width, height }: Size): Box {
  const x = Math.min(crop.x, width - 1);
  const y = Math.min(crop.y, height - 1);
  return { x, y, width: Math.min(crop.width, width - x), height: Math.min(crop.height, height - y) };
}

/** The same part in the pixels as they are stored. */
function storedBox(box: Box, upright: Size, { mirrored, quarters }: Turn): Box {
  let { x, y, width, height } = box;
  let size = upright;
  for (let quarter = 0; quarter < quarters; quarter++) {
    // Turned back: what is at the right edge comes to the top.
    [x, y, width, height] = [y, size.width - x - width, height, width];
    size = sideways(size);
  }
  return { x: mirrored ? size.width - x - width : x, y, width, height };
}
