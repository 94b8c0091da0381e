/** What the tiles have to share. All lengths in CSS pixels. */
export interface Space {
  readonly width: number;
  readonly height: number;
  readonly gap: number;
  /** Height of what each tile shows below its picture. */
  readonly footer: number;
  /** Width of a picture divided by its height. */
  readonly aspect: number;
}

/** How many tiles stand side by side, and how wide each is in CSS pixels. */
export interface Layout {
  readonly columns: number;
  readonly tileWidth: number;
}

/** Narrower than this, the names and buttons below a picture no longer fit. */
const NARROWEST = 320;

/** The largest tiles with which all of them fit on the screen; where they would become too small, the page scrolls instead. */
export function layOut(count: number, space: Space): Layout {
  const mostColumns = Math.max(1, Math.floor((space.width + space.gap) / (NARROWEST + space.gap)));
  let best: Layout = { columns: 1, tileWidth: 0 };
  for (let columns = 1; columns <= Math.min(count, mostColumns); columns += 1) {
    const tileWidth = Math.min(widthFor(columns, space), widthForRows(Math.ceil(count / columns), space));
    if (tileWidth > best.tileWidth) best = { columns, tileWidth };
  }
  if (count === 1)
    return { columns: 1, tileWidth: Math.max(best.tileWidth, Math.min(NARROWEST, space.width)) };
  // On a phone one tile after the other is scrolled through, each as wide as the screen.
  if (best.tileWidth >= NARROWEST && mostColumns > 1) return best;
  return { columns: mostColumns, tileWidth: widthFor(mostColumns, space) };
}

function widthFor(columns: number, { width, gap }: Space): number {
  return Math.floor((width - gap * (columns - 1)) / columns);
}

function widthForRows(rows: number, { height, gap, footer, aspect }: Space): number {
  return Math.floor(((height - gap * (rows - 1)) / rows - footer) * aspect);
}
