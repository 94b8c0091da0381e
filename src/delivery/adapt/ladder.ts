import type { Variant } from "../../core/variant.ts";
import type { Manner } from "./manner.ts";

/** What the pictures of a stream are like, as they come from its source. */
export interface Pictures {
  /** Pixels across. */
  readonly width: number;
  /** Pixels down. */
  readonly height: number;
  /** How many come a second. */
  readonly fps: number;
}

/** How far down a rung goes: parts of the size, the JPEG quality, and every how manyth picture. */
interface Step {
  readonly size?: number;
  readonly quality?: number;
  readonly every?: number;
}

/** The rate comes last: at most every second picture is left out. */
const SMOOTH: readonly Step[] = [
  { size: 0.85, quality: 70 },
  { size: 0.7, quality: 65 },
  { size: 0.55, quality: 60 },
  { size: 0.45, quality: 50 },
  { size: 0.35, quality: 45 },
  { size: 0.35, quality: 45, every: 2 },
  { size: 0.25, quality: 40, every: 2 },
];
/** Behind those that only leave pictures out. */
const SHARP: readonly Step[] = [
  { quality: 60 },
  { quality: 40 },
  { size: 0.75, quality: 45 },
  { size: 0.5, quality: 45 },
  { size: 0.35, quality: 40 },
];

/** What is shown at the least, in pictures a second: ten, and some that come too late to be counted. */
const LEAST_FPS = 12;
/** Of the rate of the rung before it: less would be more rungs than anybody can tell apart. */
const LARGEST_STEP = 0.7;
/** Sizes are whole numbers of JPEG's blocks with halved colours, and so the same for sources that are nearly alike. */
const BLOCK = 16;
const LEAST_SIDE = 64;
const USUAL_QUALITY = 80;

/**
 * The rungs that a viewer can stand on, from what it asked for down to the least, each about two thirds of the bytes of
 * the one before. The same for everybody who asks for the same of the same stream.
 * @param base what it asked for: the first rung
 */
export function ladder(base: Variant, pictures: Pictures, manner: Manner): readonly Variant[] {
  const fps = Math.min(nominal(pictures.fps), base.fps ?? Infinity);
  const steps = manner === "smooth" ? SMOOTH : sharpSteps(fps);
  const size = sizeOf(base, pictures);
  return [base, ...steps.map((step) => rung(base, step, size, fps))];
}

/** How large the pictures of a variant are, in pixels. */
export function sizeOf(variant: Variant, pictures: Pictures): { width: number; height: number } {
  const { crop, rotate, width, height, fit = "contain", enlarge } = variant;
  const upright = crop ?? pictures;
  const isTurned = rotate === 90 || rotate === 270;
  const natural = isTurned
    ? { width: upright.height, height: upright.width }
    : { width: upright.width, height: upright.height };
  if (fit !== "contain" && width !== undefined && height !== undefined) return { width, height };
  const scale = Math.min(
    (width ?? Infinity) / natural.width,
    (height ?? Infinity) / natural.height,
    enlarge === true && (width !== undefined || height !== undefined) ? Infinity : 1,
  );
  return { width: natural.width * scale, height: natural.height * scale };
}

function sharpSteps(fps: number): readonly Step[] {
  const rates: Step[] = [];
  let last = 1;
  for (let every = 2; fps / every >= LEAST_FPS; every++) {
    if (last / every > LARGEST_STEP) continue;
    rates.push({ every });
    last = every;
  }
  return [...rates, ...SHARP.map((step) => ({ ...step, every: last }))];
}

function rung(base: Variant, step: Step, size: { width: number; height: number }, fps: number): Variant {
  const { size: part = 1, quality = USUAL_QUALITY, every = 1 } = step;
  // Whoever asked for a height has its box made smaller, so that what is cut off or distorted stays the same.
  const box = {
    width: blocks(size.width * part),
    ...(base.height === undefined ? {} : { height: Math.max(1, Math.round(base.height * part)) }),
  };
  return {
    ...base,
    ...(part === 1 ? {} : box),
    ...(step.quality === undefined ? {} : { quality: Math.min(quality, base.quality ?? USUAL_QUALITY) }),
    ...(every === 1 || fps / every < LEAST_FPS ? {} : { fps: fps / every }),
  };
}

/**
 * A rate that many measurements have in common, at most one picture more than measured: of pictures that come as fast as
 * that, every second one is as good as half as many.
 */
function nominal(fps: number): number {
  return Math.max(5, 5 * Math.ceil((fps - 1) / 5));
}

function blocks(pixels: number): number {
  return Math.max(LEAST_SIDE, BLOCK * Math.round(pixels / BLOCK));
}
