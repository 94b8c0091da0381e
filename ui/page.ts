import { focusedName } from "./addresses.ts";
import { copyOnClick } from "./clipboard.ts";
import { Details } from "./details.ts";
import { Grid } from "./grid.ts";
import { part, setText } from "./part.ts";
import { StatusPoll, type Answer } from "./status-poll.ts";
import { summarise } from "./words.ts";

const details = new Details();
const grid = new Grid(part(document, "grid", HTMLElement), (tile) => details.open(tile));
const poll = new StatusPoll(show);

let answeredAt = new Date();
let scrolledTo = 0;

watchAddress();
watchKeys();
document.addEventListener("visibilitychange", watchOnlyWhenSeen);
copyOnClick(part(document, "copy-command", HTMLButtonElement), () => {
  return part(document, "command", HTMLElement).textContent;
});
watchOnlyWhenSeen();

/** A hidden page asks nothing, and its pictures pause by themselves. */
function watchOnlyWhenSeen(): void {
  if (document.hidden) poll.stop();
  else poll.start();
}

function show(answer: Answer): void {
  if (answer.kind === "unreachable") {
    showUnreachable(answer);
    return;
  }
  answeredAt = new Date();
  part(document, "banner", HTMLElement).hidden = true;
  const streams = answer.kind === "streams" ? answer.streams : [];

  document.body.dataset["view"] =
    answer.kind === "locked" ? "locked" : streams.length === 0 ? "empty" : "streams";
  document.body.dataset["reachable"] = "yes";
  setText(part(document, "summary", HTMLElement), summarise(streams));
  grid.update(streams);
  details.update();
  showFocus();
}

function showUnreachable(answer: Answer & { readonly kind: "unreachable" }): void {
  document.body.dataset["reachable"] = "no";
  part(document, "banner", HTMLElement).hidden = false;
  const since = `No word since ${answeredAt.toLocaleTimeString()}. Trying again.`;
  setText(part(document, "banner-text", HTMLElement), [since, answer.detail].filter(Boolean).join(" "));
  grid.arrange();
}

function watchAddress(): void {
  addEventListener("hashchange", () => {
    const before = grid.focused;
    if (before === undefined) scrolledTo = scrollY;
    showFocus();
    if (grid.focused !== undefined) {
      part(document, "back", HTMLElement).focus();
      return;
    }
    // Without the # that an emptied name leaves behind.
    if (focusedName() === "") history.replaceState(null, "", location.pathname + location.search);
    scrollTo(0, scrolledTo);
    before?.focus();
  });
}

function watchKeys(): void {
  const turnTo = (steps: number): void => location.replace(`#${grid.neighbour(steps)?.name ?? ""}`);
  part(document, "previous", HTMLElement).addEventListener("click", () => turnTo(-1));
  part(document, "next", HTMLElement).addEventListener("click", () => turnTo(1));
  document.addEventListener("keydown", (event) => {
    const busy = document.fullscreenElement !== null || document.querySelector("dialog[open]") !== null;
    if (grid.focused === undefined || busy || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Escape") location.hash = "";
    else if (event.key === "ArrowLeft") turnTo(-1);
    else if (event.key === "ArrowRight") turnTo(1);
  });
}

function showFocus(): void {
  const name = focusedName();
  grid.focus(name);
  const { focused, tiles } = grid;
  part(document, "focus-bar", HTMLElement).hidden = focused === undefined || tiles.length < 2;
  const place = focused === undefined ? 0 : tiles.indexOf(focused) + 1;
  setText(part(document, "position", HTMLElement), `${place} of ${tiles.length}`);
  document.body.dataset["focused"] = focused === undefined ? "no" : "yes";
  document.title = focused === undefined ? "Kinora" : `${focused.name} · Kinora`;
  grid.arrange();
  showHint(name);
}

function showHint(name: string): void {
  const isUnknown = name !== "" && grid.focused === undefined && grid.tiles.length > 0;
  const hint = part(document, "hint", HTMLElement);
  hint.hidden = !isUnknown;
  setText(hint, isUnknown ? `There is no stream called “${name}”. These are all of them.` : "");
}
