import { HttpError } from "./answers.ts";
import type { Show, View } from "./show.ts";
import type { Tally } from "./tally.ts";
import type { Viewer } from "./viewer.ts";

/** How many may watch at once. */
export interface ViewerLimits {
  /** In all. */
  readonly maxViewers: number;
  /** A stream. */
  readonly maxViewersPerStream: number;
  /** A client's address. */
  readonly maxViewersPerAddress: number;
}

/** A viewer's seat in a stream, from which it sees the stream itself or a variant of it. */
export interface Seat {
  /** Shows the viewer the newest picture there is, and wishes for more. To be called once, when its connection is ours. */
  begin(): void;
  /**
   * Shows it another variant from the next picture on.
   * @throws MjpegError where there is no room; it then stays with the one it has.
   */
  move(view: View): void;
  /** Takes it out. */
  leave(): void;
}

/** A viewer's place among those who watch. */
interface Place {
  readonly viewer: Viewer;
  /** What the client named its viewer by, to be known again. */
  readonly key: string | undefined;
  readonly leave: () => void;
}

/** Everyone who watches, of all streams of a server: who may join, and who it is. */
export class Viewers {
  readonly #limits: ViewerLimits;
  readonly #places = new Map<string, Place>();
  /** By key, then by stream. */
  readonly #keyed = new Map<string, Map<string, Place>>();
  readonly #perAddress = new Map<string, number>();

  constructor(limits: ViewerLimits) {
    this.#limits = limits;
  }

  /** How many watch now. */
  get size(): number {
    return this.#places.size;
  }

  /** Those who watch now, longest first. */
  values(): readonly Viewer[] {
    return Array.from(this.#places.values(), ({ viewer }) => viewer);
  }

  /** The viewer of that id, while it watches. */
  get(id: string): Viewer | undefined {
    return this.#places.get(id)?.viewer;
  }

  /** Those that came with that key: one a stream at most. */
  withKey(key: string): readonly Viewer[] {
    return Array.from(this.#keyed.get(key)?.values() ?? [], ({ viewer }) => viewer);
  }

  /**
   * Gives a viewer a seat in a stream, and cuts the earlier viewer of that stream with the same key: its client is gone.
   * @param view what it sees at first: the stream or a variant of it
   * @throws HttpError `ERR_TOO_MANY_VIEWERS`, MjpegError `ERR_HUB_FULL`
   */
  join(viewer: Viewer, show: Show, view: View, key?: string): Seat {
    const earlier = key === undefined ? undefined : this.#keyed.get(key)?.get(viewer.stream);
    // Who is refused must not have cut a viewer that goes on.
    this.#assertRoom(viewer, show.tally, earlier?.viewer);
    if (earlier !== undefined) {
      this.#remove(earlier);
      earlier.viewer.cut();
    }
    const seat = new TakenSeat(viewer, show.tally, view);
    const place: Place = { viewer, key, leave: () => seat.leave() };
    this.#add(place);
    return {
      begin: () => seat.begin(),
      move: (other) => seat.move(other),
      leave: () => this.#remove(place),
    };
  }

  #assertRoom({ stream, address }: Viewer, tally: Tally, leaving: Viewer | undefined): void {
    const { maxViewers, maxViewersPerStream, maxViewersPerAddress } = this.#limits;
    const left = leaving === undefined ? 0 : 1;
    const leftHere = leaving?.address === address ? 1 : 0;
    if (this.size - left >= maxViewers) {
      throw tooMany(`this server has ${maxViewers} viewers`, "maxViewers, --max-viewers");
    }
    if (tally.size - left >= maxViewersPerStream) {
      throw tooMany(
        `the stream "${stream}" has ${maxViewersPerStream} viewers`,
        "maxViewersPerStream, --max-viewers-per-stream",
      );
    }
    if ((this.#perAddress.get(address) ?? 0) - leftHere >= maxViewersPerAddress) {
      throw tooMany(
        `your address, ${address}, has ${maxViewersPerAddress} viewers`,
        "maxViewersPerAddress, --max-viewers-per-address; behind a proxy: trustProxy, --trust-proxy",
      );
    }
  }

  #add(place: Place): void {
    const { viewer, key } = place;
    this.#places.set(viewer.id, place);
    this.#perAddress.set(viewer.address, (this.#perAddress.get(viewer.address) ?? 0) + 1);
    if (key === undefined) return;
    const sameKey = this.#keyed.get(key) ?? new Map<string, Place>();
    this.#keyed.set(key, sameKey.set(viewer.stream, place));
  }

  #remove(place: Place): void {
    const { viewer, key, leave } = place;
    if (!this.#places.delete(viewer.id)) return;
    leave();
    const left = (this.#perAddress.get(viewer.address) ?? 0) - 1;
    if (left > 0) this.#perAddress.set(viewer.address, left);
    else this.#perAddress.delete(viewer.address);
    if (key === undefined) return;
    const sameKey = this.#keyed.get(key);
    sameKey?.delete(viewer.stream);
    if (sameKey?.size === 0) this.#keyed.delete(key);
  }
}

class TakenSeat implements Seat {
  readonly #viewer: Viewer;
  readonly #tally: Tally;
  #view: View;
  #leaveAudience: () => void;
  #release: (() => void) | undefined;

  constructor(viewer: Viewer, tally: Tally, view: View) {
    this.#viewer = viewer;
    this.#tally = tally;
    this.#view = view;
    this.#leaveAudience = view.audience.join(viewer);
    tally.add(viewer);
  }

  begin(): void {
    this.#release = this.#view.watch();
    this.#view.audience.greet(this.#viewer);
  }

  move(view: View): void {
    if (view === this.#view) return;
    const joined = view.audience.join(this.#viewer);
    this.#leaveAudience();
    this.#leaveAudience = joined;
    this.#view = view;
    const before = this.#release;
    if (before === undefined) return;
    // First the new wish: a source must not stop in between.
    this.begin();
    before();
  }

  leave(): void {
    this.#leaveAudience();
    this.#release?.();
    this.#release = undefined;
    this.#tally.remove(this.#viewer);
  }
}

function tooMany(who: string, option: string): HttpError {
  return new HttpError(
    503,
    "ERR_TOO_MANY_VIEWERS",
    `${who}, which is the most it may have: close one or try again later (${option})`,
    { headers: { "Retry-After": "5" } },
  );
}
