import type { Sending } from "./meter.ts";
import type { PublishSession } from "./session.ts";
import { rate } from "../words.ts";

/** How publishing is, for the page. */
export interface Standing {
  /** The colour, as of a stream's state. */
  readonly state: "idle" | "starting" | "live" | "down" | "failed";
  /** One or two words. */
  readonly word: string;
  /** What more there is to say; may be empty. */
  readonly detail: string;
  /** What stands where the picture would be. */
  readonly instead: string;
}

/** Says how it is. `now` is in ms since the epoch. */
export function standingOf(session: PublishSession, now: number): Standing {
  const { phase, link, capture, trouble } = session;
  if (phase === "off") {
    const state = trouble === null ? "idle" : "failed";
    return { state, word: "Off", detail: "", instead: "Nothing is sent" };
  }
  if (phase === "asking") {
    const instead = `Waiting for the ${session.settings.from}: allow it when the browser asks`;
    return { state: "starting", word: "Opening", detail: "", instead };
  }
  const instead = "No picture";
  switch (link.kind) {
    case "refused":
      return { state: "failed", word: "Not sent", detail: "", instead };
    case "waiting": {
      const seconds = Math.max(0, Math.ceil((link.retryAt - now) / 1000));
      const when = seconds === 0 ? "Trying again." : `Trying again in ${seconds} s.`;
      return { state: "down", word: "Trying again", detail: `${link.why} ${when}`, instead };
    }
    case "closed":
    case "connecting":
      return { state: "starting", word: "Connecting", detail: "", instead };
    case "open":
  }
  if (capture === undefined) return { state: "down", word: "No camera", detail: "", instead };
  if (capture.track.muted) {
    const detail =
      "The system holds the camera back: another app uses it, or this page was in the background.";
    return { state: "down", word: "Paused", detail, instead };
  }
  if (session.meter.total === 0) return { state: "starting", word: "Starting", detail: "", instead };
  return { state: "live", word: "Live", detail: session.size, instead };
}

/** One sentence about what holds pictures back; empty when nothing does. */
export function slowness({ slow, fps }: Sending, chosenFps: number): string {
  const sent = `${rate(fps)} of ${chosenFps} pictures a second`;
  if (slow === "uplink") return `Slow connection: sending ${sent}`;
  return slow === "device" ? `Slow device: making ${sent}` : "";
}
