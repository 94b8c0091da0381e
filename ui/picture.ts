import { liveAddress, snapshotAddress } from "./addresses.ts";
import { learnServerTime } from "./server-clock.ts";
import { viewerKey } from "./viewer-key.ts";

/** How a picture is shown: the stream itself, single pictures fetched in turn, or not at all. */
export type PictureMode = "off" | "live" | "snapshots";

const RETRY_MS = 1000;
const SLOWEST_RETRY_MS = 5000;

/**
 * The moving picture of one stream in one `<img>`.
 *
 * Taking an `<img>` out of the page or hiding it does not end its connection; only taking away its address does.
 */
export class Picture {
  readonly #image: HTMLImageElement;
  readonly #name: string;
  readonly #onChange: (visible: boolean) => void;
  #mode: PictureMode = "off";
  #openedAt = 0;
  #capturedAt: number | undefined;
  #failures = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #blobAddress = "";

  /** `onChange` hears whether there is a picture to see. */
  constructor(image: HTMLImageElement, name: string, onChange: (visible: boolean) => void) {
    this.#image = image;
    this.#name = name;
    this.#onChange = onChange;
    image.addEventListener("load", () => this.#loaded());
    image.addEventListener("error", () => this.#failed());
  }

  /** How it is shown now. */
  get mode(): PictureMode {
    return this.#mode;
  }

  /** When the live stream was last opened, on the clock of `performance.now()`. */
  get openedAt(): number {
    return this.#openedAt;
  }

  /** When the snapshot that is shown was captured, on the server's clock in ms since the epoch; undefined without one. */
  get capturedAt(): number | undefined {
    return this.#capturedAt;
  }

  /** Changes how it is shown. Unless that is off, the last picture stays until the first new one replaces it. */
  show(mode: PictureMode): void {
    if (mode === this.#mode) return;
    this.#mode = mode;
    this.#image.dataset["mode"] = mode;
    this.#failures = 0;
    this.#capturedAt = undefined;
    clearTimeout(this.#retry);
    if (mode === "live") this.reopen();
    else if (mode === "snapshots") this.#freeze();
    else this.#clear();
  }

  /** Asks for the live stream anew; the connection before it ends. Does nothing in the other modes. */
  reopen(): void {
    if (this.#mode !== "live") return;
    clearTimeout(this.#retry);
    this.#openedAt = performance.now();
    // A browser may answer the same address from the picture it still holds.
    this.#image.src = `${liveAddress(this.#name)}?viewer=${viewerKey()}&_=${Date.now().toString(36)}`;
  }

  /**
   * Fetches one picture and shows it.
   * @throws Error when there is none; DOMException when `signal` aborts.
   */
  async fetchSnapshot(signal: AbortSignal): Promise<void> {
    const askedAt = Date.now();
    const response = await fetch(snapshotAddress(this.#name), { signal, cache: "no-store" });
    if (!response.ok) throw new Error(`no picture: ${response.status}`);
    learnServerTime(response, askedAt);
    const address = URL.createObjectURL(await response.blob());
    // Decoded before it is shown, so that nothing flickers.
    const decoded = new Image();
    decoded.src = address;
    try {
      await decoded.decode();
    } catch (error) {
      URL.revokeObjectURL(address);
      throw error;
    }
    if (this.#mode === "snapshots") {
      this.#image.src = address;
      this.#capturedAt = captureTime(response);
    }
    this.#keepOnly(this.#mode === "snapshots" ? address : "");
    decoded.removeAttribute("src");
  }

  #loaded(): void {
    this.#failures = 0;
    if (this.#mode !== "off") this.#onChange(true);
  }

  /** Comes only before the first picture: a stream that breaks later tells the page nothing. */
  #failed(): void {
    if (this.#mode === "off") return;
    this.#clear();
    if (this.#mode === "live") {
      this.#failures += 1;
      this.#retry = setTimeout(() => this.reopen(), Math.min(RETRY_MS * this.#failures, SLOWEST_RETRY_MS));
    }
  }

  /** Ends the live stream but leaves its last picture, as a copy. */
  #freeze(): void {
    const { naturalWidth: width, naturalHeight: height } = this.#image;
    if (width === 0) {
      this.#clear();
      return;
    }
    const canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = height;
    canvas.getContext("2d")?.drawImage(this.#image, 0, 0);
    this.#image.src = canvas.toDataURL("image/jpeg");
  }

  #clear(): void {
    this.#capturedAt = undefined;
    this.#image.removeAttribute("src");
    this.#keepOnly("");
    this.#onChange(false);
  }

  /** A blob is held in memory until its address is given back. */
  #keepOnly(blobAddress: string): void {
    if (this.#blobAddress !== blobAddress) URL.revokeObjectURL(this.#blobAddress);
    this.#blobAddress = blobAddress;
  }
}

function captureTime(response: Response): number | undefined {
  const seconds = Number.parseFloat(response.headers.get("x-timestamp") ?? "");
  return Number.isNaN(seconds) ? undefined : seconds * 1000;
}
