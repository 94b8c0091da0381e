// A source that grabs a screen, run as a live stream runs it, and what came of it.
import type { TestContext } from "node:test";
import type { MjpegError } from "../../src/core/errors.ts";
import type { CapturedImage } from "../../src/core/frame.ts";
import { parseAddress, type Size } from "../../src/sources/address.ts";
import { openScreen } from "../../src/sources/screen/screen-source.ts";
import { openWindow } from "../../src/sources/screen/window-source.ts";
import type { Source } from "../../src/sources/source.ts";
import { supervise } from "../../src/sources/supervisor.ts";
import { pixelsOf, type Rgb } from "./pictures.ts";
import { until } from "./until.ts";

/** An ffmpeg starts in a fifth of a second; where the machine is busy, in several. */
const LONGEST_MS = 30_000;

/** The source of an address that begins with `screen:` or `window:`. */
export function sourceOf(address: string): Source {
  const parsed = parseAddress(address);
  return parsed.scheme === "screen" ? openScreen(parsed) : openWindow(parsed);
}

/** A source under supervision, with short pauses. */
export class Grabbed {
  readonly notes: string[] = [];
  /** Why there was nothing to see, each time that it was told. */
  readonly reasons: string[] = [];
  /** Rejects with what cannot be tried again. */
  readonly ended: Promise<void>;
  #newest: CapturedImage | undefined;
  #pictures = 0;

  constructor(t: TestContext, address: string) {
    const abort = new AbortController();
    const events = {
      picture: (image: CapturedImage) => {
        this.#newest = image;
        this.#pictures++;
      },
      down: (error: MjpegError) => this.reasons.push(error.message),
      waiting: (error: MjpegError) => this.reasons.push(error.message),
      note: (text: string) => this.notes.push(text),
      dropped: () => undefined,
    };
    const pauses = { firstMs: 50, longestMs: 200 };
    this.ended = supervise(sourceOf(address), abort.signal, events, pauses);
    this.ended.catch(() => undefined);
    t.after(async () => {
      abort.abort();
      await this.ended.catch(() => undefined);
    });
  }

  /** How many pictures came so far. */
  get pictures(): number {
    return this.#pictures;
  }

  /** Waits for a picture of that size with that colour in its middle. */
  async shows(size: Size, colour: number): Promise<void> {
    let seen = "no picture";
    await until(
      async () => {
        const look = await this.look();
        if (look === undefined) return false;
        seen = `${look.width}x${look.height} ${look.middle.join(",")}`;
        return look.width === size.width && look.height === size.height && isNear(look.middle, colour);
      },
      `a picture of ${size.width}x${size.height} in ${colour.toString(16)}`,
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}; the last was ${seen}; ${this.reasons.join("; ")}`);
    });
  }

  /** Waits for a reason like this. */
  async says(reason: RegExp): Promise<void> {
    await until(() => this.reasons.some((text) => reason.test(text)), String(reason), LONGEST_MS).catch(
      (error: unknown) => {
        throw new Error(`${String(error)}; said was: ${this.reasons.join("; ")}`);
      },
    );
  }

  /** The newest picture's size and the colour of its middle; undefined where none has come since the last look. */
  async look(): Promise<(Size & { readonly middle: Rgb; readonly jpeg: Uint8Array }) | undefined> {
    const image = this.#newest;
    this.#newest = undefined;
    if (image === undefined) return undefined;
    const { rgba, width, height } = await pixelsOf(image.jpeg);
    const at = (Math.floor(height / 2) * width + Math.floor(width / 2)) * 4;
    const [r = 0, g = 0, b = 0] = rgba.subarray(at, at + 3);
    return { width, height, middle: [r, g, b], jpeg: image.jpeg };
  }
}

/** JPEG moves each colour a little. */
function isNear(rgb: Rgb, colour: number): boolean {
  const wanted = [colour >> 16, (colour >> 8) & 0xff, colour & 0xff];
  return rgb.every((value, index) => Math.abs(value - (wanted[index] ?? 0)) < 12);
}
