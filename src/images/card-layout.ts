import { frameCodeHeight } from "./frame-code.ts";
import type { Box } from "./raw-picture.ts";

/** A line of text that changes: characters of one width, so that each is one box. */
export interface TextSlot {
  /** The left edge of its first character. */
  readonly x: number;
  /** The top edge of its characters. */
  readonly y: number;
  /** Width of a character in whole pixels. */
  readonly cell: number;
  /** Height of a character in whole pixels. */
  readonly height: number;
}

/** Where everything on the test card is, in pixels. */
export interface CardLayout {
  /** Pixels across. */
  readonly width: number;
  /** Pixels down. */
  readonly height: number;
  /** The middle of the disc. */
  readonly centre: { readonly x: number; readonly y: number };
  /** Radius of the disc that holds the texts. */
  readonly radius: number;
  /** Radius of the circle that the moving dot runs on. */
  readonly orbit: number;
  /** Radius of the moving dot. */
  readonly dot: number;
  /** Pixels down to the strip of the shuttle and the frame code. */
  readonly stripTop: number;
  /** Where the shuttle runs. */
  readonly lane: Box;
  /** The time of day. */
  readonly time: TextSlot;
  /** The date with the offset from UTC. */
  readonly date: TextSlot;
  /** The frame number. */
  readonly frame: TextSlot;
}

/** Characters of `12:34:56.789`. */
const TIME_LENGTH = 12;

/** Characters of `2025-01-31 UTC+01:00`. */
const DATE_LENGTH = 20;

/** Characters of `frame 1234567890`. */
export const FRAME_LENGTH = 16;

/** Height of a character's box to its width: an em of the font is 1 / 0.6 characters wide. */
const BOX_RATIO = 1.75;

/** Places everything on a card of any size and shape: the disc takes what the shorter side gives. */
export function layoutCard(width: number, height: number): CardLayout {
  const code = frameCodeHeight(width, height);
  const laneHeight = Math.max(1, Math.round(code * 0.4));
  const lane = { x: 0, y: height - code - 2 * laneHeight, width, height: laneHeight };
  const free = lane.y - Math.round(laneHeight / 2);
  const orbit = 0.462 * Math.min(width, free);
  const radius = orbit * 0.925;
  const centre = { x: width / 2, y: free / 2 };
  const slot = (top: number, share: number, length: number): TextSlot => {
    const cell = Math.max(1, Math.floor((2 * radius * share) / length));
    return {
      x: Math.round(centre.x - (cell * length) / 2),
      y: Math.round(centre.y + top * radius),
      cell,
      height: Math.round(cell * BOX_RATIO),
    };
  };
  return {
    width,
    height,
    centre,
    radius,
    orbit,
    dot: orbit * 0.042,
    stripTop: free,
    lane,
    time: slot(-0.17, 0.93, TIME_LENGTH),
    date: slot(0.16, 0.82, DATE_LENGTH),
    frame: slot(0.34, 0.656, FRAME_LENGTH),
  };
}
