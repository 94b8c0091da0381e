import type { ViewerStatus } from "../src/wire/api-types.ts";
import { SnapshotWheel } from "./snapshot-wheel.ts";
import type { Tile } from "./tile.ts";

/** A browser has 6 connections to a server over HTTP/1, and each live picture keeps one for itself. */
const MOST_LIVE = 4;
/** Tiles this far outside the screen are loaded already, so that scrolling finds them. */
const NEAR = "120px 0px";
/** Scrolling past a tile must not open and close its stream. */
const SETTLE_MS = 150;
/** A live picture that is open for so long is known to the server as a viewer. */
const ARRIVED_MS = 5000;
/** How long a page that found no free connection does without live pictures. */
const CROWDED_MS = 5 * 60_000;

/** Decides which tiles get their pictures, and how, so that connections are never used up and hidden pictures cost nothing. */
export class Pictures {
  readonly #wheel = new SnapshotWheel();
  readonly #observer: IntersectionObserver;
  readonly #near = new Set<Element>();
  #tiles: readonly Tile[] = [];
  #isKnown = false;
  #crowdedUntil = 0;
  #resting = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    this.#observer = new IntersectionObserver((entries) => this.#moved(entries), { rootMargin: NEAR });
    document.addEventListener("fullscreenchange", () => this.arrange());
  }

  /** Why not every picture of a stream is shown: `many` tiles on this screen, or a browser `crowded` with other pages. */
  get limit(): "none" | "many" | "crowded" {
    if (!this.#tiles.some((tile) => tile.picture.mode === "snapshots")) return "none";
    return this.#isCrowded() ? "crowded" : "many";
  }

  /** Whether a live picture is open, so that this page is a viewer. */
  get areLive(): boolean {
    return this.#tiles.some((tile) => tile.picture.mode === "live");
  }

  /** Takes the tiles that are on the page now. `viewers` are this page's own, null where the server does not tell. */
  update(tiles: readonly Tile[], viewers: readonly ViewerStatus[] | null): void {
    for (const tile of tiles) if (!this.#tiles.includes(tile)) this.#observer.observe(tile.element);
    for (const tile of this.#tiles) if (!tiles.includes(tile)) this.#forget(tile);
    this.#tiles = tiles;
    if (viewers !== null && viewers.length > 0) this.#isKnown = true;
    for (const { picture, status } of tiles) {
      // The server has no such viewer, so what this page takes for an open stream is dead. One that ended would start again.
      const isGone = this.#isKnown && viewers?.every(({ stream }) => stream !== status.name) === true;
      const isLost = isGone || status.viewers === 0;
      const isArrived = performance.now() - picture.openedAt > ARRIVED_MS;
      if (isLost && isArrived && status.state !== "ended") picture.reopen();
    }
  }

  /** Gives every tile the kind of picture it should have now. */
  arrange(): void {
    clearTimeout(this.#timer);
    const shown = document.hidden ? [] : this.#tiles.filter((tile) => this.#onScreen(tile));
    const live = shown.length <= MOST_LIVE && !this.#isCrowded();
    for (const tile of this.#tiles) {
      tile.picture.show(!shown.includes(tile) ? "off" : live ? "live" : "snapshots");
    }
    this.#wheel.serve(live ? [] : shown);
  }

  /**
   * The server does not answer: what is shown stays, and nothing more is asked for until {@link resume}.
   *
   * If it took too long, live pictures of other tabs may have used up the connections, and then every request waits
   * for ever without a sign. So this tab gives its own back for a while.
   */
  rest(timedOut: boolean): void {
    this.#wheel.rest(true);
    this.#resting = true;
    if (!timedOut) return;
    this.#crowdedUntil = performance.now() + CROWDED_MS;
    this.arrange();
  }

  /** The server answers again: its live streams have to be opened anew. */
  resume(): void {
    if (!this.#resting) return;
    this.#resting = false;
    this.#wheel.rest(false);
    this.reopen();
  }

  /** Asks for every live picture anew. */
  reopen(): void {
    for (const { picture } of this.#tiles) picture.reopen();
  }

  #isCrowded(): boolean {
    return performance.now() < this.#crowdedUntil;
  }

  #onScreen(tile: Tile): boolean {
    const full = document.fullscreenElement;
    return full === null ? this.#near.has(tile.element) && !tile.element.hidden : tile.element.contains(full);
  }

  #moved(entries: readonly IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) this.#near.add(target);
      else this.#near.delete(target);
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.arrange(), SETTLE_MS);
  }

  #forget(tile: Tile): void {
    this.#observer.unobserve(tile.element);
    this.#near.delete(tile.element);
  }
}
