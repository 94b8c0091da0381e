import { setTimeout as sleep } from "node:timers/promises";
import { MjpegError, type SourceError } from "../core/errors.ts";
import { readJpegFormat, type JpegFormat } from "../core/jpeg-format.ts";
import { readJpegInfo } from "../core/jpeg-markers.ts";
import { usablePicture } from "../core/usable-picture.ts";
import type { Source } from "../sources/source.ts";
import { makeSource, type SourceInput } from "./sources.ts";

/** How to look at a source. */
export interface ProbeOptions {
  /** Ends the look: with what was seen so far, or with an error where that is nothing. */
  readonly signal: AbortSignal;
  /** How long to wait for the first picture, in milliseconds. 15 000 by default. */
  readonly firstMs?: number;
  /** How long to look on from the first picture, in milliseconds. 3 000 by default. */
  readonly lookMs?: number;
  /** Told what the source waits for, when that changes. */
  readonly onWaiting?: (reason: string) => void;
}

/** What a look at a source has shown. */
export interface Probe {
  /** What the source is called, without credentials. */
  readonly label: string;
  /** Time from opening it to its first picture, in milliseconds. */
  readonly firstMs: number;
  /** Pictures looked at. */
  readonly pictures: number;
  /** Time from the first to the last of them, in milliseconds. */
  readonly spanMs: number;
  /** Pictures a second; undefined where only one came. */
  readonly fps: number | undefined;
  /** Bytes of the smallest, of the average and of the largest picture. */
  readonly bytes: { readonly least: number; readonly mean: number; readonly most: number };
  /** The sizes in pixels, in the order they came, such as `1280x720`; the first ten. */
  readonly sizes: readonly string[];
  /** How the newest picture is stored; undefined where its head does not tell. */
  readonly format: JpegFormat | undefined;
  /** Whether the source leaves out the Huffman tables, as webcams do; Kinora puts them in. */
  readonly lacksTables: boolean;
  /** Pictures that came and were none, or that were lost before. */
  readonly dropped: number;
  /** What the source told. */
  readonly notes: readonly string[];
  /** Why it broke off; undefined where it did not. */
  readonly failure: Error | undefined;
  /** The newest picture. */
  readonly picture: Uint8Array;
}

const FIRST_MS = 15_000;
const LOOK_MS = 3_000;
const MOST_PICTURES = 60;
const SIZES_KEPT = 10;
const NOTES_KEPT = 20;
/** How long the source may take to let go of what it opened. */
const RELEASE_MS = 2_000;

/**
 * Opens a source, looks at up to 60 pictures over up to 3 s, and closes it again.
 * @throws MjpegError the source's own error, `ERR_SOURCE_SILENT` when no picture came in time, `ERR_ADDRESS_INVALID` and
 *   `ERR_OPTION_INVALID`.
 */
export async function probeSource(input: SourceInput, options: ProbeOptions): Promise<Probe> {
  const { source } = makeSource(input, "probe", () => 0);
  await source.check?.();
  const { firstMs = FIRST_MS, lookMs = LOOK_MS } = options;
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  const stop = () => over.abort();
  let timer = setTimeout(stop, firstMs);
  const look = new Look(source, options.onWaiting, () => {
    clearTimeout(timer);
    timer = setTimeout(stop, lookMs);
  });
  try {
    await Promise.race([look.run(signal), released(signal)]);
  } finally {
    clearTimeout(timer);
    stop();
  }
  return look.result(options.signal.aborted ? "it was stopped" : `none came within ${firstMs / 1000} s`);
}

/** A source that does not close must not keep anyone waiting. */
async function released(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
  await sleep(RELEASE_MS, undefined, { ref: false });
}

/** Counts and measures the pictures of a source. */
class Look {
  readonly #source: Source;
  readonly #onWaiting: (reason: string) => void;
  readonly #onFirst: () => void;
  readonly #openedAt = performance.now();
  readonly #sizes = new Set<string>();
  readonly #notes: string[] = [];
  #label: string;
  #firstAt = 0;
  #lastAt = 0;
  #pictures = 0;
  #least = Infinity;
  #sum = 0;
  #most = 0;
  #dropped = 0;
  #raw: Uint8Array | undefined;
  #picture: Uint8Array | undefined;
  #waitsFor: SourceError | undefined;
  #failure: Error | undefined;
  #hasEnded = false;

  constructor(source: Source, onWaiting: (reason: string) => void = () => undefined, onFirst: () => void) {
    this.#source = source;
    this.#label = source.label;
    this.#onWaiting = onWaiting;
    this.#onFirst = onFirst;
  }

  async run(signal: AbortSignal): Promise<void> {
    const report = {
      dropped: (count: number) => void (this.#dropped += count),
      note: (text: string) => {
        if (this.#notes.length < NOTES_KEPT) this.#notes.push(text);
      },
      waiting: (reason: SourceError) => {
        this.#waitsFor = reason;
        this.#onWaiting(reason.message);
      },
    };
    try {
      for await (const { jpeg } of this.#source.capture(signal, report)) {
        if (signal.aborted) return;
        this.#add(jpeg);
        if (this.#pictures === MOST_PICTURES) return;
      }
      this.#hasEnded = !signal.aborted;
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error(String(error));
    }
  }

  /** @throws MjpegError where there was no picture; `why` says so where the source did not. */
  result(why: string): Probe {
    const picture = this.#picture;
    if (picture === undefined || this.#raw === undefined) throw this.#nothing(why);
    const spanMs = this.#lastAt - this.#firstAt;
    return {
      label: this.#label,
      firstMs: this.#firstAt - this.#openedAt,
      pictures: this.#pictures,
      spanMs,
      fps: this.#pictures > 1 && spanMs > 0 ? ((this.#pictures - 1) * 1000) / spanMs : undefined,
      bytes: { least: this.#least, mean: this.#sum / this.#pictures, most: this.#most },
      sizes: [...this.#sizes],
      format: readJpegFormat(picture),
      lacksTables: readJpegInfo(this.#raw)?.hasHuffmanTables === false,
      dropped: this.#dropped,
      notes: this.#hasEnded ? [...this.#notes, "it has no more pictures"] : this.#notes,
      failure: this.#failure,
      picture,
    };
  }

  #add(raw: Uint8Array): void {
    const usable = usablePicture(raw);
    if (usable === undefined) {
      this.#dropped++;
      return;
    }
    const { jpeg, info } = usable;
    this.#lastAt = performance.now();
    if (this.#pictures === 0) {
      this.#firstAt = this.#lastAt;
      this.#onFirst();
    }
    this.#pictures++;
    // That of a list is the one of the source that is shown.
    this.#label = this.#source.label;
    this.#sum += raw.length;
    this.#least = Math.min(this.#least, raw.length);
    this.#most = Math.max(this.#most, raw.length);
    if (this.#sizes.size < SIZES_KEPT) this.#sizes.add(`${info.width}x${info.height}`);
    this.#raw = raw;
    this.#picture = jpeg;
  }

  #nothing(why: string): Error {
    if (this.#failure !== undefined) return this.#failure;
    const { label } = this.#source;
    if (this.#hasEnded) return new MjpegError("ERR_SOURCE_FAILED", `${label} ended without a picture`);
    const reason = this.#waitsFor === undefined ? "" : `: ${this.#waitsFor.message}`;
    const bad = this.#dropped === 0 ? "" : ` (${this.#dropped} came that were no whole JPEGs)`;
    return new MjpegError("ERR_SOURCE_SILENT", `${label} gave no picture, ${why}${bad}${reason}`);
  }
}
