import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { readFont, type Font } from "./true-type.ts";

/** Where and how a line of text is drawn. */
export interface TextPlace {
  /** The left end of the line, or its middle or right end where `anchor` says so. */
  readonly x: number;
  /** The baseline. */
  readonly y: number;
  /** Height of an em in pixels. */
  readonly size: number;
  /** Colour as SVG writes it. */
  readonly fill: string;
  /** Which point of the line `x` is. */
  readonly anchor: "start" | "middle" | "end";
}

/** Measures text and draws it as SVG, in the font that Kinora ships. */
export interface Lettering {
  /** Width of the text in ems. */
  width(text: string): number;
  /** One line of text as an SVG element. */
  line(text: string, place: TextPlace): string;
}

let loading: Promise<Lettering> | undefined;

/** The lettering of the shipped font, read once. */
export function loadLettering(): Promise<Lettering> {
  loading ??= readFile(new URL("./fonts/JetBrainsMono-Medium.ttf", import.meta.url)).then((bytes) =>
    letteringOf(readFont(bytes), existsSync("/etc/fonts/fonts.conf")),
  );
  return loading;
}

const SHARE = { start: 0, middle: 0.5, end: 1 } as const;

/**
 * Draws with the outlines of one font. Scripts that it lacks are left to the system's fonts where there are any
 * (asked on a machine without, fontconfig complains on stderr); elsewhere each such character is a replacement mark.
 */
function letteringOf(font: Font, systemFonts: boolean): Lettering {
  const replacement = font.glyphOf(0xfffd) ?? 0;
  const glyphsOf = (text: string) => Array.from(text).map((char) => font.glyphOf(char.codePointAt(0) ?? 0));
  const widthOf = (text: string) => {
    const glyphs = glyphsOf(text);
    return Array.from(text).reduce((sum, char, index) => {
      const glyph = glyphs[index];
      return sum + (glyph === undefined ? foreignWidth(char) : font.advance(glyph));
    }, 0);
  };
  return {
    width: (text) => widthOf(printable(text)),
    line(text, { x, y, size, fill, anchor }) {
      const clean = printable(text);
      const glyphs = glyphsOf(clean);
      if (systemFonts && glyphs.includes(undefined)) {
        return (
          `<text x="${x}" y="${y}" font-size="${size}" fill="${fill}" text-anchor="${anchor}" ` +
          `font-family="sans-serif" xml:space="preserve">${escapeXml(clean)}</text>`
        );
      }
      const known = glyphs.map((glyph) => glyph ?? replacement);
      const width = known.reduce((sum, glyph) => sum + font.advance(glyph), 0) * size;
      let pen = x - width * SHARE[anchor];
      let path = "";
      for (const glyph of known) {
        path += font.path(glyph, pen, y, size);
        pen += font.advance(glyph) * size;
      }
      return `<path fill="${fill}" d="${path}"/>`;
    },
  };
}

/** Composed where Unicode can (the font has é, not e + ´), and without what neither XML nor a picture can show. */
function printable(text: string): string {
  return text.normalize("NFC").replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\u{fffe}\u{ffff}]/gu, " ");
}

/** A guess, as only the system's font knows: Chinese, Japanese, Korean and emoji fill an em. */
function foreignWidth(char: string): number {
  return (char.codePointAt(0) ?? 0) >= 0x1100 ? 1 : 0.6;
}

function escapeXml(text: string): string {
  return text.replaceAll(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}
