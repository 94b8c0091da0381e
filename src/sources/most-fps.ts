/**
 * Pictures a second that a source passes on at most. No screen shows more and nobody needs them; what comes faster would only
 * cost, a whole core for pictures of a few hundred bytes.
 */
export const MOST_FPS = 120;
