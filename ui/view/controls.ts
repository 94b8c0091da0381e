import type { Shell } from "./shell.ts";
import { Zoom } from "./zoom.ts";

/** So long the controls stay after a touch, which hovers over nothing. */
const TOUCHED_MS = 4_000;

/** What the controls of a view ask of it. */
export interface ControlsOwner {
  /** The picture in full size. */
  snapshot(): Promise<Blob>;
  readonly onZoom: (transform: string, scale: number) => void;
}

/** The buttons of a view, its zoom and its keys. */
export class Controls {
  readonly zoom: Zoom;
  /** What saved pictures are called, before their time. */
  fileName = "";
  readonly #host: HTMLElement;
  readonly #shell: Shell;
  readonly #owner: ControlsOwner;
  #isOn = false;
  #touched: ReturnType<typeof setTimeout> | undefined;

  constructor(host: HTMLElement, shell: Shell, owner: ControlsOwner) {
    this.#host = host;
    this.#shell = shell;
    this.#owner = owner;
    this.zoom = new Zoom(shell.stage, (transform, scale) => {
      shell.stage.classList.toggle("zoomed", scale > 1);
      shell.zoomOut.setAttribute("aria-disabled", String(scale === 1));
      owner.onZoom(transform, scale);
    });
    shell.zoomIn.addEventListener("click", () => this.zoom.in());
    shell.zoomOut.addEventListener("click", () => this.zoom.out());
    shell.snapshot.addEventListener("click", () => void this.#save());
    shell.fullScreen.addEventListener("click", () => this.#toggleFullScreen());
    // Phones without full screen for anything but videos have no such method.
    shell.fullScreen.hidden = typeof host.requestFullscreen !== "function";
    shell.stage.addEventListener("keydown", (event) => {
      const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
      if (this.#isOn && isPlain && event.key === "f") this.#toggleFullScreen();
    });
    shell.stage.addEventListener("pointerdown", ({ pointerType }) => {
      if (pointerType === "touch") this.#showAWhile();
    });
    this.isOn = false;
  }

  /** Whether they are there. */
  set isOn(isOn: boolean) {
    this.#isOn = isOn;
    this.zoom.isOn = isOn;
    const { bar, stage } = this.#shell;
    bar.hidden = !isOn;
    stage.classList.toggle("on", isOn);
    if (isOn) stage.tabIndex = 0;
    else stage.removeAttribute("tabindex");
  }

  async #save(): Promise<void> {
    const { snapshot } = this.#shell;
    try {
      const address = URL.createObjectURL(await this.#owner.snapshot());
      const link = document.createElement("a");
      link.href = address;
      const time = new Date().toISOString().slice(0, 19).replaceAll(":", "-");
      link.download = `${this.fileName}-${time}.jpg`;
      link.click();
      // Not at once: the browser has only begun to read it.
      setTimeout(() => URL.revokeObjectURL(address), 60_000);
      snapshot.title = "Save a picture";
    } catch {
      snapshot.title = "There is no picture now";
    }
    snapshot.setAttribute("aria-label", snapshot.title);
  }

  #toggleFullScreen(): void {
    const change =
      document.fullscreenElement === this.#host
        ? document.exitFullscreen()
        : this.#host.requestFullscreen({ navigationUI: "hide" });
    // A frame may forbid it, and a browser where nobody clicked; then all stays as it is.
    change.catch(() => undefined);
  }

  #showAWhile(): void {
    this.#shell.bar.classList.add("touched");
    clearTimeout(this.#touched);
    this.#touched = setTimeout(() => this.#shell.bar.classList.remove("touched"), TOUCHED_MS);
  }
}
