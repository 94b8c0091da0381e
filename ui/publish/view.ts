import { announce } from "../announce.ts";
import { part, setText } from "../part.ts";
import type { Sending } from "./meter.ts";
import type { PublishSession } from "./session.ts";
import { slowness, standingOf, type Standing } from "./words.ts";
import { rate } from "../words.ts";

/** What the page shows of a session: the picture, how it is, and the figures. */
export class PublishView {
  readonly #session: PublishSession;
  readonly #stage = part(document, "stage", HTMLElement);
  #word = "Off";

  constructor(session: PublishSession) {
    this.#session = session;
  }

  /** Shows what is new. */
  update(): void {
    const { capture, phase, settings } = this.#session;
    const standing = standingOf(this.#session, Date.now());
    this.#stage.dataset["state"] = standing.state;
    this.#stage.dataset["picture"] = capture === undefined ? "no" : "yes";
    setText(this.#part("name"), settings.name);
    setText(this.#part("state"), standing.word);
    setText(this.#part("facts"), standing.detail);
    this.#part("facts").hidden = standing.detail === "";
    setText(this.#part("nothing-text"), standing.instead);
    this.#showTrouble();
    this.#showStart(phase !== "off");
    this.#tell(standing);
    document.title = `${standing.state === "live" ? "● " : ""}${standing.word} · ${settings.name} · Kinora`;
    const { meter } = this.#session;
    this.#showSending(phase !== "off" && meter.total > 0 ? meter.read(performance.now()) : null);
  }

  #showTrouble(): void {
    const { trouble } = this.#session;
    setText(this.#part("what"), trouble?.what ?? "");
    setText(this.#part("cure"), trouble?.cure ?? "");
    this.#part("trouble").hidden = trouble === null;
    const keyForm = this.#part("key-form");
    const isNew = keyForm.hidden && trouble?.offer === "key";
    keyForm.hidden = trouble?.offer !== "key";
    this.#part("takeover").hidden = trouble?.offer !== "takeover";
    if (isNew) part(keyForm, "key", HTMLInputElement).focus();
  }

  #showStart(isRunning: boolean): void {
    const button = part(document, "start", HTMLButtonElement);
    button.dataset["running"] = isRunning ? "yes" : "no";
    setText(part(button, "start-text", HTMLElement), isRunning ? "Stop" : "Start");
    part(button, "start-icon", SVGUseElement).setAttribute(
      "href",
      isRunning ? "#kinora:stop" : "#kinora:start",
    );
  }

  #showSending(sending: Sending | null): void {
    this.#part("sending").hidden = sending === null;
    const isLive = sending !== null && this.#session.link.kind === "open";
    const slow = isLive ? slowness(sending, this.#session.settings.fps) : "";
    if (slow !== "" && this.#part("slow").hidden) announce(slow);
    this.#part("slow").hidden = slow === "";
    setText(this.#part("slow-text"), slow);
    if (sending === null) return;
    setText(this.#part("fps"), rate(sending.fps));
    setText(this.#part("size"), whole(sending.pictureBytes / 1000));
    setText(this.#part("kilobits"), whole(sending.kilobits));
    setText(this.#part("viewers"), whole(this.#session.viewers));
    setText(this.#part("drops"), whole(sending.drops));
  }

  #tell({ word, detail }: Standing): void {
    if (word === this.#word) return;
    this.#word = word;
    announce(`${word}. ${detail}`);
  }

  #part(name: string): HTMLElement {
    return part(this.#stage, name, HTMLElement);
  }
}

function whole(number: number): string {
  return Math.round(number).toLocaleString("en");
}
