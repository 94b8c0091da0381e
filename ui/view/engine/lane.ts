import type { AnyCanvas, Measured, Tell, Wish } from "./messages.ts";
import type { PictureMessage } from "./picture-message.ts";
import type { ServerClock } from "./server-clock.ts";

/** A gap in the numbers above that is another stream's numbering, not so many pictures that were dropped. */
const LARGEST_GAP = 100;

/** A picture that waits, and what is to be called once it is drawn or dropped. */
interface Waiting {
  readonly picture: PictureMessage;
  readonly done: () => void;
}

/** What one view shows: decodes one picture at a time, of those that come meanwhile only the newest. */
export class Lane {
  readonly view: number;
  /** The number that the server knows it by. */
  id = -1;
  /** What is shown; null while paused. */
  wish: Wish | null = null;
  /** The stream whose pictures wait. */
  #shown = "";
  readonly #tell: Tell;
  #canvas: AnyCanvas | undefined;
  #context: CanvasRenderingContext2D | null = null;
  #isDecoding = false;
  #next: Waiting | undefined;
  /** Raised with another stream: a picture of the one before that is still decoded is not drawn. */
  #run = 0;
  #size = "";
  #drawn = 0;
  #since = performance.now();
  #drops = 0;
  #sequence: number | undefined;
  #ageMs: number | null = null;

  constructor(view: number, tell: Tell) {
    this.view = view;
    this.#tell = tell;
  }

  /** Draws there from now on. */
  drawOn(canvas: AnyCanvas): void {
    this.#canvas = canvas;
    // Both have the same method, but as overloads of two types it cannot be called on either.
    this.#context = (canvas as HTMLCanvasElement).getContext("2d", { alpha: false });
  }

  /** Counts anew, and tells of the next picture. One of another stream that waits is dropped. */
  begin({ url, stream }: Wish): void {
    const shows = `${url} ${stream}`;
    if (shows !== this.#shown) this.#next = undefined;
    this.#size = "";
    this.#shown = shows;
    this.#run += 1;
    this.#drawn = this.#drops = 0;
    this.#since = performance.now();
    this.#sequence = undefined;
    this.#ageMs = null;
  }

  /** Takes a picture and calls `done` once it is drawn or dropped. */
  take(picture: PictureMessage, clock: ServerClock, done: () => void): void {
    const gap = this.#sequence === undefined ? 0 : picture.sequence - this.#sequence - 1;
    if (gap > 0 && gap <= LARGEST_GAP) this.#drops += gap;
    this.#sequence = picture.sequence;
    if (this.#next !== undefined) {
      this.#drops += 1;
      this.#next.done();
    }
    this.#next = { picture, done };
    if (!this.#isDecoding) void this.#work(clock);
  }

  /** What was measured since the last time; null before the first picture. */
  measure(): Measured | null {
    if (this.#canvas === undefined || this.#size === "") return null;
    const now = performance.now();
    const fps = (this.#drawn * 1000) / (now - this.#since);
    this.#drawn = 0;
    this.#since = now;
    const { width, height } = this.#canvas;
    return { fps, ageMs: fps === 0 ? null : this.#ageMs, drops: this.#drops, width, height };
  }

  /** Lets go of everything. */
  free(): void {
    this.#run += 1;
    this.#next = undefined;
    // Its pixels are not the collector's, which may take minutes.
    if (this.#canvas !== undefined) this.#canvas.width = this.#canvas.height = 0;
    this.#canvas = undefined;
    this.#context = null;
  }

  async #work(clock: ServerClock): Promise<void> {
    this.#isDecoding = true;
    for (let waiting = this.#next; waiting !== undefined; waiting = this.#next) {
      this.#next = undefined;
      const run = this.#run;
      try {
        const bitmap = await createImageBitmap(new Blob([waiting.picture.jpeg], { type: "image/jpeg" }));
        if (run === this.#run) this.#draw(bitmap, clock.now() - waiting.picture.capturedAt);
        bitmap.close();
      } catch {
        this.#drops += 1; // A torn picture; the one before stays.
      }
      waiting.done();
    }
    this.#isDecoding = false;
  }

  #draw(bitmap: ImageBitmap, ageMs: number): void {
    const { width, height } = bitmap;
    if (this.#canvas === undefined || this.#context === null) return;
    if (this.#canvas.width !== width) this.#canvas.width = width;
    if (this.#canvas.height !== height) this.#canvas.height = height;
    this.#context.drawImage(bitmap, 0, 0);
    this.#drawn += 1;
    this.#ageMs = Math.max(0, ageMs);
    const size = `${width} ${height}`;
    if (size !== this.#size) this.#tell({ type: "picture", view: this.view, width, height });
    this.#size = size;
  }
}
