/** Outlines of a TrueType font, so that text can be drawn as SVG paths on a machine without fonts. */
export interface Font {
  /** Number of the character's glyph, or undefined where the font does not have it. */
  glyphOf(codePoint: number): number | undefined;
  /** How far a glyph moves the pen, in ems. */
  advance(glyph: number): number;
  /** The glyph as SVG path data: `size` pixels an em, its origin on the baseline at (`x`, `y`). */
  path(glyph: number, x: number, y: number, size: number): string;
}

/**
 * Reads a TrueType font with a cmap of format 12 (all of Unicode): such as the one Kinora ships.
 * opentype.js would do it too: 490 kB of code, loaded in 55 ms, where this takes 1 ms of the start.
 * @throws RangeError or Error when the bytes are no such font.
 */
export function readFont(bytes: Uint8Array): Font {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tables = tablesOf(data);
  const unitsPerEm = data.getUint16(tables("head") + 18);
  const metrics = data.getUint16(tables("hhea") + 34);
  const hmtx = tables("hmtx");
  const glyphs = readCharacters(data, tables("cmap"));
  const glyphAt = glyphLocator(data, tables("head"), tables("loca"), tables("glyf"));
  return {
    glyphOf: (codePoint) => glyphs.get(codePoint),
    advance: (glyph) => data.getUint16(hmtx + 4 * Math.min(glyph, metrics - 1)) / unitsPerEm,
    path(glyph, x, y, size) {
      const scale = size / unitsPerEm;
      return contoursOf(data, glyphAt, glyph)
        .map((contour) => contourPath(contour, (point) => [x + point.x * scale, y - point.y * scale]))
        .join("");
    },
  };
}

interface Point {
  readonly x: number;
  readonly y: number;
  /** False for the control point of a quadratic curve. */
  readonly onCurve: boolean;
}

type Contour = readonly Point[];
type GlyphLocator = (glyph: number) => number | undefined;

function tablesOf(data: DataView): (tag: string) => number {
  const offsets = new Map<string, number>();
  for (let index = 0; index < data.getUint16(4); index++) {
    const at = 12 + 16 * index;
    const tag = String.fromCharCode(...[0, 1, 2, 3].map((byte) => data.getUint8(at + byte)));
    offsets.set(tag, data.getUint32(at + 8));
  }
  return (tag) => {
    const offset = offsets.get(tag);
    if (offset === undefined) throw new Error(`the font has no table "${tag}"`);
    return offset;
  };
}

function readCharacters(data: DataView, cmap: number): Map<number, number> {
  const glyphs = new Map<number, number>();
  for (let index = 0; index < data.getUint16(cmap + 2); index++) {
    const table = cmap + data.getUint32(cmap + 4 + 8 * index + 4);
    if (data.getUint16(table) !== 12) continue;
    for (let group = 0; group < data.getUint32(table + 12); group++) {
      const at = table + 16 + 12 * group;
      const first = data.getUint32(at);
      const last = data.getUint32(at + 4);
      for (let code = first; code <= last; code++) glyphs.set(code, data.getUint32(at + 8) + code - first);
    }
    return glyphs;
  }
  throw new Error("the font has no cmap of format 12");
}

/** Finds a glyph's outline; undefined for one without (a blank). */
function glyphLocator(data: DataView, head: number, loca: number, glyf: number): GlyphLocator {
  const long = data.getInt16(head + 50) === 1;
  const at = (glyph: number) =>
    long ? data.getUint32(loca + 4 * glyph) : 2 * data.getUint16(loca + 2 * glyph);
  return (glyph) => (at(glyph) === at(glyph + 1) ? undefined : glyf + at(glyph));
}

/** A font that nests deeper than this has a loop. */
const DEEPEST_COMPOSITE = 8;

function contoursOf(data: DataView, glyphAt: GlyphLocator, glyph: number, depth = 0): Contour[] {
  const at = glyphAt(glyph);
  if (at === undefined || depth > DEEPEST_COMPOSITE) return [];
  const contourCount = data.getInt16(at);
  if (contourCount >= 0) return simpleContours(data, at + 10, contourCount);
  return compositeParts(data, at + 10).flatMap((part) =>
    contoursOf(data, glyphAt, part.glyph, depth + 1).map((contour) => contour.map(part.place)),
  );
}

