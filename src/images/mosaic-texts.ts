import { drawNoticeCard } from "./notice-card.ts";
import { CHANNELS, type Box, type RawPicture } from "./raw-picture.ts";
import type { Sharp } from "./sharp.ts";
import { loadLettering } from "./svg-text.ts";
import { clipText } from "./wrap-text.ts";

/** Height of a letter's em, as a part of the cell's height. */
const EM_IN_HEIGHT = 1 / 16;
const SMALLEST_EM = 9;
const LARGEST_EM = 22;
/** Height of the label and the blank beside its text, in ems. */
const LABEL_HEIGHT = 1.6;
const LABEL_PADDING = 0.5;
/** A cell lower than this many labels is all picture. */
const LEAST_LABELS = 4;
const GROUND = "#161c25";
const LABEL_GROUND = "#0b0e13";

/** The stream's name, for the bottom left corner of its cell; undefined where the cell is too small for one. */
export async function paintLabel(sharp: Sharp, name: string, cell: Box): Promise<RawPicture | undefined> {
  const lettering = await loadLettering();
  const em = Math.min(LARGEST_EM, Math.max(SMALLEST_EM, cell.height * EM_IN_HEIGHT));
  const height = Math.round(em * LABEL_HEIGHT);
  if (height * LEAST_LABELS > cell.height) return undefined;
  const room = cell.width / em - 2 * LABEL_PADDING;
  const text = clipText(name, room, (part) => lettering.width(part));
  const wanted = Math.ceil((lettering.width(text) + 2 * LABEL_PADDING) * em);
  const width = Math.min(cell.width, wanted);
  const place = { x: LABEL_PADDING * em, y: em * 1.15, size: em, fill: "#dbe4ee", anchor: "start" } as const;
  return paint(sharp, { width, height, ground: LABEL_GROUND, content: lettering.line(text, place) });
}

/** A dark cell with a stream's name and why there is no picture of it. */
export async function paintWords(sharp: Sharp, name: string, words: string, cell: Box): Promise<RawPicture> {
  const { width, height } = cell;
  const notice = { title: name, reason: words, footers: [], accent: "#5b6a7b" };
  const content = drawNoticeCard(width, height, notice, await loadLettering());
  return paint(sharp, { width, height, ground: GROUND, content });
}

async function paint(
  sharp: Sharp,
  { width, height, ground, content }: { width: number; height: number; ground: string; content: string },
): Promise<RawPicture> {
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">` +
    `<rect width="100%" height="100%" fill="${ground}"/>${content}</svg>`;
  const { data, info } = await sharp(Buffer.from(svg))
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  if (info.channels !== CHANNELS) throw new Error(`a text was painted with ${info.channels} channels`);
  return { width: info.width, height: info.height, pixels: data };
}
