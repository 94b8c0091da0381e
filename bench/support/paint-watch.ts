// Looks at the picture on a screen again and again, and notes when it changes.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { findPicture, readNumber, rowOf, type Place } from "./paint-pictures.ts";
import type { Screen } from "./paint-screen.ts";
import type { PaintStream, Published } from "./paint-stream.ts";

/** A picture that came up on the screen. */
interface Sighting {
  /** Which picture, as `PaintStream` counts them. */
  readonly index: number;
  /** When the first look that showed it was answered, on the clock of `performance.now()`: not before it was there. */
  readonly at: number;
}

/** For a browser to start and to show its first picture, on a busy machine. */
const START_MS = 60_000;
/** From one try to the next while the browser starts. */
const TRY_MS = 150;
/** So often the screen is looked at; every measured time is too long by up to this. */
const LOOK_EVERY_MS = 1;

/** One picture on a screen, watched from `open` to `close`. */
export class PaintWatch {
  readonly #screen: Screen;
  readonly #stream: PaintStream;
  readonly #sightings: Sighting[] = [];
  readonly #done: Promise<void>;
  #place: Place;
  #closed = false;
  #looks = 0;

  /** Waits until the stream's picture stands on the screen, publishing one after the other as a camera does. */
  static async open(screen: Screen, stream: PaintStream): Promise<PaintWatch> {
    const deadline = performance.now() + START_MS;
    while (performance.now() < deadline) {
      stream.publish();
      await sleep(TRY_MS);
      const place = findPicture(await screen.lookAtAll());
      if (place !== undefined) return new PaintWatch(screen, stream, place);
    }
    throw new Error(`no picture on the screen ${START_MS} ms after the browser was started`);
  }

  private constructor(screen: Screen, stream: PaintStream, place: Place) {
    this.#screen = screen;
    this.#stream = stream;
    this.#place = place;
    this.#done = this.#watch();
    this.#done.catch(() => undefined); // told to whoever closes this
  }

  /** How often the screen was looked at so far. */
  get looks(): number {
    return this.#looks;
  }

  /** How long after it was handed over each picture, or a newer one, was on the screen; Infinity when it never was. */
  delays(published: readonly Published[]): number[] {
    return published.map(({ index, at }) => {
      const seen = this.#sightings.find((sighting) => sighting.index >= index && sighting.at >= at);
      return seen === undefined ? Infinity : seen.at - at;
    });
  }

  /** Resolves as soon as the newest picture is on the screen; with false when it is not within the time. */
  async showsNewest(timeoutMs: number): Promise<boolean> {
    const deadline = performance.now() + timeoutMs;
    while (this.#sightings.at(-1)?.index !== this.#stream.newest) {
      if (performance.now() > deadline || this.#closed) return false;
      await sleep(LOOK_EVERY_MS);
    }
    return true;
  }

  /** @throws Error when the screen could not be read, or an older picture came after a newer one. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#done;
    const indexes = this.#sightings.map(({ index }) => index);
    assert.deepEqual(
      indexes,
      indexes.toSorted((one, other) => one - other),
      "an older picture came after a newer one",
    );
  }

  async #watch(): Promise<void> {
    while (!this.#closed) {
      const { x, y, width, height } = rowOf(this.#place);
      const number = readNumber(await this.#screen.look(x, y, width, height));
      const at = performance.now();
      this.#looks++;
      if (number === undefined) await this.#findAgain();
      else this.#note(this.#stream.indexOf(number), at);
      await sleep(LOOK_EVERY_MS);
    }
  }

  #note(index: number, at: number): void {
    if (this.#sightings.at(-1)?.index !== index) this.#sightings.push({ index, at });
  }

  /** A page may move its picture, once it knows its size or has something to say. */
  async #findAgain(): Promise<void> {
    this.#place = findPicture(await this.#screen.lookAtAll()) ?? this.#place;
  }
}
