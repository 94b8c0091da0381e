/** Between these many ms the server's clock is ahead of this device's, as far as its answers tell. */
let least = -Infinity;
let most = Infinity;

/**
 * Learns from an answer how the server's clock stands: a camera board often has none of its own.
 *
 * Its `Date` has whole seconds only, but answers come at all parts of a second, so together they soon leave little doubt.
 * @param askedAt when it was asked for, on this device's clock, in ms since the epoch
 */
export function learnServerTime(response: Response, askedAt: number): void {
  const second = Date.parse(response.headers.get("date") ?? "");
  if (Number.isNaN(second)) return;
  const leastNow = second - Date.now();
  const mostNow = second + 1000 - askedAt;
  const isSet = leastNow > most || mostNow < least; // One of the clocks was set: what was learned before is void.
  least = isSet ? leastNow : Math.max(least, leastNow);
  most = isSet ? mostNow : Math.min(most, mostNow);
}

/** The server's clock, in ms since the epoch: this device's own as long as nothing speaks against it. */
export function serverNow(): number {
  return Date.now() + Math.min(Math.max(0, least), most);
}
