import { variantKey } from "../../core/variant.ts";
import type { StreamState } from "../../wire/api-types.ts";
import type { LiveState } from "../../wire/live-message.ts";
import { adaptViewer } from "../adapt/adapt-viewer.ts";
import type { Client } from "../client.ts";
import type { LiveWish } from "../routes/live-wish.ts";
import type { Show } from "../show.ts";
import { Viewer } from "../viewer.ts";
import type { Seat, Viewers } from "../viewers.ts";
import { Lane, type LaneEvents } from "./lane.ts";
import type { Line } from "./line.ts";
import { statusOf } from "./status-of.ts";

/** What a {@link Watched} is made of. */
export interface WatchedOptions extends LaneEvents {
  /** The number that the client gave it. */
  readonly id: number;
  readonly show: Show;
  readonly wish: LiveWish;
  readonly client: Client;
  readonly viewers: Viewers;
  readonly line: Line;
}

/** A stream that a client watches over a connection it shares with others. */
export class Watched {
  readonly #id: number;
  readonly #show: Show;
  readonly #lane: Lane;
  readonly #viewer: Viewer;
  readonly #seat: Seat;
  #wish: LiveWish;
  #timer: NodeJS.Timeout | undefined;
  #stopAdapting: (() => void) | undefined;
  #told = "";
  #toldState: StreamState | undefined;

  /** @throws HttpError or MjpegError where there is no room for another viewer or variant. */
  constructor({ id, show, wish, client, viewers, line, ...events }: WatchedOptions) {
    const view = show.as(wish.variant);
    this.#id = id;
    this.#show = show;
    this.#wish = wish;
    this.#lane = new Lane(id, line, events);
    this.#viewer = new Viewer(client, this.#lane, show.name, {
      mostFrames: wish.frames,
      variant: wish.variant,
    });
    try {
      this.#seat = viewers.join(this.#viewer, show, view, wish.viewerKey);
    } catch (error) {
      this.#lane.close();
      throw error;
    }
  }

  /** Lets pictures come. To be called once. */
  begin(): void {
    const { seconds } = this.#wish;
    if (seconds !== undefined) this.#timer = setTimeout(() => this.#viewer.endAsAsked(), seconds * 1000);
    this.#seat.begin();
    this.#adapt();
  }

  /**
   * Goes on with another wish, where it is for the same stream and nothing but the variant counts.
   * @returns whether it does
   * @throws MjpegError where there is no room for the variant; it then goes on as before.
   */
  move(show: Show, wish: LiveWish): boolean {
    if (show !== this.#show || !isOfVariantAlone(wish) || !isOfVariantAlone(this.#wish)) return false;
    this.#told = "";
    if (isSame(wish, this.#wish)) return true;
    const view = show.as(wish.variant);
    // Before it moves: what greets it there is of the new variant already.
    this.#viewer.turnTo(wish.variant);
    try {
      this.#seat.move(view);
    } catch (error) {
      this.#viewer.turnTo(this.#wish.variant);
      throw error;
    }
    this.#wish = wish;
    this.#adapt();
    return true;
  }

  /** The client has drawn that picture, or dropped it. */
  acknowledge(sequence: number): void {
    this.#lane.acknowledge(sequence);
  }

  /** Whether the stream is in another state than the client was told last. */
  get isInNewState(): boolean {
    return this.#show.state !== this.#toldState;
  }

  /** What the stream is doing, where the client does not know it yet. */
  news(): LiveState | undefined {
    const isNow = this.#told === "" || this.isInNewState;
    const { state, reason, code, since, width, height, fps } = statusOf(this.#show, isNow);
    const news = JSON.stringify([state, reason, code, width, height]);
    if (news === this.#told) return undefined;
    this.#told = news;
    this.#toldState = state;
    return { type: "state", id: this.#id, state, reason, code, since, width, height, fps };
  }

  /** Takes the viewer out, and tells nobody. */
  leave(): void {
    clearTimeout(this.#timer);
    this.#stopAdapting?.();
    this.#lane.close();
    this.#seat.leave();
  }

  #adapt(): void {
    this.#stopAdapting?.();
    const { manner, variant: base } = this.#wish;
    const watched = { viewer: this.#viewer, seat: this.#seat, show: this.#show };
    this.#stopAdapting = manner && adaptViewer({ ...watched, base, manner });
  }
}

function isSame(one: LiveWish, other: LiveWish): boolean {
  return one.manner === other.manner && variantKey(one.variant) === variantKey(other.variant);
}

function isOfVariantAlone({ frames, seconds, viewerKey }: LiveWish): boolean {
  return frames === undefined && seconds === undefined && viewerKey === undefined;
}
