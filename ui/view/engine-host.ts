import { engineFunction } from "./engine/engine-function.ts";
import type { AnyCanvas, Command, Report } from "./engine/messages.ts";

/** Name of the worker's file beside this one, set where Kinora itself serves both; see scripts/lib/bundle-view.mjs. */
declare const KINORA_WORKER_FILE: string | undefined;

/** A worker that says nothing for so long is not going to. */
const START_MS = 5_000;

/** What the engine reports of one view. */
export type ViewReport = Exclude<Report, { type: "ready" }>;

/**
 * The one engine of this page: in a worker where it may have one, else in the page itself.
 */
class EngineHost {
  readonly #listeners = new Map<number, (report: ViewReport) => void>();
  readonly #waiting: Command[] = [];
  #post: ((command: Command, transfer: Transferable[]) => void) | undefined;
  #isWorker = false;
  #nextView = 1;

  constructor() {
    void this.#start();
    addEventListener("online", () => this.send({ type: "wake" }));
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.send({ type: "wake" });
    });
  }

  /** Begins a view and returns its number. */
  add(listener: (report: ViewReport) => void): number {
    const view = this.#nextView++;
    this.#listeners.set(view, listener);
    return view;
  }

  /** Ends a view; its canvas is lost. */
  free(view: number): void {
    this.#listeners.delete(view);
    this.send({ type: "free", view });
  }

  /** Sends a command, in order, as soon as there is an engine. A canvas is handed over for good. */
  send(command: Command): void {
    if (this.#post === undefined) {
      this.#waiting.push(command);
      return;
    }
    if (command.type !== "set" || command.canvas === undefined || !this.#isWorker) {
      this.#post(command, []);
      return;
    }
    const canvas = handedOver(command.canvas);
    this.#post({ ...command, canvas }, canvas instanceof HTMLCanvasElement ? [] : [canvas]);
  }

  async #start(): Promise<void> {
    const worker = canHandOver() ? await startWorker() : undefined;
    const take = (report: Report): void => {
      if (report.type !== "ready") this.#listeners.get(report.view)?.(report);
    };
    if (worker === undefined) {
      this.#post = engineFunction().startEngine(take);
    } else {
      this.#isWorker = true;
      this.#post = (command, transfer) => worker.postMessage(command, transfer);
      worker.onmessage = ({ data }: MessageEvent<Report>) => take(data);
    }
    for (const command of this.#waiting.splice(0)) this.send(command);
  }
}

let host: EngineHost | undefined;

/** The engine of this page, started with its first view. */
export function engineHost(): EngineHost {
  host ??= new EngineHost();
  return host;
}

/**
 * Not in Firefox (measured with 153): whatever looks at a canvas that a worker draws on, as a screenshot or the thumbnail
 * of a page does, can stop the whole page and the worker for 10 s. It decodes off the page's thread anyway.
 */
function canHandOver(): boolean {
  const isFirefox = "mozInnerScreenX" in globalThis;
  const canTransfer = "transferControlToOffscreen" in HTMLCanvasElement.prototype;
  return typeof Worker === "function" && canTransfer && !isFirefox && has2dOffscreen();
}

/** Safari before 17 had the class, and no 2D context for it. */
function has2dOffscreen(): boolean {
  return new OffscreenCanvas(1, 1).getContext("2d") !== null;
}

function handedOver(canvas: AnyCanvas): AnyCanvas {
  return canvas instanceof HTMLCanvasElement ? canvas.transferControlToOffscreen() : canvas;
}

/** A worker that answered; undefined where the page's policy forbids every kind. */
async function startWorker(): Promise<Worker | undefined> {
  if (typeof KINORA_WORKER_FILE === "string") {
    const file = new URL(KINORA_WORKER_FILE, import.meta.url);
    // A page of another origin may not run it as a worker, and makes its own.
    if (file.origin === location.origin) return answering(() => new Worker(file));
  }
  const text = `(${engineFunction.toString()})().serveAsWorker()`;
  const address = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  const worker = await answering(() => new Worker(address));
  URL.revokeObjectURL(address);
  return worker;
}

async function answering(make: () => Worker): Promise<Worker | undefined> {
  let worker: Worker | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    const made = (worker = make());
    await new Promise((resolve, reject: (reason: Error) => void) => {
      const fail = (): void => reject(new Error("no worker"));
      made.onmessage = resolve;
      made.onerror = fail;
      timer = setTimeout(fail, START_MS);
    });
    return worker;
  } catch {
    worker?.terminate();
    return undefined; // The page's policy forbids it; then its own thread does the work.
  } finally {
    clearTimeout(timer);
  }
}
