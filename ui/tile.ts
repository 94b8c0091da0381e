import type { StreamStatus } from "../src/wire/api-types.ts";
import { absolute, liveAddress, snapshotAddress, viewKey } from "./addresses.ts";
import { announce } from "./announce.ts";
import { copyOnClick } from "./clipboard.ts";
import { figuresOf } from "./figures.ts";
import { fromTemplate, part, setText } from "./part.ts";
import { showReadings, showSlowness } from "./readings.ts";
import { Reception, type Figures, type Wanted } from "./reception.ts";
import { serverNow } from "./server-clock.ts";
import { KinoraView } from "./view/kinora-view.ts";
import { explain, facts, STATE_WORDS, withoutPicture } from "./words.ts";

/** Pictures with more than so many times the pixels across that they are shown with are made smaller by the server. */
const WASTEFUL = 2;
/** From so many tiles on, each is shown at most so many pictures a second: nobody follows more in all of them. */
const MANY = 10;
const MANY_FPS = 15;

/** One stream on the page: its picture, its name, how it is, and what can be done with it. */
export class Tile {
  readonly element: HTMLElement = fromTemplate("tile");
  readonly name: string;
  /** Below its picture; the layout needs its height. */
  readonly footer: HTMLElement = part(this.element, "footer", HTMLElement);
  readonly #view: KinoraView = part(this.element, "view", KinoraView);
  readonly #reception = new Reception();
  #status: StreamStatus;
  #figures: Figures | null = null;
  #wanted: Wanted = { fps: Infinity, scaled: false };

  /** `onDetails` is called when somebody wants to know more about this stream. */
  constructor(status: StreamStatus, onDetails: (tile: Tile) => void) {
    this.name = status.name;
    this.#status = status;
    this.#view.src = this.name;
    this.#view.key = viewKey() ?? "";
    this.#view.addEventListener("firstpicture", () => (this.element.dataset["picture"] = "yes"));
    this.element.setAttribute("aria-label", this.name);
    this.element.dataset["picture"] = "no";
    setText(part(this.element, "name", HTMLElement), this.name);
    part(this.element, "name", HTMLElement).title = this.name;
    this.#wireButtons(onDetails);
  }

  /** The newest state that the server told. */
  get status(): StreamStatus {
    return this.#status;
  }

  /** How this page gets the stream's pictures; null while there are none. */
  get figures(): Figures | null {
    return this.#figures;
  }

  /** Shows a new state. */
  update(status: StreamStatus): void {
    const before = this.#status;
    this.#status = status;
    this.element.dataset["state"] = status.state;
    setText(part(this.element, "state", HTMLElement), STATE_WORDS[status.state]);
    setText(part(this.element, "facts", HTMLElement), facts(status));
    setText(part(this.element, "nothing", HTMLElement), withoutPicture(status.state));
    const trouble = explain(status, serverNow());
    part(this.element, "trouble", HTMLElement).hidden = trouble === null;
    setText(part(this.element, "what", HTMLElement), trouble?.what ?? "");
    setText(part(this.element, "when", HTMLElement), trouble?.when ?? "");
    this.#offerSnapshot(status.state !== "down" && status.state !== "failed");
    this.#showFigures(figuresOf(status, this.#view.figures, this.#reception, this.#wanted));
    if (before.state !== status.state) this.#announceChange(before, status);
    if (isAnotherRun(before, status)) this.#view.reconnect();
  }

  /** Asks for what suits a picture so many of the screen's pixels wide, beside so many others. */
  fit(pixels: number, tiles: number): void {
    const scaled = (this.#status.width ?? 0) > WASTEFUL * pixels;
    const fps = tiles >= MANY ? MANY_FPS : Infinity;
    this.#view.scale = scaled ? "auto" : "";
    this.#view.query = fps === Infinity ? "adapt=smooth" : `adapt=smooth&fps=${fps}`;
    this.#wanted = { fps, scaled };
  }

  /** Makes the picture a link to the enlarged view, or not. */
  set opens(opens: boolean) {
    const link = part(this.element, "open", HTMLAnchorElement);
    if (opens) {
      link.href = `#${this.name}`;
      link.title = `Enlarge ${this.name}`;
    } else {
      link.removeAttribute("href");
      link.removeAttribute("title");
    }
  }

  /** Puts the keyboard on this tile. */
  focus(): void {
    part(this.element, "open", HTMLAnchorElement).focus({ preventScroll: true });
  }

  #wireButtons(onDetails: (tile: Tile) => void): void {
    const snapshot = part(this.element, "snapshot", HTMLAnchorElement);
    snapshot.addEventListener(
      "click",
      () => (snapshot.download = `${this.name}-${fileTime(new Date())}.jpg`),
    );
    copyOnClick(part(this.element, "copy", HTMLButtonElement), () => absolute(liveAddress(this.name)));
    part(this.element, "more", HTMLButtonElement).addEventListener("click", () => onDetails(this));

    const screen = part(this.element, "screen", HTMLElement);
    const fullScreen = part(this.element, "full-screen", HTMLButtonElement);
    // iPhones show only videos in full screen.
    fullScreen.hidden = !document.fullscreenEnabled;
    fullScreen.addEventListener("click", () => void screen.requestFullscreen());
    screen.addEventListener("click", (event) => {
      if (document.fullscreenElement !== screen) return;
      event.preventDefault();
      void document.exitFullscreen();
    });
  }

  #showFigures(figures: Figures | null): void {
    const isNews = figures?.slow === true && this.#figures?.slow !== true;
    this.#figures = figures;
    showReadings(this.element, figures);
    showSlowness(this.element, figures, this.#status.fps);
    if (isNews) announce(`${this.name}: slow connection`);
  }

  /** A link without an address cannot be followed: a download without a picture would only say that it failed. */
  #offerSnapshot(offered: boolean): void {
    const snapshot = part(this.element, "snapshot", HTMLAnchorElement);
    if (offered) snapshot.href = snapshotAddress(this.name);
    else snapshot.removeAttribute("href");
  }

  #announceChange(before: StreamStatus, { state, reason }: StreamStatus): void {
    if (state === "down" || state === "failed")
      announce(`${this.name}: ${STATE_WORDS[state]}. ${reason ?? ""}`);
    else if (state === "live" && before.state === "down") announce(`${this.name} is live again`);
  }
}

/** Whether pictures come again after an end. */
function isAnotherRun(before: StreamStatus, now: StreamStatus): boolean {
  const wasOver = before.state === "ended" || before.state === "failed";
  return (wasOver && before.state !== now.state) || now.frames < before.frames;
}

/** Local time as file names may hold it: `2025-11-21_10-46-05`. */
function fileTime(time: Date): string {
  const two = (number: number): string => String(number).padStart(2, "0");
  const day = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join("-");
  return `${day}_${[time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join("-")}`;
}
