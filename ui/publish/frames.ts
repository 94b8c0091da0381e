/** Frames do not come evenly: one may be this part of an interval early, and the next one waits the longer. */
const EARLY_SHARE = 0.5;
/** A screen on which nothing moves gives no frames: then the last one is sent again, as a sign of life. */
const QUIET_MS = 1000;

/**
 * Tells when a video has a picture to send, at most so many times a second. It goes on while the page is hidden: there
 * the video shows no frames, and timers of a page run once a second, but those of a worker do not.
 */
export class Frames {
  readonly #video: HTMLVideoElement;
  readonly #onFrame: () => void;
  readonly #ticker = new Worker(new URL("ui/publish-ticker.js", document.baseURI));
  #intervalMs = 0;
  #dueAt = 0;
  #seenAt = 0;
  #isOn = false;

  constructor(video: HTMLVideoElement, onFrame: () => void) {
    this.#video = video;
    this.#onFrame = onFrame;
    this.#ticker.addEventListener("message", () => this.#tick());
    if (tellsFrames(video)) this.#follow();
  }

  /** Begins, or goes on at another rate. */
  start(fps: number): void {
    this.#intervalMs = 1000 / fps;
    this.#isOn = true;
    this.#ticker.postMessage(this.#intervalMs);
  }

  stop(): void {
    this.#isOn = false;
    this.#ticker.postMessage(0);
  }

  #follow(): void {
    this.#video.requestVideoFrameCallback((now) => {
      this.#seenAt = now;
      this.#offer(now);
      this.#follow();
    });
  }

  #tick(): void {
    const now = performance.now();
    const isBlind = document.hidden || !tellsFrames(this.#video);
    if (!isBlind && now - this.#seenAt < QUIET_MS) return;
    this.#seenAt = now;
    this.#offer(now);
  }

  #offer(now: number): void {
    if (!this.#isOn || now < this.#dueAt - EARLY_SHARE * this.#intervalMs) return;
    const isLate = now > this.#dueAt + this.#intervalMs;
    this.#dueAt = (isLate ? now : this.#dueAt) + this.#intervalMs;
    this.#onFrame();
  }
}

/** Firefox before 132 does not. */
function tellsFrames(video: HTMLVideoElement): boolean {
  return "requestVideoFrameCallback" in video;
}
