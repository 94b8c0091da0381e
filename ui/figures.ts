import type { StreamStatus, ViewerStatus } from "../src/wire/api-types.ts";
import type { Picture } from "./picture.ts";
import type { Figures, Reception } from "./reception.ts";
import { serverNow } from "./server-clock.ts";

/**
 * The figures to show for a stream; null while it has no pictures.
 * @param viewers those of this page; null where the server does not tell of them
 */
export function figuresOf(
  status: StreamStatus,
  picture: Picture,
  reception: Reception,
  viewers: readonly ViewerStatus[] | null,
): Figures | null {
  if (status.state !== "live") return null;
  const { fps, drops } = status;
  if (picture.mode === "snapshots") {
    const { capturedAt } = picture;
    const ageMs = capturedAt === undefined ? null : Math.max(0, serverNow() - capturedAt);
    return { fps, ageMs, drops: null, of: "snapshot", slow: false };
  }
  if (picture.mode === "off") return { fps, ageMs: null, drops: null, of: "stream", slow: false };
  if (viewers === null) return { fps, ageMs: status.ageMs, drops, of: "stream", slow: false };
  const viewer = viewers.find(({ stream }) => stream === status.name);
  if (viewer !== undefined) return reception.update(status, viewer, performance.now());
  return { fps, ageMs: null, drops: 0, of: "viewer", slow: false };
}
