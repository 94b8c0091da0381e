import type { Size } from "../address.ts";

/** The time from one picture to the next, in seconds, as the fraction that the driver wants back unchanged. */
export interface Interval {
  /** Seconds, times the denominator. */
  readonly numerator: number;
  /** Pictures in `numerator` seconds. */
  readonly denominator: number;
}

/** The rates at one size: a list, or everything between its first and its last entry. */
export interface RateOffer {
  /** Intervals that can be set. Empty where the driver does not tell. */
  readonly intervals: readonly Interval[];
  /** Everything between the intervals can be set too. */
  readonly continuous: boolean;
}

/** One size that the camera has, with its rates. */
export interface SizeOffer extends Size {
  /** What can be set at this size. */
  readonly rates: RateOffer;
}

/** Sizes offered as a range, each side in steps from its smallest. */
export interface SizeRange {
  /** The smallest size. */
  readonly min: Size;
  /** The largest size. */
  readonly max: Size;
  /** Pixels from one size to the next. */
  readonly step: Size;
}

/** What somebody asked for; what is left out is chosen. */
export interface Wish {
  /** The picture's size. */
  readonly size: Size | undefined;
  /** Pictures a second. */
  readonly fps: number | undefined;
}

/** What the camera is asked for in the end. */
export interface Mode {
  /** The picture's size. */
  readonly size: Size;
  /** The time from one picture to the next. */
  readonly interval: Interval;
}

/** The size without a wish: what every webcam has as MJPEG and every network carries. */
export const DEFAULT_SIZE: Size = { width: 1280, height: 720 };
/** The rate without a wish, in pictures a second. */
const DEFAULT_FPS = 30;

/** Rates are told apart from 2 % on: 29.97 is 30. Without a wish, half as fast is fast enough. */
const RATE_TOLERANCE = { asked: Math.log(1.02), notAsked: Math.log(2) };

/**
 * Chooses the offered size and rate nearest to the wish, the size counting first.
 * Without a size: the largest of at most 1280x720 pixels (else the smallest) among those that are fast enough.
 * Without a rate: the one nearest to 30. A driver that offers nothing is asked for the wish as it stands.
 */
export function chooseMode(offers: readonly SizeOffer[], wish: Wish): Mode {
  const fps = wish.fps ?? DEFAULT_FPS;
  const chosen = wish.size === undefined ? usualSize(offers, wish) : nearestSize(offers, wish.size);
  if (chosen === undefined) return { size: wish.size ?? DEFAULT_SIZE, interval: intervalOf(fps) };
  const { width, height, rates } = chosen;
  return { size: { width, height }, interval: nearestInterval(rates, fps) };
}

/** The size of a range that is nearest to the one asked for. */
export function nearestInRange(range: SizeRange, size: Size): Size {
  const side = (name: keyof Size): number => {
    const [min, max, step] = [range.min[name], range.max[name], Math.max(1, range.step[name])];
    const steps = Math.round((Math.min(size[name], max) - min) / step);
    return Math.min(min + Math.max(0, steps) * step, min + Math.floor((max - min) / step) * step);
  };
  return { width: side("width"), height: side("height") };
}

/** Pictures a second, rounded to hundredths as people write them: 29.97. */
export function fpsOf({ numerator, denominator }: Interval): number {
  return Math.round((denominator / numerator) * 100) / 100;
}

function usualSize(offers: readonly SizeOffer[], wish: Wish): SizeOffer | undefined {
  const fps = wish.fps ?? DEFAULT_FPS;
  const tolerance = wish.fps === undefined ? RATE_TOLERANCE.notAsked : RATE_TOLERANCE.asked;
  const best = Math.min(...offers.map((offer) => rateDistance(offer, fps)));
  const fastEnough = offers.filter((offer) => rateDistance(offer, fps) <= best + tolerance);
  const bySize = fastEnough.sort((a, b) => area(a) - area(b));
  return bySize.findLast((offer) => area(offer) <= area(DEFAULT_SIZE)) ?? bySize[0];
}

function nearestSize(offers: readonly SizeOffer[], size: Size): SizeOffer | undefined {
  return least(offers, (offer) => apart(offer.width, size.width) + apart(offer.height, size.height));
}

function nearestInterval({ intervals, continuous }: RateOffer, fps: number): Interval {
  const wished = intervalOf(fps);
  const seconds = intervals.map(({ numerator, denominator }) => numerator / denominator);
  const isBetween = continuous && Math.min(...seconds) <= 1 / fps && 1 / fps <= Math.max(...seconds);
  if (isBetween) return wished;
  return least(intervals, (interval) => apart(fpsOf(interval), fps)) ?? wished;
}

function intervalOf(fps: number): Interval {
  return Number.isInteger(fps)
    ? { numerator: 1, denominator: fps }
    : { numerator: 1000, denominator: Math.round(fps * 1000) };
}

function rateDistance(offer: SizeOffer, fps: number): number {
  return apart(fpsOf(nearestInterval(offer.rates, fps)), fps);
}

function area({ width, height }: Size): number {
  return width * height;
}

/** How far two numbers are from each other in proportion: half and twice are equally far. */
function apart(a: number, b: number): number {
  return Math.abs(Math.log(a / b));
}

function least<T>(list: readonly T[], measure: (item: T) => number): T | undefined {
  let best: T | undefined;
  let bestMeasure = Infinity;
  for (const item of list) {
    const measured = measure(item);
    if (measured >= bestMeasure) continue;
    best = item;
    bestMeasure = measured;
  }
  return best;
}
