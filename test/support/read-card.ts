/**
 * Reads the frame number that the test card carries along its bottom edge (src/images/frame-code.ts), at any scale
 * from about 160 pixels across. Undefined when there is none: another picture, a dimmed one.
 * Uses nothing from outside of itself, so that {@link READ_CARD} is the same function for a page in a browser.
 * @param rgba as canvas getImageData() or sharp's raw() with 4 channels give it.
 */
export function readCard(
  rgba: Uint8Array | Uint8ClampedArray,
  width: number,
  height: number,
): number | undefined {
  const cell = width / 40;
  const top = height - Math.min(cell, height / 6);
  const light = (index: number) => {
    // The middle third of a cell, so that neither neighbours nor a pixel lost by scaling matter.
    let sum = 0;
    let count = 0;
    for (let y = Math.floor(top + (height - top) / 3); y < height - (height - top) / 3; y++) {
      for (let x = Math.floor((index + 2 + 1 / 3) * cell); x < (index + 2 + 2 / 3) * cell; x++) {
        const at = (y * width + x) * 4;
        sum += ((rgba[at] ?? 0) + (rgba[at + 1] ?? 0) + (rgba[at + 2] ?? 0)) / 3;
        count++;
      }
    }
    return sum / count;
  };
  if (light(0) < 180 || light(35) < 180 || light(1) > 75 || light(34) > 75) return undefined;
  let value = 0;
  for (let bit = 0; bit < 32; bit++) {
    const level = light(bit + 2);
    if (level > 75 && level < 180) return undefined;
    value = value * 2 + (level > 127 ? 1 : 0);
  }
  return value;
}

/** {@link readCard} as JavaScript for a page: an expression whose value is the function. */
export const READ_CARD: string = `(${String(readCard)})`;
