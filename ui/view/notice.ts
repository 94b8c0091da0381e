import type { Shell } from "./shell.ts";
import { setText } from "./shell.ts";
import { figuresExplained, figuresInWords, sinceInWords, type ViewWords } from "./view-words.ts";
import type { ViewFigures, ViewState, ViewStatus } from "./view-types.ts";

/** Where the figures are while pictures come. */
const STATE_WORDS: Readonly<Record<ViewState, string>> = {
  connecting: "Connecting",
  refused: "Refused",
  idle: "Waiting",
  starting: "Starting",
  live: "Live",
  down: "Down",
  failed: "Failed",
  ended: "Ended",
};
/** States that mostly pass before anyone has read what they are. */
const SHORT: readonly string[] = ["connecting", "idle", "starting", "live"];

/**
 * Says in the view how its stream is doing; what is in words is announced when it changes, figures are not.
 * @param words null where there is nothing to say but that it is live
 */
export function showWords(shell: Shell, words: ViewWords | null, status: ViewStatus | null): void {
  const { stage, message, what, next, since, readout } = shell;
  const isLost = words !== null;
  const isShort = status !== null && SHORT.includes(status.state) && status.reason === null;
  stage.classList.toggle("lost", isLost);
  stage.classList.toggle("soon", isShort);
  message.classList.toggle("soon", isShort);
  // Seen it would only be in the way; heard it says that the trouble is over.
  message.classList.toggle("unseen", !isLost);
  setText(what, words?.what ?? "Live");
  setText(next, words?.next ?? "");
  setText(since, isLost && status !== null ? sinceInWords(status) : "");
  if (isLost) setText(readout, status === null ? "" : STATE_WORDS[status.state]);
}

/** Shows the figures beside the controls. */
export function showFigures({ readout }: Shell, figures: ViewFigures | null): void {
  setText(readout, figures === null ? "" : figuresInWords(figures));
  readout.title = figures === null ? "" : figuresExplained(figures);
}