const REPEAT = 0x08;
const ON_CURVE = 0x01;

function simpleContours(data: DataView, start: number, contourCount: number): Contour[] {
  let at = start + 2 * contourCount;
  const pointCount = contourCount === 0 ? 0 : data.getUint16(at - 2) + 1;
  at += 2 + data.getUint16(at);
  const flags: number[] = [];
  while (flags.length < pointCount) {
    const flag = data.getUint8(at++);
    const times = (flag & REPEAT) !== 0 ? 1 + data.getUint8(at++) : 1;
    for (let time = 0; time < times; time++) flags.push(flag);
  }
  const coordinates = (short: number, same: number): number[] => {
    let value = 0;
    return flags.map((flag) => {
      if ((flag & short) !== 0) value += (flag & same) !== 0 ? data.getUint8(at++) : -data.getUint8(at++);
      else if ((flag & same) === 0) {
        value += data.getInt16(at);
        at += 2;
      }
      return value;
    });
  };
  const xs = coordinates(0x02, 0x10);
  const ys = coordinates(0x04, 0x20);
  const points = flags.map((flag, index) => ({
    x: xs[index] ?? 0,
    y: ys[index] ?? 0,
    onCurve: (flag & ON_CURVE) !== 0,
  }));
  return Array.from({ length: contourCount }, (_, index) => {
    const first = index === 0 ? 0 : data.getUint16(start + 2 * (index - 1)) + 1;
    return points.slice(first, data.getUint16(start + 2 * index) + 1);
  });
}

const WORDS = 0x01;
const OFFSETS = 0x02;
const SCALE = 0x08;
const MORE = 0x20;
const SCALE_XY = 0x40;
const MATRIX = 0x80;

/** The parts of a glyph made of others, an accented letter for example, each with its place. */
function compositeParts(data: DataView, start: number) {
  const parts: { glyph: number; place: (point: Point) => Point }[] = [];
  let at = start;
  let flags: number;
  do {
    flags = data.getUint16(at);
    const glyph = data.getUint16(at + 2);
    at += 4;
    const step = (flags & WORDS) !== 0 ? 2 : 1;
    const argument = (offset: number) =>
      step === 2 ? data.getInt16(at + offset) : data.getInt8(at + offset);
    const [dx, dy] = (flags & OFFSETS) !== 0 ? [argument(0), argument(step)] : [0, 0];
    at += 2 * step;
    const number = (index: number) => data.getInt16(at + 2 * index) / 16384;
    let [a, b, c, d] = [1, 0, 0, 1];
    if ((flags & SCALE) !== 0) {
      a = d = number(0);
      at += 2;
    } else if ((flags & SCALE_XY) !== 0) {
      [a, d] = [number(0), number(1)];
      at += 4;
    } else if ((flags & MATRIX) !== 0) {
      [a, b, c, d] = [number(0), number(1), number(2), number(3)];
      at += 8;
    }
    parts.push({
      glyph,
      place: ({ x, y, onCurve }) => ({ x: a * x + c * y + dx, y: b * x + d * y + dy, onCurve }),
    });
  } while ((flags & MORE) !== 0);
  return parts;
}

/** A closed contour as SVG: between two control points in a row lies a point on the curve, halfway. */
function contourPath(contour: Contour, place: (point: Point) => readonly [number, number]): string {
  const whole = contour.flatMap((point, index) => {
    const before = contour.at(index - 1);
    if (before === undefined || before.onCurve || point.onCurve) return [point];
    return [{ x: (before.x + point.x) / 2, y: (before.y + point.y) / 2, onCurve: true }, point];
  });
  const first = whole.findIndex((point) => point.onCurve);
  const turned = [...whole.slice(first), ...whole.slice(0, first), ...whole.slice(first, first + 1)];
  const text = (point: Point) => place(point).map(short).join(" ");
  let path = "";
  turned.forEach((point, index) => {
    const before = turned[index - 1];
    if (!point.onCurve) return;
    if (before === undefined) path = `M${text(point)}`;
    else path += before.onCurve ? `L${text(point)}` : `Q${text(before)} ${text(point)}`;
  });
  return `${path}Z`;
}

const short = (value: number): string => String(Math.round(value * 100) / 100);
