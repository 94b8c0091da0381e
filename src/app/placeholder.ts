import { setTimeout as sleep } from "node:timers/promises";

/** What a placeholder says, and over which picture. */
export interface PlaceholderText {
  /** The stream's name. */
  readonly title: string;
  /** Whether the first picture is awaited, or pictures are missing. */
  readonly state: "starting" | "down";
  /** Why there is no live picture, as a sentence for people. */
  readonly reason: string;
  /** Since when: milliseconds since the Unix epoch. */
  readonly since: number;
}

/** Paints a placeholder as a JPEG; the newest picture of the stream, if there was one, is shown dimmed behind it. */
export type PaintPlaceholder = (text: PlaceholderText) => Promise<Uint8Array>;

/** The same, given the last picture and the size. */
export type PlaceholderPainter = (
  text: PlaceholderText & {
    readonly last?: Uint8Array | undefined;
    readonly width: number;
    readonly height: number;
  },
) => Promise<Uint8Array>;

/** A reconnect often takes half a second: only what lasts longer is worth telling. */
const SHOWN_AFTER_MS = 600;
/** How often the placeholder is sent again, so that viewers and everything between know that the stream is alive. */
const HEARTBEAT_MS = 900;

/** Shows a placeholder while a stream has no live picture. */
export class Placeholder {
  readonly #paint: PaintPlaceholder;
  readonly #publish: (jpeg: Uint8Array) => void;
  #text: PlaceholderText | undefined;
  #hidden: AbortController | undefined;

  /** @param publish shows one picture to all viewers. */
  constructor(paint: PaintPlaceholder, publish: (jpeg: Uint8Array) => void) {
    this.#paint = paint;
    this.#publish = publish;
  }

  /** Shows this text, soon and then about once a second, until {@link hide}; a later text replaces it. */
  show(text: PlaceholderText): void {
    this.#text = text;
    if (this.#hidden !== undefined) return;
    this.#hidden = new AbortController();
    void this.#run(this.#hidden.signal);
  }

  /** Takes the placeholder away: the live picture is back, or nobody watches. */
  hide(): void {
    this.#hidden?.abort();
    this.#hidden = undefined;
  }

  async #run(hidden: AbortSignal): Promise<void> {
    let painted: PlaceholderText | undefined;
    let jpeg: Uint8Array | undefined;
    for (let pauseMs = SHOWN_AFTER_MS; await slept(pauseMs, hidden); pauseMs = HEARTBEAT_MS) {
      const text = this.#text;
      if (text !== undefined && text !== painted) {
        painted = text;
        // What cannot be painted is left out: viewers keep the picture they have, and the API has the reason.
        jpeg = await this.#paint(text).catch(() => jpeg);
      }
      if (jpeg !== undefined && !hidden.aborted) this.#publish(jpeg);
    }
  }
}

async function slept(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  // Only the abort ends the sleep early, and it is the answer.
  await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
  return !signal.aborted;
}
