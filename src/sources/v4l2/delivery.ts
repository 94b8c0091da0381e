import type { CapturedImage } from "../../core/frame.ts";
import type { Libc } from "../../system/libc.ts";
import type { SourceReport } from "../source.ts";
import { cameraStalled } from "./camera-error.ts";
import type { CaptureStream } from "./capture-stream.ts";
import type { V4l2Device } from "./v4l2-device.ts";

/** What a camera tells besides its pictures. A camera that is missing fails: it never waits. */
export type CameraReport = Omit<SourceReport, "waiting">;

/** Who gets what a camera delivers. */
export interface Receiver extends CameraReport {
  /** A whole picture, the newest that there was. */
  picture(image: CapturedImage): void;
}

/** No picture for this long, or for five intervals, is a camera that hangs. */
const SILENT_MS = 2_000;
/** Some cameras need seconds before their first picture. */
const FIRST_SILENT_MS = 6_000;

const TORN = "some pictures are cut short; they are left out";

/** Takes the pictures of one running camera as they come, until it is stopped or the camera fails. */
export class Delivery {
  /**
   * Settles when no more pictures come: it was stopped.
   * @throws SourceError when the camera is lost or hangs.
   */
  readonly ended: Promise<undefined>;
  readonly #device: V4l2Device;
  readonly #stream: CaptureStream;
  readonly #receiver: Receiver;
  readonly #silentMs: number;
  readonly #settle: PromiseWithResolvers<undefined>;
  readonly #stopWatching: () => void;
  #timer: NodeJS.Timeout;
  #limitMs: number;
  #silentSince = performance.now();
  #torn = 0;
  #hasEnded = false;

  /** @param intervalMs The time from one picture to the next; undefined where the driver does not tell. */
  constructor(
    libc: Libc,
    device: V4l2Device,
    stream: CaptureStream,
    intervalMs: number | undefined,
    receiver: Receiver,
  ) {
    this.#device = device;
    this.#stream = stream;
    this.#receiver = receiver;
    this.#silentMs = Math.max(SILENT_MS, 5 * (intervalMs ?? 0));
    this.#limitMs = Math.max(FIRST_SILENT_MS, this.#silentMs);
    this.#settle = Promise.withResolvers<undefined>();
    this.ended = this.#settle.promise;
    this.#stopWatching = libc.watchReadable(device.fd, () => this.#take());
    this.#timer = setTimeout(this.#checkSilence, this.#silentMs);
  }

  /** Stops at once. The camera itself goes on. */
  stop(): void {
    this.#leave();
    this.#settle.resolve(undefined);
  }

  #take(): void {
    try {
      const taken = this.#stream.takeNewest();
      if (taken.missed > 0) this.#receiver.dropped(taken.missed);
      if (taken.torn > 0) this.#countTorn(taken.torn);
      if (taken.image !== undefined) this.#hand(taken.image);
    } catch (error) {
      this.#fail(error);
    }
  }

  #countTorn(count: number): void {
    if (this.#torn === 0) this.#receiver.note(`camera ${this.#device.path}: ${TORN}`);
    this.#torn += count;
  }

  #hand(image: CapturedImage): void {
    this.#limitMs = this.#silentMs;
    this.#silentSince = performance.now();
    this.#torn = 0;
    this.#receiver.picture(image);
  }

  /** One timer looks now and then; setting one for each picture would cost more. */
  readonly #checkSilence = (): void => {
    // When this process was busy, pictures may be waiting that nobody has looked at.
    this.#take();
    if (this.#hasEnded) return;
    const leftMs = this.#silentSince + this.#limitMs - performance.now();
    if (leftMs <= 0) this.#fail(cameraStalled(this.#device.path, this.#limitMs, this.#torn));
    else this.#timer = setTimeout(this.#checkSilence, Math.min(leftMs, this.#silentMs));
  };

  #fail(error: unknown): void {
    this.#leave();
    this.#settle.reject(error);
  }

  #leave(): void {
    this.#hasEnded = true;
    clearTimeout(this.#timer);
    this.#stopWatching();
  }
}
