/** The size at which a picture of that EXIF orientation (1–8) is shown: 5 to 8 lie on their side. */
export function displaySize(
  width: number,
  height: number,
  orientation: number,
): { readonly width: number; readonly height: number } {
  return orientation >= 5 ? { width: height, height: width } : { width, height };
}

/** The SVG transform from a place in the picture as it is shown to the same place in the pixels as they are stored. */
export function storedPlace(width: number, height: number, orientation: number): string {
  switch (orientation) {
    case 2:
      return `matrix(-1 0 0 1 ${width} 0)`;
    case 3:
      return `matrix(-1 0 0 -1 ${width} ${height})`;
    case 4:
      return `matrix(1 0 0 -1 0 ${height})`;
    case 5:
      return "matrix(0 1 1 0 0 0)";
    case 6:
      return `matrix(0 -1 1 0 0 ${height})`;
    case 7:
      return `matrix(0 -1 -1 0 ${width} ${height})`;
    case 8:
      return `matrix(0 1 -1 0 ${width} 0)`;
    default:
      return "matrix(1 0 0 1 0 0)";
  }
}
