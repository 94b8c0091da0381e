/** The time in milliseconds since the epoch, with fractions, following the system clock where that is set. */
export function wallClockMs(): number {
  const precise = originMs + performance.now();
  const coarse = Date.now();
  if (Math.abs(precise - coarse) < MOST_DRIFT_MS) return precise;
  // The system clock was set (a board without a battery starts in the past), which performance.timeOrigin never notices.
  originMs += coarse - precise;
  return coarse;
}

const MOST_DRIFT_MS = 20;
let originMs = performance.timeOrigin;
