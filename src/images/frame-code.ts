import { fillBox, type RawPicture } from "./raw-picture.ts";

/** Bits of the number; bigger ones start again at 0. */
const BITS = 32;

/** A white and a black cell stand at each end, so that a reader learns what white and black became on the way. */
const GUARDS = 2;

/** Cells of the row. The rest of the width is left free, half of it on each side. */
const CELLS = BITS + 2 * GUARDS;

/** A cell is this part of the picture's width: 8 pixels at 320, where JPEG cannot blur it away. */
const CELLS_IN_WIDTH = 40;

/** No taller than this part of the picture's height, however wide that is. */
const CELLS_IN_HEIGHT = 6;

/** Height in pixels of the row that {@link drawFrameCode} draws along the bottom edge. */
export function frameCodeHeight(width: number, height: number): number {
  return Math.round(Math.min(width / CELLS_IN_WIDTH, height / CELLS_IN_HEIGHT));
}

/**
 * Writes a number along the bottom edge for machines: 36 cells in the middle 9/10 of the width, which are
 * white, black, the 32 bits (the most significant first, 1 is white), black, white.
 */
export function drawFrameCode(target: RawPicture, value: number): void {
  const height = frameCodeHeight(target.width, target.height);
  const edge = (cell: number) =>
    Math.round(((CELLS_IN_WIDTH - CELLS) / 2 + cell) * (target.width / CELLS_IN_WIDTH));
  for (let cell = 0; cell < CELLS; cell++) {
    const box = { x: edge(cell), y: target.height - height, width: edge(cell + 1) - edge(cell), height };
    fillBox(target, box, isWhite(cell, value) ? 255 : 0);
  }
}

function isWhite(cell: number, value: number): boolean {
  if (cell === 0 || cell === CELLS - 1) return true;
  if (cell < GUARDS || cell >= GUARDS + BITS) return false;
  return ((value >>> (BITS - 1 - (cell - GUARDS))) & 1) === 1;
}
