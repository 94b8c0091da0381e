import type { Variant } from "../../core/variant.ts";
import { sizeOf, type Pictures } from "./ladder.ts";

/** A picture half as large has more than half of the details of each pixel's surroundings. */
const AREA_POWER = 0.8;
/** Bytes at a JPEG quality, where those of cameras' usual one have 1: of photographs, within a third or so. */
const QUALITY_BYTES: readonly (readonly [quality: number, bytes: number])[] = [
  [40, 0.55],
  [50, 0.65],
  [60, 0.78],
  [70, 0.9],
  [80, 1.05],
  [100, 3],
];

/** How many bytes a picture in that variant has at about, as a part of those that the source's has. */
export function estimatedWeight(variant: Variant, pictures: Pictures): number {
  const { width, height } = sizeOf(variant, pictures);
  const area = (width * height) / (pictures.width * pictures.height);
  return area ** AREA_POWER * qualityBytes(variant.quality ?? 80);
}

function qualityBytes(quality: number): number {
  const above = QUALITY_BYTES.findIndex(([known]) => known >= quality);
  const [high, most] = QUALITY_BYTES[above] ?? [100, 3];
  const [low, least] = QUALITY_BYTES[above - 1] ?? [0, 0.2];
  return least + ((most - least) * (quality - low)) / (high - low);
}
