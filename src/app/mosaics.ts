import { MjpegError } from "../core/errors.ts";
import type { MosaicLease, MosaicWish, Mosaics as MosaicsOfDelivery } from "../delivery/mosaics.ts";
import { columnsFor } from "../images/mosaic-layout.ts";
import { loadSharp } from "../images/sharp.ts";
import { Mosaic, type MosaicOptions } from "./mosaic.ts";

/** Most different mosaics at once: each one costs a processor's time for every picture, and the memory of its pixels. */
const MOST_MOSAICS = 8;

/** The mosaics that somebody watches or is about to. */
export class Mosaics implements MosaicsOfDelivery {
  readonly #options: Omit<MosaicOptions, "wish" | "onUnused">;
  readonly #mosaics = new Map<string, Mosaic>();

  constructor(options: Omit<MosaicOptions, "wish" | "onUnused">) {
    this.#options = options;
  }

  async get(asked: MosaicWish): Promise<MosaicLease> {
    const wish = resolved(asked);
    // Before anything is awaited: requests that come at once are not to pass the limit together.
    const show = this.#mosaicFor(wish);
    const release = show.hold();
    try {
      await loadSharp();
    } catch (error) {
      release();
      throw error;
    }
    return { show, release };
  }

  /** Ends every viewer properly: the server stops. */
  end(): void {
    for (const mosaic of this.#mosaics.values()) mosaic.end();
  }

  #mosaicFor(wish: MosaicWish): Mosaic {
    const key = JSON.stringify(wish);
    const there = this.#mosaics.get(key);
    if (there !== undefined) return there;
    if (this.#mosaics.size >= MOST_MOSAICS) throw tooMany();
    const made = new Mosaic({ ...this.#options, wish, onUnused: () => this.#mosaics.delete(key) });
    this.#mosaics.set(key, made);
    return made;
  }
}

/** With the columns it gets: where all streams are shown, their number may change, and the columns with it. */
function resolved(wish: MosaicWish): MosaicWish {
  const { streams, columns } = wish;
  return streams === undefined ? wish : { ...wish, columns: columns ?? columnsFor(streams.length) };
}

function tooMany(): MjpegError {
  return new MjpegError(
    "ERR_TOO_MANY_MOSAICS",
    `this server already shows ${MOST_MOSAICS} different mosaics, the most there may be: ` +
      "ask for one that others watch, or again later",
  );
}
