import { openCapture, reshape, stopCapture, type Capture } from "./capture.ts";
import { Frames } from "./frames.ts";
import { fit, JpegMaker } from "./jpeg.ts";
import { Link, type LinkState } from "./link.ts";
import { Meter } from "./meter.ts";
import { Sender } from "./sender.ts";
import type { PublishSettings } from "./settings.ts";
import { refusalTrouble } from "./refusal.ts";
import { captureLost, captureTrouble, type Trouble } from "./trouble.ts";

/** What the person decided, as opposed to {@link LinkState}: `asking` is while the browser asks for the camera. */
export type Phase = "off" | "asking" | "on";

/** Pictures of this device on their way to a stream: capture, connection and what is between them. */
export class PublishSession {
  readonly meter: Meter = new Meter();
  readonly #video: HTMLVideoElement;
  readonly #onChange: () => void;
  readonly #link = new Link((state) => this.#linkChanged(state));
  readonly #frames: Frames;
  readonly #sender: Sender;
  #settings: PublishSettings;
  #phase: Phase = "off";
  #capture: Capture | undefined;
  #trouble: Trouble | null = null;
  #viewers = 0;
  /** Rises with every start, stop and change, so that an answer which comes too late is known. */
  #turn = 0;

  /** `onChange` is called whenever there is something new to show, but for the meter. */
  constructor(video: HTMLVideoElement, settings: PublishSettings, onChange: () => void) {
    this.#video = video;
    this.#settings = settings;
    this.#onChange = onChange;
    const jpegs = new JpegMaker(video);
    this.#sender = new Sender(
      async () => (this.#canSend() ? jpegs.take(this.#settings) : null),
      (jpeg) => this.#link.send(jpeg),
      this.meter,
      ({ viewers }) => (this.#viewers = viewers),
    );
    this.#frames = new Frames(video, () => {
      if (this.#canSend()) this.#sender.offer();
    });
  }

  /** The choices in use: those before, where the new ones could not be had. */
  get settings(): PublishSettings {
    return this.#settings;
  }

  get phase(): Phase {
    return this.#phase;
  }

  get link(): LinkState {
    return this.#link.state;
  }

  /** The camera or screen whose pictures are taken; undefined while there is none. */
  get capture(): Capture | undefined {
    return this.#capture;
  }

  /** What is wrong and does not mend itself. */
  get trouble(): Trouble | null {
    return this.#trouble;
  }

  /** Pixels of the pictures that are sent, for people. */
  get size(): string {
    const { width, height } = fit(this.#video, this.#settings);
    return `${width} × ${height}`;
  }

  /** How many watch the stream, as the server told with the last picture. */
  get viewers(): number {
    return this.#viewers;
  }

  /** Begins, in answer to a click: browsers show their question only then. */
  async start(settings: PublishSettings, takeover: boolean = false): Promise<void> {
    this.#settings = settings;
    this.#trouble = null;
    this.#viewers = 0;
    this.meter.reset(performance.now());
    this.#phase = "on";
    this.#link.open(settings.name, takeover);
    this.#frames.start(settings.fps);
    if (!isAlive(this.#capture))
      await this.#open({ strict: false, onFailure: (trouble) => this.#fail(trouble) });
  }

  /** Ends it, and lets the camera go. */
  stop(): void {
    this.#turn += 1;
    this.#phase = "off";
    this.#trouble = null;
    this.#link.close();
    this.#frames.stop();
    this.#show(undefined);
  }

  /** Other choices while it runs; the connection stays. */
  async change(settings: PublishSettings): Promise<void> {
    const before = this.#settings;
    this.#settings = settings;
    if (this.#phase === "off") return;
    this.#frames.start(settings.fps);
    const isOther = settings.from !== before.from || settings.camera !== before.camera;
    if (isOther) await this.#replace(before);
    else if (this.#capture !== undefined) await reshape(this.#capture, settings);
  }

  /** What the choices became, with the names that only the open camera tells: nothing changes with it. */
  settle(settings: PublishSettings): void {
    this.#settings = settings;
  }

  /** Devices came or went: a camera that was lost may be back. */
  async devicesChanged(): Promise<void> {
    if (this.#phase !== "on" || this.#capture !== undefined || this.#settings.from === "screen") return;
    await this.#open({ strict: true, onFailure: () => undefined });
  }

  async #replace(before: PublishSettings): Promise<void> {
    // Phones open no camera while another one is open. A screen is chosen first: whoever does not is left as they were.
    if (this.#settings.from === "camera") this.#show(undefined);
    const onFailure = (trouble: Trouble): void => {
      if (isAlive(this.#capture)) this.#settings = before;
      this.#trouble = trouble;
    };
    await this.#open({ strict: true, onFailure });
  }

  async #open(how: {
    readonly strict: boolean;
    readonly onFailure: (trouble: Trouble) => void;
  }): Promise<void> {
    const turn = ++this.#turn;
    const { from } = this.#settings;
    this.#phase = "asking";
    this.#onChange();
    try {
      const capture = await openCapture(this.#settings, how.strict);
      if (turn !== this.#turn) {
        stopCapture(capture);
        return;
      }
      if (this.#link.state.kind !== "refused") this.#trouble = null;
      this.#phase = "on";
      this.#show(capture);
    } catch (error) {
      if (turn !== this.#turn) return;
      this.#phase = "on";
      how.onFailure(captureTrouble(error, from));
      this.#onChange();
    }
  }

  #show(capture: Capture | undefined): void {
    stopCapture(this.#capture);
    this.#capture = capture;
    this.#video.srcObject = capture?.stream ?? null;
    if (capture !== undefined) {
      // A picture that the browser will not play by itself is no reason to fail: its frames come all the same.
      void this.#video.play().catch(() => undefined);
      capture.track.addEventListener("ended", () => this.#ended(capture));
      capture.track.addEventListener("mute", () => this.#onChange());
      capture.track.addEventListener("unmute", () => this.#onChange());
    }
    this.#onChange();
  }

  /** Not by us: unplugged, "Stop sharing", or the permission was taken back. */
  #ended(capture: Capture): void {
    if (capture !== this.#capture) return;
    if (capture.from === "screen") this.#fail(captureLost("screen"));
    else {
      this.#trouble = captureLost("camera");
      this.#show(undefined);
    }
  }

  #fail(trouble: Trouble): void {
    this.stop();
    this.#trouble = trouble;
    this.#onChange();
  }

  #linkChanged(state: LinkState): void {
    if (state.kind === "refused") {
      const trouble = refusalTrouble(state.refusal);
      // What can be put right here at once keeps its camera: a screen would have to be chosen again.
      const isQuick = trouble.offer !== "nothing" && state.refusal.code !== TAKEN_AWAY;
      if (!isQuick) this.#fail(trouble);
      else this.#trouble = trouble;
    }
    this.#onChange();
  }

  #canSend(): boolean {
    return this.#link.state.kind === "open" && isAlive(this.#capture) && this.#capture?.track.muted === false;
  }
}

const TAKEN_AWAY = 4410;

function isAlive(capture: Capture | undefined): boolean {
  return capture?.track.readyState === "live";
}
