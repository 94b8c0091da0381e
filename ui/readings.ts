import { part, setText } from "./part.ts";
import type { Figures } from "./reception.ts";
import { age, count, rate } from "./words.ts";

const FPS_TITLES: Readonly<Record<Figures["of"], string>> = {
  page: "Pictures a second that this page is sent",
  stream: "Pictures a second from the source",
};

const AGE_TITLES: Readonly<Record<Figures["of"], string>> = {
  page: "How old a picture is when it is here",
  stream: "How old the newest picture is",
};

const DROPS_TITLES: Readonly<Record<Figures["of"], string>> = {
  page: "Pictures dropped for this page because a newer one came before the connection was free",
  stream: "",
};

/** Shows the figures of one stream in the elements of its tile; null hides them. */
export function showReadings(tile: HTMLElement, figures: Figures | null): void {
  part(tile, "readings", HTMLElement).hidden = figures === null;
  if (figures === null) return;
  showReading(tile, "fps", `${rate(figures.fps)} fps`, FPS_TITLES[figures.of]);
  showReading(tile, "age", figures.ageMs === null ? "" : `${age(figures.ageMs)} old`, AGE_TITLES[figures.of]);
  showReading(
    tile,
    "drops",
    figures.drops === null ? "" : count(figures.drops, "drop"),
    DROPS_TITLES[figures.of],
  );
}

/** How the pictures of one stream come to this page, in words; null where only figures of the whole stream are known. */
export function readingsInWords({ fps, ageMs, drops, of }: Figures): string | null {
  if (of === "stream") return null;
  const known = [
    `${rate(fps)} pictures a second`,
    ageMs === null ? "" : `${age(ageMs)} old`,
    drops === null ? "" : `${drops.toLocaleString("en")} dropped`,
  ];
  return known.filter(Boolean).join(", ");
}

/** Says it in a sentence on the picture when the connection is too slow, and nothing otherwise. */
export function showSlowness(tile: HTMLElement, figures: Figures | null, streamFps: number): void {
  const slow = figures?.slow === true;
  const note = part(tile, "slow", HTMLElement);
  note.hidden = !slow;
  tile.dataset["slow"] = slow ? "yes" : "no";
  if (slow) setText(part(note, "slow-text", HTMLElement), slowness(figures, streamFps));
}

function slowness({ fps, ageMs, smallerWidth }: Figures, streamFps: number): string {
  if (smallerWidth !== null)
    return `Slow connection or device: smaller pictures, ${smallerWidth} pixels across`;
  const shown = rate(fps);
  const all = rate(streamFps);
  if (shown !== all) return `Slow connection or device: showing ${shown} of ${all} pictures a second`;
  return `Slow connection or device: pictures arrive ${age(ageMs ?? 0)} late`;
}

function showReading(tile: HTMLElement, name: string, text: string, title: string): void {
  const value = part(tile, name, HTMLElement);
  setText(value, text);
  const reading = value.parentElement;
  if (reading === null) return;
  reading.hidden = text === "";
  if (reading.title !== title) reading.title = title;
}
