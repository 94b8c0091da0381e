import { absolute, imageTag, liveAddress, snapshotAddress, viewKey } from "./addresses.ts";
import { copyOnClick } from "./clipboard.ts";
import { fromTemplate, part, setText } from "./part.ts";
import { readingsInWords } from "./readings.ts";
import { serverNow } from "./server-clock.ts";
import type { Tile } from "./tile.ts";
import { duration, explain, rate, STATE_WORDS } from "./words.ts";

/** The sheet with everything that is known about one stream, and the addresses to use it elsewhere. */
export class Details {
  readonly #dialog = part(document, "details", HTMLDialogElement);
  #tile: Tile | undefined;

  constructor() {
    this.#dialog.addEventListener("close", () => (this.#tile = undefined));
    // A click beside the sheet lands on the dialog itself.
    this.#dialog.addEventListener("click", (event) => {
      if (event.target === this.#dialog) this.#dialog.close();
    });
  }

  /** Shows the sheet for this stream. */
  open(tile: Tile): void {
    this.#tile = tile;
    setText(part(this.#dialog, "details-name", HTMLElement), tile.name);
    part(this.#dialog, "addresses", HTMLElement).replaceChildren(
      addressRow("Live picture", absolute(liveAddress(tile.name))),
      addressRow("Single picture", absolute(snapshotAddress(tile.name))),
      addressRow("In a web page", imageTag(tile.name)),
    );
    part(this.#dialog, "key-warning", HTMLElement).hidden = viewKey() === null;
    this.update();
    this.#dialog.showModal();
  }

  /** Shows the newest state, while open. */
  update(): void {
    if (this.#tile === undefined) return;
    const { status, figures } = this.#tile;
    const now = serverNow();
    const here = figures === null ? null : readingsInWords(figures);
    const trouble = explain(status, now);
    const troubleText = part(this.#dialog, "details-trouble", HTMLElement);
    troubleText.hidden = trouble === null;
    this.#dialog.dataset["state"] = status.state;
    setText(troubleText, trouble === null ? "" : `${trouble.what} ${trouble.when}`);

    showFigures(part(this.#dialog, "figures", HTMLElement), [
      ["Source", status.source],
      ["State", `${STATE_WORDS[status.state]} for ${duration(now - status.since)}`],
      ["Size", status.width === null ? "not known yet" : `${status.width} × ${status.height ?? 0} pixels`],
      ["Rate", `${rate(status.fps)} pictures a second`],
      ...(here === null ? [] : [["On this page", here] as const]),
      ["Viewers", whole(status.viewers)],
      ["Pictures so far", whole(status.frames)],
      ["Lost at the source", whole(status.sourceDrops)],
      ["Skipped for slow viewers", whole(status.drops)],
      ...(status.code === null ? [] : [["Code", status.code] as const]),
    ]);

    part(this.#dialog, "notes", HTMLElement).hidden = status.notes.length === 0;
    showNotes(part(this.#dialog, "note-list", HTMLElement), status.notes);
  }
}

function showFigures(list: HTMLElement, figures: readonly (readonly [string, string])[]): void {
  if (list.children.length !== figures.length) {
    list.replaceChildren(...figures.map(() => document.createElement("div")));
    for (const row of list.children) row.append(document.createElement("dt"), document.createElement("dd"));
  }
  figures.forEach(([term, value], place) => {
    const [termCell, valueCell] = list.children[place]?.children ?? [];
    if (termCell !== undefined) setText(termCell, term);
    if (valueCell !== undefined) setText(valueCell, value);
  });
}

function showNotes(list: HTMLElement, notes: readonly string[]): void {
  // Rewritten only when they changed, so that a selection in them stays.
  if ([...list.children].map((item) => item.textContent).join("\n") === notes.join("\n")) return;
  list.replaceChildren(
    ...notes.map((note) => {
      const item = document.createElement("li");
      item.textContent = note;
      return item;
    }),
  );
}

function addressRow(kind: string, text: string): HTMLElement {
  const row = fromTemplate("address");
  setText(part(row, "kind", HTMLElement), kind);
  setText(part(row, "text", HTMLElement), text);
  copyOnClick(part(row, "copy", HTMLButtonElement), () => text);
  return row;
}

function whole(number: number): string {
  return number.toLocaleString("en");
}
