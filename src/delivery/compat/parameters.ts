import { LARGEST_SIDE } from "../../core/read-variant.ts";
import type { StreamStatus } from "../../wire/api-types.ts";
import type { OwnParameters, Parameter } from "./family.ts";
import { sizeOf, type Sizes } from "./sizes.ts";

const NOTHING: OwnParameters = {};

/** Pixels across. */
export function width(...names: readonly string[]): Parameter {
  return numeric("width", names, (value) => pixels(value));
}

/** Pixels down. */
export function height(...names: readonly string[]): Parameter {
  return numeric("height", names, (value) => pixels(value));
}

/** `640x480`, the name of a size such as `VGA`, or a number that stands for one. */
export function size(names: readonly string[], numbered: Sizes = {}): Parameter {
  return {
    names,
    becomes: "width, height",
    read: (value) => {
      const [across = 0, down = 0] = sizeOf(value, numbered) ?? [];
      const [wide, high] = [pixels(across), pixels(down)];
      return wide === undefined || high === undefined ? NOTHING : { width: wide, height: high };
    },
  };
}

/** Per cent of the size the stream has now; nothing happens at 100 and more. */
export function scale(...names: readonly string[]): Parameter {
  return {
    names,
    becomes: "width",
    read: (value, status) => scaled(status, number(value)),
  };
}

/** Pictures of half the size, whatever is asked. */
export const HALF_SIZE: Parameter = {
  names: [],
  becomes: "width (half)",
  read: (_, status) => scaled(status, 50),
};

/** JPEG quality in per cent. */
export function quality(...names: readonly string[]): Parameter {
  return numeric("quality", names, (value) => clamped(value, 1, 100));
}

/** JPEG quality in few steps, of which the first is 1. */
export function qualityStep(names: readonly string[], steps: readonly number[]): Parameter {
  return numeric("quality", names, (value) => steps[value - 1]?.toString());
}

/** How much is to be lost, in per cent: the other way round than quality. */
export function compression(...names: readonly string[]): Parameter {
  return numeric("quality", names, (value) => clamped(100 - value, 1, 100));
}

/** Pictures a second at most; 0 is all of them. */
export function fps(...names: readonly string[]): Parameter {
  return numeric("fps", names, (value) => (value <= 0 ? undefined : clamped(value, 0.1, 120, 3)));
}

/** A number that stands for pictures a second. */
export function fpsCode(names: readonly string[], codes: Readonly<Record<number, number>>): Parameter {
  return numeric("fps", names, (value) => codes[value]?.toString());
}

/** Degrees clockwise; -90 is 270. */
export function rotation(...names: readonly string[]): Parameter {
  return numeric("rotate", names, (value) => {
    const degrees = ((value % 360) + 360) % 360;
    return [90, 180, 270].includes(degrees) ? degrees.toString() : undefined;
  });
}

/** Upside down, where it is there. */
export function upsideDown(...names: readonly string[]): Parameter {
  return { names, becomes: "rotate", read: (value) => (isOff(value) ? NOTHING : { rotate: "180" }) };
}

/** The time of capture in the picture, where it is `1`. */
export function time(...names: readonly string[]): Parameter {
  return { names, becomes: "time", read: (value) => (value === "1" ? { time: "1" } : NOTHING) };
}

/** A line of text, where another parameter is `1`. */
export function textWhere(name: string, isOn: string): Parameter {
  return {
    names: [name, isOn],
    becomes: "text",
    read: (_, __, query) => {
      const text = (query.get(name) ?? "").slice(0, 200);
      return query.get(isOn) === "1" && text !== "" ? { text } : NOTHING;
    },
  };
}

/** After how many seconds the stream ends; 0 is never. */
export function seconds(...names: readonly string[]): Parameter {
  return numeric("duration", names, (value) => (value <= 0 ? undefined : clamped(value, 0.1, 2_000_000, 1)));
}

/** After how many pictures the stream ends; 0 is never. */
export function pictures(...names: readonly string[]): Parameter {
  return numeric("frames", names, (value) => (value < 1 ? undefined : clamped(value, 1, 1_000_000_000)));
}

/** How old a snapshot may be: milliseconds, or `10s`; 0 is one captured from now on. */
export function mostAge(...names: readonly string[]): Parameter {
  return {
    names,
    becomes: "max_age, after",
    read: (value) => {
      const given = number(value);
      if (given === undefined || given < 0) return NOTHING;
      const ms = /^[\d.]+s/.test(value) ? given * 1000 : given;
      return ms === 0 ? { after: "now" } : { max_age: clamped(ms, 1, 3_600_000) };
    },
  };
}

/** How pictures are put into a size of another shape: all of them, unless the value is one of these. */
export function fit(name: string, words: Readonly<Record<string, "cover" | "stretch">>): Parameter {
  return {
    names: [name],
    becomes: "fit",
    read: (value) => {
      const word = value.toLowerCase();
      const mode = Object.hasOwn(words, word) ? words[word] : undefined;
      return mode === undefined ? NOTHING : { fit: mode };
    },
  };
}

function numeric(
  becomes: string,
  names: readonly string[],
  map: (value: number) => string | undefined,
): Parameter {
  return {
    names,
    becomes,
    read: (text) => {
      const value = number(text);
      const mapped = value === undefined ? undefined : map(value);
      return mapped === undefined ? NOTHING : { [becomes]: mapped };
    },
  };
}

/** The number a text begins with; clients hang on units and junk. */
function number(text: string): number | undefined {
  const value = Number.parseFloat(text);
  return Number.isFinite(value) ? value : undefined;
}

function clamped(value: number, min: number, max: number, digits = 0): string {
  return Number(Math.min(max, Math.max(min, value)).toFixed(digits)).toString();
}

function pixels(value: number): string | undefined {
  return value < 1 ? undefined : clamped(value, 1, LARGEST_SIDE);
}

function scaled({ width: across }: StreamStatus, percent: number | undefined): OwnParameters {
  if (across === null || percent === undefined || percent <= 0 || percent >= 100) return NOTHING;
  return { width: clamped((across * percent) / 100, 1, LARGEST_SIDE) };
}

function isOff(value: string): boolean {
  return /^(?:0|false|no|off)$/i.test(value);
}
