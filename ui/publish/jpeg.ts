import type { PublishSettings } from "./settings.ts";

/** What the worker is told. */
export interface EncodeOrder {
  readonly picture: ImageBitmap;
  /** Pixels of the JPEG. */
  readonly width: number;
  readonly height: number;
  /** 0–1. */
  readonly quality: number;
}

/** Far longer than any picture takes. A worker that the system has put to sleep for good answers never. */
const STUCK_MS = 5000;

type Shape = Omit<EncodeOrder, "picture">;

/** Makes JPEGs of what a video shows: in a worker where the browser can, else in the page. */
export class JpegMaker {
  readonly #video: HTMLVideoElement;
  readonly #canvas = document.createElement("canvas");
  #worker = startWorker();

  constructor(video: HTMLVideoElement) {
    this.#video = video;
  }

  /** What the video shows now, as a JPEG; null when it shows nothing or cannot be read. */
  async take(settings: PublishSettings): Promise<ArrayBuffer | null> {
    const video = this.#video;
    if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA || video.videoWidth === 0) return null;
    const shape = { ...fit(video, settings), quality: settings.quality / 100 };
    try {
      return (await this.#inWorker(shape)) ?? (await this.#inPage(shape));
    } catch {
      return null; // The camera went between two pictures; the page is told by the track.
    }
  }

  async #inWorker(shape: Shape): Promise<ArrayBuffer | null> {
    const worker = this.#worker;
    if (worker === undefined) return null;
    const picture = await createImageBitmap(this.#video).catch(() => null);
    const jpeg = picture === null ? null : await ask(worker, { picture, ...shape });
    if (jpeg !== null) return jpeg;
    worker.terminate();
    this.#worker = undefined;
    return null;
  }

  async #inPage({ width, height, quality }: Shape): Promise<ArrayBuffer | null> {
    const canvas = this.#canvas;
    canvas.width = width;
    canvas.height = height;
    canvas.getContext("2d", { alpha: false })?.drawImage(this.#video, 0, 0, width, height);
    const blob = await new Promise<Blob | null>((give) => canvas.toBlob(give, "image/jpeg", quality));
    return blob === null ? null : blob.arrayBuffer();
  }
}

/** The size of a picture: as the video is, upright or not, but no larger than was chosen. */
export function fit(
  { videoWidth, videoHeight }: Pick<HTMLVideoElement, "videoWidth" | "videoHeight">,
  { long, short }: Pick<PublishSettings, "long" | "short">,
): { readonly width: number; readonly height: number } {
  const larger = Math.max(videoWidth, videoHeight);
  const smaller = Math.min(videoWidth, videoHeight);
  const scale = Math.min(1, long / larger, short / smaller);
  const pixels = (length: number): number => Math.max(1, Math.round(length * scale));
  return { width: pixels(videoWidth), height: pixels(videoHeight) };
}

/** Safari before 16.4 has no canvas for workers. */
function startWorker(): Worker | undefined {
  if (!("OffscreenCanvas" in window)) return undefined;
  return new Worker(new URL("ui/publish-encoder.js", document.baseURI));
}

/** One order at a time. A worker that cannot be loaded answers with an error event. */
async function ask(worker: Worker, order: EncodeOrder): Promise<ArrayBuffer | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const jpeg = await new Promise<ArrayBuffer | null>((give) => {
    timer = setTimeout(() => give(null), STUCK_MS);
    worker.onmessage = ({ data }: MessageEvent<ArrayBuffer | null>) => give(data);
    worker.onerror = () => give(null);
    worker.postMessage(order, [order.picture]);
  });
  clearTimeout(timer);
  return jpeg;
}
