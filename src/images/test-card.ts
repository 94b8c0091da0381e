import { DISC_COLOUR, drawCardFace, QUIET_COLOUR, TEXT_COLOUR } from "./card-face.ts";
import { FRAME_LENGTH, layoutCard, type CardLayout } from "./card-layout.ts";
import { drawFrameCode } from "./frame-code.ts";
import { localDate, localTime, utcOffset } from "./local-time.ts";
import { blendPixel, copyBox, CHANNELS, type Box, type Colour, type RawPicture } from "./raw-picture.ts";
import { loadSharp, type Sharp } from "./sharp.ts";
import { prepareSlot, rasterise, type SlotWriter } from "./sprites.ts";
import { loadLettering } from "./svg-text.ts";

/** What a test card says and how large it is. */
export interface TestCardOptions {
  /** Pixels across, 16–8192. */
  readonly width: number;
  /** Pixels down, 16–8192. */
  readonly height: number;
  /** Frames a second that the card speaks of. */
  readonly fps: number;
  /** The stream's name. */
  readonly title: string;
}

/** A card that is drawn anew for each frame. */
export interface TestCard {
  /**
   * The card with that frame number and time (milliseconds since the epoch) as a JPEG.
   * One at a time: the next may be asked for when the last one is there.
   */
  paint(frame: number, at: number): Promise<Uint8Array>;
}

/** A round of the dot takes a second, so that its place shows the milliseconds; one of the shuttle takes four. */
const DOT_ROUND_MS = 1_000;
const SHUTTLE_ROUND_MS = 4_000;
const MOVING_COLOUR: Colour = [255, 176, 32];
const QUALITY = 85;

/**
 * Prepares a moving test card: everything that stands still is drawn here, once.
 * @throws MjpegError `ERR_MODULE_MISSING` where sharp is not installed.
 */
export async function makeTestCard(options: TestCardOptions): Promise<TestCard> {
  const [sharp, lettering] = await Promise.all([loadSharp(), loadLettering()]);
  const { width, height, fps, title } = options;
  const layout = layoutCard(width, height);
  const face = drawCardFace(layout, { title, footer: `${width}×${height} · ${fps} fps` }, lettering);
  const large = { text: TEXT_COLOUR, ground: DISC_COLOUR };
  const quiet = { text: QUIET_COLOUR, ground: DISC_COLOUR };
  const [background, writeTime, writeDate, writeFrame] = await Promise.all([
    rasterise(face, sharp),
    prepareSlot(layout.time, "0123456789:.", large, lettering, sharp),
    prepareSlot(layout.date, "0123456789-+:UTC ", quiet, lettering, sharp),
    prepareSlot(layout.frame, "0123456789frame ", large, lettering, sharp),
  ]);
  const canvas = { width, height, pixels: Uint8Array.from(background.pixels) };
  const moving = new MovingParts(layout, background);
  return {
    paint(frame, at) {
      drawTexts(canvas, frame, at, { writeTime, writeDate, writeFrame });
      moving.draw(canvas, at);
      drawFrameCode(canvas, frame);
      return encode(canvas, sharp);
    },
  };
}

interface Writers {
  readonly writeTime: SlotWriter;
  readonly writeDate: SlotWriter;
  readonly writeFrame: SlotWriter;
}

function drawTexts(canvas: RawPicture, frame: number, at: number, writers: Writers): void {
  const now = new Date(at);
  writers.writeTime(canvas, `${localTime(now)}.${String(now.getMilliseconds()).padStart(3, "0")}`);
  writers.writeDate(canvas, `${localDate(now)} ${utcOffset(now)}`);
  writers.writeFrame(canvas, centred(`frame ${frame}`, FRAME_LENGTH));
}

function centred(text: string, length: number): string {
  return text.padStart(Math.floor((length + text.length) / 2)).padEnd(length);
}

/** The dot on the dial and the shuttle in its lane. Each is wiped from where it was before it is drawn where it is. */
class MovingParts {
  readonly #layout: CardLayout;
  readonly #background: RawPicture;
  #dirty: readonly Box[] = [];

  constructor(layout: CardLayout, background: RawPicture) {
    this.#layout = layout;
    this.#background = background;
  }

  draw(canvas: RawPicture, at: number): void {
    for (const box of this.#dirty) copyBox(this.#background, box, canvas, box.x, box.y);
    this.#dirty = [drawDot(canvas, this.#layout, at), drawShuttle(canvas, this.#layout, at)];
  }
}

function drawDot(canvas: RawPicture, { centre, orbit, dot }: CardLayout, at: number): Box {
  const angle = ((at % DOT_ROUND_MS) / DOT_ROUND_MS) * 2 * Math.PI;
  const x = centre.x + orbit * Math.sin(angle);
  const y = centre.y - orbit * Math.cos(angle);
  const left = Math.max(0, Math.floor(x - dot - 1));
  const top = Math.max(0, Math.floor(y - dot - 1));
  const right = Math.min(canvas.width, Math.ceil(x + dot + 1));
  const bottom = Math.min(canvas.height, Math.ceil(y + dot + 1));
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      // A pixel is covered by as much as the circle's edge is past its middle.
      const cover = dot + 0.5 - Math.hypot(column + 0.5 - x, row + 0.5 - y);
      if (cover > 0) blendPixel(canvas, column, row, MOVING_COLOUR, Math.min(1, cover));
    }
  }
  return { x: left, y: top, width: right - left, height: bottom - top };
}

function drawShuttle(canvas: RawPicture, { lane }: CardLayout, at: number): Box {
  const turn = (at % SHUTTLE_ROUND_MS) / SHUTTLE_ROUND_MS;
  const length = Math.min(lane.width, lane.height * 4);
  const left = (1 - Math.abs(2 * turn - 1)) * (lane.width - length);
  const first = Math.floor(left);
  const last = Math.min(lane.width, Math.ceil(left + length));
  for (let column = first; column < last; column++) {
    const cover = Math.min(1, column + 1 - left, left + length - column);
    for (let row = lane.y; row < lane.y + lane.height; row++) {
      blendPixel(canvas, column, row, MOVING_COLOUR, cover);
    }
  }
  return { x: first, y: lane.y, width: last - first, height: lane.height };
}

async function encode({ width, height, pixels }: RawPicture, sharp: Sharp): Promise<Uint8Array> {
  // Optimised Huffman tables would save 8 % of the bytes and double the time.
  return sharp(pixels, { raw: { width, height, channels: CHANNELS }, limitInputPixels: false })
    .jpeg({ quality: QUALITY, optimiseCoding: false })
    .toBuffer();
}
