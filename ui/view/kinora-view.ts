/**
 * `<kinora-view>`: a live stream of Kinora in any page.
 *
 * @module
 */
import { readAddress, snapshotAddress, socketAddress, type StreamAddress } from "./address.ts";
import { AutoScale } from "./auto-scale.ts";
import { Controls } from "./controls.ts";
import { engineHost, type ViewReport } from "./engine-host.ts";
import type { LinkState, Wish } from "./engine/messages.ts";
import { Fallback } from "./fallback.ts";
import { showFigures, showWords } from "./notice.ts";
import { Presence } from "./presence.ts";
import { makeShell, type Shell } from "./shell.ts";
import { Surface } from "./surface.ts";
import type { ViewFigures, ViewMode, ViewStatus } from "./view-types.ts";
import { notReached, wordsOf, wordsWithoutStream } from "./view-words.ts";

export type { ViewFigures, ViewMode, ViewState, ViewStatus } from "./view-types.ts";

const TICK_MS = 1_000;
const LOST = "The connection to the server is lost.";

/** A program that renders pages may load this file; where there are no elements, it is none. */
const Base: typeof HTMLElement =
  typeof HTMLElement === "undefined" ? (Object as unknown as typeof HTMLElement) : HTMLElement;

/**
 * A live stream: `<kinora-view src="door" controls></kinora-view>`. All views of a page share one connection a server
 * and key; decoding and drawing are a worker's. Only what can be seen is sent.
 *
 * Events, none of which bubbles: `statuschange` when {@link KinoraView.status} says something else, `figureschange` once
 * a second while pictures come, `firstpicture` when the first picture of a stream is there.
 */
export class KinoraView extends Base {
  /** The attributes that are followed; each may change at any time. */
  static readonly observedAttributes: readonly string[] = [
    "src",
    "server",
    "key",
    "query",
    "scale",
    "controls",
  ];

  readonly #shell: Shell;
  readonly #surface: Surface;
  readonly #controls: Controls;
  #presence: Presence | undefined;
  #scale: AutoScale | undefined;
  #ticker: ReturnType<typeof setInterval> | undefined;
  #fallback: Fallback | undefined;
  #canvas: HTMLCanvasElement | undefined;
  #view: number | undefined;
  #address: StreamAddress | undefined;
  /** What the pictures and the status are of. */
  #subject: string | undefined;
  #isScheduled = false;
  #link: LinkState = "connecting";
  #mode: ViewMode = "socket";
  #status: ViewStatus | null = null;
  #figures: ViewFigures | null = null;

