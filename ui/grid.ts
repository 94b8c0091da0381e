import type { StreamStatus } from "../src/wire/api-types.ts";
import { layOut } from "./layout.ts";
import { Tile } from "./tile.ts";

/** All tiles in the order of the server, one of them enlarged if the page's address names it. */
export class Grid {
  readonly #element: HTMLElement;
  readonly #onDetails: (tile: Tile) => void;
  readonly #tiles = new Map<string, Tile>();
  #focused: Tile | undefined;

  constructor(element: HTMLElement, onDetails: (tile: Tile) => void) {
    this.#element = element;
    this.#onDetails = onDetails;
    addEventListener("resize", () => this.arrange());
  }

  /** Every tile, in order. */
  get tiles(): readonly Tile[] {
    return [...this.#tiles.values()];
  }

  /** The enlarged tile, if one is. */
  get focused(): Tile | undefined {
    return this.#focused;
  }

  /** Brings the tiles in line with what the server told. */
  update(streams: readonly StreamStatus[]): void {
    const gone = new Map(this.#tiles);
    this.#tiles.clear();
    streams.forEach((status, place) => {
      const tile = gone.get(status.name) ?? new Tile(status, this.#onDetails);
      gone.delete(status.name);
      this.#tiles.set(status.name, tile);
      const there = this.#element.children[place];
      if (there !== tile.element) this.#element.insertBefore(tile.element, there ?? null);
      tile.update(status);
    });
    for (const tile of gone.values()) tile.element.remove();
  }

  /** Enlarges the tile of that name; any other name shows all. */
  focus(name: string): void {
    this.#focused = this.#tiles.get(name);
    for (const tile of this.#tiles.values()) {
      tile.element.hidden = this.#focused !== undefined && tile !== this.#focused;
      tile.opens = this.#focused === undefined && this.#tiles.size > 1;
    }
  }

  /** The tile so many places after the enlarged one, around the end. */
  neighbour(steps: number): Tile | undefined {
    const tiles = this.tiles;
    const place = tiles.findIndex((tile) => tile === this.#focused);
    return tiles[(place + steps + tiles.length) % tiles.length];
  }

  /** Gives the tiles the largest size at which all of them fit. */
  arrange(): void {
    const shown = this.tiles.filter((tile) => !tile.element.hidden);
    if (shown.length === 0) return;
    this.#element.dataset["many"] = shown.length > 1 ? "yes" : "no";
    const aspect = commonAspect(shown);
    const style = getComputedStyle(this.#element);
    const { columns, tileWidth } = layOut(shown.length, {
      width: this.#element.clientWidth,
      height: innerHeight - this.#element.offsetTop - parseFloat(style.scrollMarginBottom),
      gap: parseFloat(style.columnGap),
      // Of all footers the lowest: one stream in trouble must not make the others jump.
      footer: Math.min(...shown.map((tile) => tile.footer.offsetHeight)),
      aspect,
    });
    this.#element.style.setProperty("--columns", String(columns));
    this.#element.style.setProperty("--tile-width", `${tileWidth}px`);
    this.#element.style.setProperty("--aspect", String(aspect));
    for (const tile of shown) tile.fit(tileWidth * devicePixelRatio, shown.length);
  }
}

/** The shape that all pictures share, or else the usual one of cameras and screens. */
function commonAspect(tiles: readonly Tile[]): number {
  const shapes = tiles.map(({ status: { width, height } }) => (width ?? 16) / (height ?? 9));
  const first = shapes[0] ?? 16 / 9;
  const shared = shapes.every((shape) => Math.abs(shape - first) < 0.01) ? first : 16 / 9;
  return Math.min(Math.max(shared, 0.75), 2.4);
}
