import { readFile } from "node:fs/promises";
import { MjpegError } from "../core/errors.ts";
import { localDate, localTime } from "./local-time.ts";
import { drawNoticeCard, type Notice } from "./notice-card.ts";
import { displaySize, storedPlace } from "./orientation.ts";
import { loadSharp, type Sharp } from "./sharp.ts";
import { loadLettering } from "./svg-text.ts";

/** What a placeholder shows. */
export interface PlaceholderOptions {
  /** The last picture of the stream, to be seen dimmed behind the card; a plain ground without it. */
  readonly last?: Uint8Array | undefined;
  /** Pixels across of the stream's pictures, as stored (before any EXIF rotation), 1–65 535. */
  readonly width: number;
  /** Pixels down of the stream's pictures, as stored. */
  readonly height: number;
  /** The stream's name. */
  readonly title: string;
  /** Whether the first picture is awaited, or pictures are missing. */
  readonly state: "starting" | "down";
  /** What is wrong, as a sentence for people; control characters and line breaks become blanks. */
  readonly reason: string;
  /** Since when, in milliseconds since the epoch; shown as local time. */
  readonly since: number;
}

const ACCENTS = { starting: "#5aa9ff", down: "#ffb020" } as const;

/**
 * Most pixels to paint, and of a last picture to decode, those of 8K: as many took 0.3–0.4 s, and the size is the camera's or
 * publisher's to choose.
 */
const MOST_PIXELS = 7_680 * 4_320;

/** Longest text that is looked at; a card has no room for more. */
const LONGEST_TEXT = 600;

const QUALITY = 80;

/**
 * A picture for a stream that has none at the moment: the last one dimmed, with a card that says what is wrong.
 * A last picture that cannot be decoded is left out. Without sharp, and for more than 33 million pixels, it is always the
 * same plain "no picture". One is painted at a time: each may need a tenth of a gigabyte, and all streams may fail at once.
 */
export async function paintPlaceholder(options: PlaceholderOptions): Promise<Uint8Array> {
  const painted = painting.then(() => paint(options));
  painting = painted.then(ignore, ignore);
  return painted;
}

/** Settled when the placeholder before is painted. */
let painting: Promise<void> = Promise.resolve();

const ignore = (): void => undefined;

async function paint(options: PlaceholderOptions): Promise<Uint8Array> {
  let sharp: Sharp;
  try {
    sharp = await loadSharp();
  } catch (error) {
    if (error instanceof MjpegError && error.code === "ERR_MODULE_MISSING") return plainPlaceholder();
    throw error;
  }
  const { last, width, height } = options;
  if (width * height > MOST_PIXELS) return plainPlaceholder();
  if (last !== undefined) {
    // Whatever the decoder does not like about the last picture, the card matters more.
    const picture = await overLastPicture(sharp, last, options).catch(() => undefined);
    if (picture !== undefined) return picture;
  }
  // Cameras send sizes that no card can be painted in (none, or beyond what SVG may have): any card is better than none.
  return overPlainGround(sharp, options).catch(() => plainPlaceholder());
}

let plain: Promise<Uint8Array> | undefined;

/** A picture, 640x360, that says "no picture": it needs neither sharp nor any other module. */
export function plainPlaceholder(): Promise<Uint8Array> {
  plain ??= readFile(new URL("./assets/no-picture.jpg", import.meta.url));
  return plain;
}

async function overLastPicture(
  sharp: Sharp,
  last: Uint8Array,
  options: PlaceholderOptions,
): Promise<Uint8Array> {
  const { width, height } = options;
  const input = { limitInputPixels: MOST_PIXELS, failOn: "none" } as const;
  const { orientation = 1 } = await sharp(last, input).metadata();
  const card = await overlay(options, orientation, "");
  const picture = sharp(last, input)
    .resize(width, height, { fit: "fill" })
    .toColourspace("srgb")
    .recomb(DIMMED)
    .composite([{ input: Buffer.from(card) }])
    .jpeg({ quality: QUALITY, optimiseCoding: false });
  // The card was laid down as the picture lies; viewers turn both upright again.
  return (orientation > 1 ? picture.withMetadata({ orientation }) : picture).toBuffer();
}

async function overPlainGround(sharp: Sharp, options: PlaceholderOptions): Promise<Uint8Array> {
  const ground =
    `<defs><linearGradient id="ground" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#2b3644"/>` +
    `<stop offset="1" stop-color="#161c25"/></linearGradient></defs>` +
    `<rect width="${options.width}" height="${options.height}" fill="url(#ground)"/>`;
  const svg = await overlay(options, 1, ground);
  return sharp(Buffer.from(svg), { unlimited: true, limitInputPixels: false })
    .flatten()
    .jpeg({ quality: QUALITY, optimiseCoding: false })
    .toBuffer();
}

async function overlay(options: PlaceholderOptions, orientation: number, ground: string): Promise<string> {
  const { width, height, title, state, reason, since } = options;
  const at = new Date(since);
  const notice: Notice = {
    title: title.slice(0, LONGEST_TEXT),
    reason: reason.slice(0, LONGEST_TEXT),
    footers: [`since ${localTime(at)} · ${localDate(at)}`, `since ${localTime(at)}`],
    accent: ACCENTS[state],
  };
  const upright = displaySize(width, height, orientation);
  const card = drawNoticeCard(upright.width, upright.height, notice, await loadLettering());
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${ground}` +
    `<g transform="${storedPlace(width, height, orientation)}">${card}</g></svg>`
  );
}

/** How bright the last picture stays, 0–1: seen to be old at a glance, and still to be recognised. */
const LIGHT = 0.42;

/** How much of its colour stays, 0–1. */
const COLOUR = 0.35;

/** What each channel adds to the lightness that the eye sees (ITU-R BT.601). */
const LUMA = { red: 0.299, green: 0.587, blue: 0.114 } as const;

/** The last picture's red, green and blue in each of the dimmed one's. */
const DIMMED = ((): [Row, Row, Row] => {
  const grey: Row = [share(LUMA.red), share(LUMA.green), share(LUMA.blue)];
  const own = LIGHT * COLOUR;
  return [
    [grey[0] + own, grey[1], grey[2]],
    [grey[0], grey[1] + own, grey[2]],
    [grey[0], grey[1], grey[2] + own],
  ];
})();

type Row = [number, number, number];

function share(luma: number): number {
  return LIGHT * (1 - COLOUR) * luma;
}