  constructor() {
    super();
    this.#shell = makeShell(this.attachShadow({ mode: "open" }));
    this.#surface = new Surface(this.#shell.stage);
    this.#controls = new Controls(this, this.#shell, {
      snapshot: () => this.snapshot(),
      onZoom: (transform, scale) => {
        this.#surface.transform = transform;
        if (this.#scale !== undefined) this.#scale.zoom = scale;
      },
    });
  }

  /** What is known of the stream; null before that, and while the view is in no page. */
  get status(): ViewStatus | null {
    return this.#status;
  }

  /** What is measured of its pictures, once a second; null while none come. */
  get figures(): ViewFigures | null {
    return this.#figures;
  }

  /** The stream's name, or its address: `https://host/streams/door`. */
  get src(): string {
    return this.getAttribute("src") ?? "";
  }
  set src(value: string) {
    this.setAttribute("src", value);
  }

  /** Address of the server, with its base path. By default the folder of the page. */
  get server(): string {
    return this.getAttribute("server") ?? "";
  }
  set server(value: string) {
    this.setAttribute("server", value);
  }

  /** The server's key, where it wants one and the page's cookie is not enough. */
  get key(): string {
    return this.getAttribute("key") ?? "";
  }
  set key(value: string) {
    this.setAttribute("key", value);
  }

  /** Parameters of the live address: `width=640&fps=10`. */
  get query(): string {
    return this.getAttribute("query") ?? "";
  }
  set query(value: string) {
    this.setAttribute("query", value);
  }

  /** `auto` asks for pictures about as wide as they are shown; anything else for those of the source. */
  get scale(): string {
    return this.getAttribute("scale") ?? "";
  }
  set scale(value: string) {
    this.setAttribute("scale", value);
  }

  /** `contain` (the default) shows all of the picture, `cover` fills the view with it, `fill` distorts it. */
  get fit(): string {
    return this.getAttribute("fit") ?? "contain";
  }
  set fit(value: string) {
    this.setAttribute("fit", value);
  }

  /** Whether there are buttons, and the picture can be enlarged. */
  get controls(): boolean {
    return this.hasAttribute("controls");
  }
  set controls(value: boolean) {
    this.toggleAttribute("controls", value);
  }

  /**
   * The newest picture in full size, from the server.
   * @throws Error with the server's words where there is none.
   */
  async snapshot(): Promise<Blob> {
    const address = readAddress((name) => this.getAttribute(name));
    if (address === undefined) throw new Error("kinora-view: the attribute src names no stream");
    for (const name of ["width", "height"]) address.query.delete(name);
    const answer = await fetch(snapshotAddress(address), { cache: "no-store" });
    if (answer.ok) return answer.blob();
    throw new Error(
      `kinora-view: no picture of ${address.stream} (${answer.status}): ${await answer.text()}`,
    );
  }

  /** Connects to the server anew, at once. The other views of the same server do so with it. */
  reconnect(): void {
    this.#endFallback();
    if (this.#view !== undefined) engineHost().send({ type: "reconnect", view: this.#view });
    this.#update();
  }

  /** Called by the browser. */
  connectedCallback(): void {
    if (this.#presence === undefined) {
      this.#presence = new Presence(this, () => this.#later());
      this.#ticker = setInterval(() => this.#tick(), TICK_MS);
    }
    this.#later();
  }

  /** Called by the browser. One that is only moved is connected again at once, and keeps everything. */
  disconnectedCallback(): void {
    queueMicrotask(() => {
      if (!this.isConnected) this.#free();
    });
  }

  /** Called by the browser. */
  attributeChangedCallback(name: string): void {
    if (name === "controls") this.#controls.isOn = this.controls;
    this.#later();
  }

  /** Several attributes that change together are one change. */
  #later(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      if (this.isConnected) this.#update();
    });
  }

  #update(): void {
    this.#followSize();
    const address = readAddress((name) => this.getAttribute(name));
    const subject = address === undefined ? "" : `${socketAddress(address)} ${address.stream}`;
    if (subject !== this.#subject) this.#begin(subject, address);
    this.#address = address && this.#scaled(address);
    this.#wish(this.#presence?.isSeen === true ? this.#address : undefined);
  }

  #followSize(): void {
    if ((this.scale === "auto") === (this.#scale !== undefined)) return;
    this.#scale?.end();
    this.#scale = this.scale === "auto" ? new AutoScale(this, () => this.#later()) : undefined;
  }

  #scaled(address: StreamAddress): StreamAddress {
    const width = this.#scale?.width;
    if (width !== undefined && !address.query.has("width")) address.query.set("width", String(width));
    return address;
  }

  /** Another stream: nothing that is known is of it. */
  #begin(subject: string, address: StreamAddress | undefined): void {
    this.#subject = subject;
    this.#address = address;
    this.#endFallback();
    this.#surface.clear();
    this.#controls.zoom.reset();
    this.#controls.fileName = address?.stream ?? "";
    const { stage } = this.#shell;
    stage.setAttribute("role", "img");
    stage.setAttribute(
      "aria-label",
      address === undefined ? "No stream" : `Live picture of ${address.stream}`,
    );
    this.#setFigures(null);
    this.#setStatus(address === undefined ? null : unreached(null));
  }

  #wish(address: StreamAddress | undefined): void {
    const wish: Wish | null =
      address === undefined
        ? null
        : { url: socketAddress(address), stream: address.stream, query: address.query.toString() };
    if (this.#view !== undefined) {
      engineHost().send({ type: "set", view: this.#view, wish });
    } else if (wish !== null) {
      // A canvas can be handed over once only; the next time that the view is in a page it has another one.
      const canvas = (this.#canvas = document.createElement("canvas"));
      this.#view = engineHost().add((report) => this.#hear(report));
      engineHost().send({ type: "set", view: this.#view, wish, canvas });
    }
    if (wish === null) this.#setFigures(null);
    this.#fallBack(address);
  }

  #hear(report: ViewReport): void {
    switch (report.type) {
      case "link":
        this.#linkIs(report.state);
        break;
      case "status":
        this.#setStatus(report.status);
        break;
      case "picture":
        if (this.#canvas === undefined) break;
        this.#endFallback();
        this.#show(this.#canvas, report.width, report.height);
        break;
      case "figures":
        // What comes while the source is down is its placeholder.
        if (this.#mode === "socket")
          this.#setFigures(this.#status?.state === "live" ? { ...report.figures, mode: "socket" } : null);
    }
  }

  #linkIs(state: LinkState): void {
    this.#link = state;
    if (state === "unavailable") this.#later();
    if (state === "lost" && this.#mode === "socket" && this.#address !== undefined) {
      const wasReached =
        this.#status !== null && (this.#status.state !== "connecting" || this.#status.reason === LOST);
      this.#setFigures(null);
      this.#setStatus(unreached(wasReached ? LOST : notReached(this.#address.server)));
    }
  }

  /** Goes on without a WebSocket where none can be had, until one can. */
  #fallBack(address: StreamAddress | undefined): void {
    if (address === undefined || this.#link !== "unavailable") {
      if (address === undefined) this.#endFallback();
      return;
    }
    if (this.#fallback?.isOf(address) === true) return;
    this.#endFallback();
    this.#fallback = new Fallback(address, {
      onMode: (mode) => (this.#mode = mode),
      onImage: (image) => this.#show(image, image.naturalWidth, image.naturalHeight),
      onStatus: (status) => {
        if (this.#link !== "open") this.#setStatus(status);
      },
    });
  }

  #endFallback(): void {
    this.#fallback?.end();
    this.#fallback = undefined;
    this.#mode = "socket";
  }

  #show(picture: HTMLElement, width: number, height: number): void {
    const isFirst = !this.#surface.hasPicture;
    this.#surface.show(picture, width, height);
    if (!isFirst) return;
    this.#say();
    this.dispatchEvent(new Event("firstpicture"));
  }

  #setStatus(status: ViewStatus | null): void {
    const isOther = wordOf(status) !== wordOf(this.#status);
    // Tried once more in vain, it still is what it was.
    const goesOn = !isOther && status?.state === "connecting" ? this.#status : null;
    this.#status = goesOn ?? status;
    this.#say();
    if (isOther) this.dispatchEvent(new Event("statuschange"));
  }

  #setFigures(figures: ViewFigures | null): void {
    if (figures === null && this.#figures === null) return;
    this.#figures = figures;
    showFigures(this.#shell, figures);
    this.dispatchEvent(new Event("figureschange"));
  }

  #say(): void {
    const status = this.#status;
    const words =
      status === null
        ? wordsWithoutStream(this.src)
        : wordsOf(status, { hasPicture: this.#surface.hasPicture, hasKey: Boolean(this.#address?.key) });
    showWords(this.#shell, words, status);
  }

  #tick(): void {
    this.#say();
    if (this.#fallback !== undefined) this.#setFigures(this.#fallback.measure());
  }

  #free(): void {
    clearInterval(this.#ticker);
    this.#presence?.end();
    this.#scale?.end();
    if (this.#view !== undefined) engineHost().free(this.#view);
    this.#presence = this.#scale = this.#view = this.#canvas = undefined;
    this.#begin("", undefined);
  }
}

function unreached(reason: string | null): ViewStatus {
  return { state: "connecting", reason, code: null, since: Date.now(), width: null, height: null, fps: null };
}

/** What of a status is news. */
function wordOf(status: ViewStatus | null): string {
  return JSON.stringify(status && { ...status, since: 0, fps: 0 });
}

declare global {
  interface HTMLElementTagNameMap {
    "kinora-view": KinoraView;
  }
}

// Once a page, however often the file is in it; and not at all where there is no page.
if (typeof customElements !== "undefined" && customElements.get("kinora-view") === undefined)
  customElements.define("kinora-view", KinoraView);
