import type { Tile } from "./tile.ts";

/** Browsers open at most 6 connections to a server over HTTP/1; the list of streams and a click need one each. */
const CONNECTIONS = 4;
/** Of those, how many may wait for streams that have no picture ready: such an answer takes up to 5 s. */
const WAITING_CONNECTIONS = 3;
const FASTEST_MS = 100;
const SLOWEST_MS = 1000;
/** Without a picture to expect it is only asked so that the source is still wanted: within the linger of 5 s. */
const WITHOUT_PICTURE_MS = 3000;
const TIMEOUT_MS = 10_000;

interface Turn {
  /** On the clock of `performance.now()`. */
  askedAt: number;
  failed: boolean;
  request: AbortController | undefined;
}

/** Fetches single pictures for many tiles in fair turns over few connections, one at a time for each tile. */
export class SnapshotWheel {
  readonly #turns = new Map<Tile, Turn>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #resting = false;

  /** Says whose pictures are fetched from now on. Requests for others are given up. */
  serve(tiles: readonly Tile[]): void {
    for (const [tile, turn] of this.#turns) {
      if (tiles.includes(tile)) continue;
      turn.request?.abort();
      this.#turns.delete(tile);
    }
    for (const tile of tiles) {
      if (!this.#turns.has(tile))
        this.#turns.set(tile, { askedAt: -WITHOUT_PICTURE_MS, failed: false, request: undefined });
    }
    this.#spin();
  }

  /** Holds the wheel while the server cannot be reached; what is shown stays. */
  rest(resting: boolean): void {
    this.#resting = resting;
    this.#spin();
  }

  #spin(): void {
    clearTimeout(this.#timer);
    if (this.#resting) return;
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const [tile, turn] = next;
      const wait = dueAt(next) - performance.now();
      if (wait > 0) {
        this.#timer = setTimeout(() => this.#spin(), wait);
        return;
      }
      void this.#fetch(tile, turn);
    }
  }

  /** Whose turn it is, now or soonest. Undefined while every connection is busy: the next one free spins on. */
  #next(): [Tile, Turn] | undefined {
    const turns = [...this.#turns];
    const busy = turns.filter(([, turn]) => turn.request !== undefined);
    if (busy.length >= CONNECTIONS) return undefined;
    const onlyReady = busy.filter(([tile]) => !isReady(tile)).length >= WAITING_CONNECTIONS;
    return turns
      .filter(([tile, turn]) => turn.request === undefined && !(onlyReady && !isReady(tile)))
      .sort((one, other) => dueAt(one) - dueAt(other))[0];
  }

  async #fetch(tile: Tile, turn: Turn): Promise<void> {
    const request = new AbortController();
    const timer = setTimeout(() => request.abort(), TIMEOUT_MS);
    turn.request = request;
    turn.askedAt = performance.now();
    turn.failed = false;
    try {
      await tile.picture.fetchSnapshot(request.signal);
    } catch {
      turn.failed = true; // The tile says what is wrong with the stream; here it is only asked again, calmly.
    }
    clearTimeout(timer);
    turn.request = undefined;
    this.#spin();
  }
}

function isReady(tile: Tile): boolean {
  return tile.status.state === "live";
}

/** When a tile wants its next picture: twice as often as its source has one, so that none is seen much later than it came. */
function dueAt([tile, turn]: readonly [Tile, Turn]): number {
  if (!isReady(tile)) return turn.askedAt + WITHOUT_PICTURE_MS;
  const pace = turn.failed ? SLOWEST_MS : Math.min(Math.max(500 / tile.status.fps, FASTEST_MS), SLOWEST_MS);
  return turn.askedAt + pace;
}
