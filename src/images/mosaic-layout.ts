import type { Box } from "./raw-picture.ts";

/** Where everything of a mosaic is, in pixels. */
export interface MosaicLayout {
  /** Pixels across. */
  readonly width: number;
  /** Pixels down; even, as many video encoders want it. */
  readonly height: number;
  /** The cells: rows from the top, each from the left. All have one size. */
  readonly cells: readonly Box[];
}

/** Of a cell: that of most cameras and screens. */
const SHAPE = 16 / 9;
/** A gap is this part of the width: 4 pixels at 1280. */
const GAPS_IN_WIDTH = 320;
/** A mosaic is no higher, whatever is asked for. Cells become smaller instead. */
const MOST_HEIGHT = 3_840;
/** Nor has it more pixels, as they are kept: three bytes each, so 27.6 MB. */
const MOST_PIXELS = 3_840 * 2_400;

/**
 * Places the cells of a mosaic.
 * @param count how many cells there are
 * @param columns how many stand side by side; {@link columnsFor} so many where it is undefined
 * @param width pixels across
 */
export function layoutMosaic(count: number, columns: number | undefined, width: number): MosaicLayout {
  const across = columns ?? columnsFor(count);
  const down = Math.max(1, Math.ceil(count / across));
  const gap = Math.max(1, Math.round(width / GAPS_IN_WIDTH));
  const free = (width - gap * (across - 1)) / across;
  const highest = Math.min(MOST_HEIGHT, 2 * Math.floor(MOST_PIXELS / width / 2));
  const most = (highest - gap * (down - 1)) / down;
  const cellWidth = Math.max(1, Math.floor(Math.min(free, most * SHAPE)));
  const cellHeight = Math.max(1, Math.min(Math.floor(most), Math.round(cellWidth / SHAPE)));
  const used = cellWidth * across + gap * (across - 1);
  const height = cellHeight * down + gap * (down - 1);
  const left = Math.floor((width - used) / 2);
  const cells = Array.from({ length: count }, (_, index) => ({
    x: left + (index % across) * (cellWidth + gap),
    y: Math.floor(index / across) * (cellHeight + gap),
    width: cellWidth,
    height: cellHeight,
  }));
  return { width, height: height + (height % 2), cells };
}

/** How many cells stand side by side where nobody says: about as many as one below the other. */
export function columnsFor(count: number): number {
  return Math.max(1, Math.ceil(Math.sqrt(count)));
}
