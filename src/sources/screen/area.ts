import { invalid } from "../../core/validate.ts";
import type { Size } from "../address.ts";

/** A rectangle of a screen or of a window, in pixels. */
export interface Area extends Size {
  /** Its left edge. */
  readonly x: number;
  /** Its upper edge. */
  readonly y: number;
}

/** No screen has more pixels on a side: positions on it are numbers of 15 bits. */
const MOST_PIXELS = 32_767;

/**
 * Reads a region such as `800x600+100+50`: width, height, left edge and upper edge. The edges may be left out.
 * @throws MjpegError `ERR_OPTION_INVALID` for anything else.
 */
export function parseRegion(text: string | undefined): Area | undefined {
  if (text === undefined) return undefined;
  // A plus sign may have become a space on its way, as it does in the query of a URL.
  const match = /^(\d{1,5})x(\d{1,5})(?:[+ ](\d{1,5})[+ ](\d{1,5}))?$/i.exec(text);
  const [, width = 0, height = 0, x = 0, y = 0] = (match ?? []).map(Number);
  const isFine = Math.min(width, height) >= 1 && Math.max(width, height, x || 0, y || 0) <= MOST_PIXELS;
  if (match !== null && isFine) return { width, height, x: x || 0, y: y || 0 };
  throw invalid("screen: region", "WIDTHxHEIGHT+LEFT+TOP in pixels, such as 800x600+100+50", text);
}

/** The part of an area that lies on a screen of that size; undefined where none does. */
export function clip(area: Area, { width, height }: Size): Area | undefined {
  const x = Math.max(0, area.x);
  const y = Math.max(0, area.y);
  const right = Math.min(width, area.x + area.width);
  const bottom = Math.min(height, area.y + area.height);
  return right > x && bottom > y ? { x, y, width: right - x, height: bottom - y } : undefined;
}

/** Whether two areas are the same; two that are not there are. */
export function isSameArea(a: Area | undefined, b: Area | undefined): boolean {
  return a?.x === b?.x && a?.y === b?.y && a?.width === b?.width && a?.height === b?.height;
}

/** An area for people: `800x600+100+50`. */
export function areaText({ width, height, x, y }: Area): string {
  return `${width}x${height}+${x}+${y}`;
}
