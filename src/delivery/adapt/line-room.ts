import type { TcpState } from "../../system/tcp.ts";

/** Shorter queues are not told from the time that the other side takes to answer. */
const SHORTEST_QUEUE_MS = 1;

/**
 * How many bytes a second a line could carry of a stream; undefined before that is known.
 *
 * While the line is full, that is what it delivers. While it is not, the rate that the kernel keeps says nothing: it is
 * the highest of all, and two packets that passed a shaper's bucket at once make it a hundred times too high (seen on a
 * line of 2 Mbit/s). The packets of a picture queue behind one another, though: on average each waits for half of its
 * picture, which makes its round trip longer than the line's own.
 * @param frameBytes bytes of a picture of the stream
 * @param share of the bytes on the line, what part is the stream's
 */
export function lineRoom(state: TcpState, frameBytes: number, share: number): number | undefined {
  const { deliveredASecond, mayCarryMore, roundTripMs, leastRoundTripMs } = state;
  if (deliveredASecond === 0 || roundTripMs === 0) return undefined;
  if (!mayCarryMore) return share * deliveredASecond;
  const queuedMs = Math.max(SHORTEST_QUEUE_MS, roundTripMs - leastRoundTripMs);
  return (frameBytes / 2 / queuedMs) * 1000;
}
