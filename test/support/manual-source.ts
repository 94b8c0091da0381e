import type { CapturedImage } from "../../src/core/frame.ts";
import type { Source } from "../../src/sources/source.ts";

/** A source whose pictures, failures and end the test decides, and which counts how often it is open and was opened. */
export class ManualSource implements Source {
  readonly label = "manual";
  open = 0;
  opened = 0;
  readonly #queue: (CapturedImage | Error | "end")[] = [];
  #wake: () => void = () => undefined;

  async *capture(signal: AbortSignal): AsyncGenerator<CapturedImage, void, undefined> {
    this.open++;
    this.opened++;
    const wake = () => this.#wake();
    signal.addEventListener("abort", wake);
    try {
      while (!signal.aborted) {
        const next = this.#queue.shift();
        if (next === "end") return;
        if (next instanceof Error) throw next;
        if (next !== undefined) yield next;
        else await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      signal.removeEventListener("abort", wake);
      this.open--;
    }
  }

  /** Gives these next; pictures without a time of their own are captured now. */
  give(...events: readonly (Uint8Array | CapturedImage | Error | "end")[]): void {
    for (const event of events) {
      this.#queue.push(event instanceof Uint8Array ? { jpeg: event, capturedAt: Date.now() } : event);
    }
    this.#wake();
  }
}
