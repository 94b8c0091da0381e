import type { StreamStatus } from "../src/wire/api-types.ts";
import type { Figures, Reception, Wanted } from "./reception.ts";
import type { ViewFigures } from "./view/view-types.ts";

/** The figures to show for a stream; null while it has no pictures. */
export function figuresOf(
  status: StreamStatus,
  view: ViewFigures | null,
  reception: Reception,
  wanted: Wanted,
): Figures | null {
  if (status.state !== "live") return null;
  if (view !== null) return reception.update(status, view, wanted, performance.now());
  const { fps, ageMs } = status;
  return { fps, ageMs, drops: null, of: "stream", slow: false, smallerWidth: null };
}
