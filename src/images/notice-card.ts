import type { Lettering } from "./svg-text.ts";
import { clipText, wrapText } from "./wrap-text.ts";

/** What a notice says. */
export interface Notice {
  /** The headline: the stream's name. */
  readonly title: string;
  /** What is wrong, as a sentence; wrapped to lines. */
  readonly reason: string;
  /** A quiet last line: the first of these that fits. */
  readonly footers: readonly string[];
  /** Colour of the bar at its left edge. */
  readonly accent: string;
}

/** Below this an em is no text any more; such pictures only get dimmed. */
const SMALLEST_EM = 5;

/** Line heights and gaps, in ems of the reason's text. */
const TITLE_SIZE = 1.2;
const TITLE_HEIGHT = 1.75;
const LINE_HEIGHT = 1.4;
const FOOTER_SIZE = 0.8;
const FOOTER_HEIGHT = 1.45;
const PADDING = 1.1;
const BAR = 0.32;

/** Longest line in ems: what is wider is tiring to read. */
const WIDEST_TEXT = 27;

/** Shares of the picture that the card may take. */
const WIDEST_CARD = 0.94;
const TALLEST_CARD = 0.94;

/** A card in the middle of a picture, as SVG elements; nothing where the picture is too small for text. */
export function drawNoticeCard(width: number, height: number, notice: Notice, lettering: Lettering): string {
  const fit = fitNotice(width, height, notice, lettering);
  if (fit === undefined) return "";
  const { em, lines } = fit;
  const measure = (text: string) => lettering.width(text);
  const title = clipText(notice.title, fit.room / TITLE_SIZE, measure);
  const footer = notice.footers.find((text) => measure(text) * FOOTER_SIZE <= fit.room) ?? "";
  const widest = Math.max(
    measure(title) * TITLE_SIZE,
    measure(footer) * FOOTER_SIZE,
    ...lines.map((line) => measure(line)),
  );
  const cardWidth = (widest + 2 * PADDING + BAR) * em;
  const cardHeight = contentHeight(lines.length) * em;
  const left = (width - cardWidth) / 2;
  const top = (height - cardHeight) / 2;
  const x = left + (PADDING + BAR) * em;
  const text = (line: string, y: number, size: number, fill: string) =>
    lettering.line(line, { x, y: top + y * em, size: size * em, fill, anchor: "start" });
  const firstLine = PADDING + TITLE_HEIGHT + 0.9;
  return [
    `<rect x="${left}" y="${top}" width="${cardWidth}" height="${cardHeight}" rx="${0.45 * em}" fill="#0b0e13" fill-opacity=".88" stroke="#fff" stroke-opacity=".16" stroke-width="${Math.max(1, em / 20)}"/>`,
    `<rect x="${left + 0.45 * em}" y="${top + 0.55 * em}" width="${BAR * em}" height="${cardHeight - 1.1 * em}" rx="${(BAR / 2) * em}" fill="${notice.accent}"/>`,
    text(title, PADDING + 0.98, TITLE_SIZE, "#f8fafc"),
    ...lines.map((line, index) => text(line, firstLine + index * LINE_HEIGHT, 1, "#dbe4ee")),
    text(footer, firstLine + (lines.length - 1) * LINE_HEIGHT + FOOTER_HEIGHT, FOOTER_SIZE, "#a9b8c9"),
  ].join("");
}

interface Fit {
  /** Pixels an em of the reason. */
  readonly em: number;
  /** The reason, broken into lines. */
  readonly lines: readonly string[];
  /** Ems across for text. */
  readonly room: number;
}

/** The largest letters with which the whole reason fits; where none do, small ones and the reason's beginning. */
function fitNotice(width: number, height: number, notice: Notice, lettering: Lettering): Fit | undefined {
  const across = Math.sqrt(width * height);
  const ideal = Math.max(across / 28, Math.min(14, across / 14));
  let fit: Fit | undefined;
  for (const scale of [1, 0.9, 0.8, 0.72, 0.64]) {
    const em = ideal * scale;
    const room = Math.min(WIDEST_TEXT, (WIDEST_CARD * width) / em - 2 * PADDING - BAR);
    const most = Math.floor(((TALLEST_CARD * height) / em - contentHeight(0)) / LINE_HEIGHT);
    if (em < SMALLEST_EM || room < 4 || most < 1) continue;
    const lines = wrapText(notice.reason, room, most, (text) => lettering.width(text));
    fit = { em, lines, room };
    if (lines.at(-1)?.endsWith("…") !== true || notice.reason.trimEnd().endsWith("…")) break;
  }
  return fit;
}

const contentHeight = (lines: number): number =>
  2 * PADDING + TITLE_HEIGHT + lines * LINE_HEIGHT + FOOTER_HEIGHT - 0.5;
