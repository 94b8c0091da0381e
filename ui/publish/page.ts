import { part, setText } from "../part.ts";
import { IS_HAND_HELD } from "./cameras.ts";
import type { Capture } from "./capture.ts";
import { PublishForm } from "./form.ts";
import { setPublishKey } from "./key.ts";
import { PublishSession } from "./session.ts";
import { keepSettings, loadSettings, type PublishSettings } from "./settings.ts";
import { PublishView } from "./view.ts";
import { WakeLock } from "./wake-lock.ts";
import { showAddresses } from "./watch.ts";

/** For figures that change all the time. */
const EVERY_MS = 500;

/** Shapes of the preview: width divided by height. */
const TALLEST = 0.75;
const WIDEST = 2.4;

const STAYS_AWAKE = "Phones stop the camera of a page in the background: keep this one in front.";
const SLEEPS = "This browser does not keep the screen awake: set the device so that it never turns dark.";

/** Ties the choices, the buttons and what is shown to one session. */
export class PublishPage {
  readonly #video: HTMLVideoElement;
  readonly #form: PublishForm;
  readonly #session: PublishSession;
  readonly #view: PublishView;
  readonly #wakeLock = new WakeLock((isHeld) => showAwake(isHeld));
  readonly #flip = part(document, "flip", HTMLElement);
  #capture: Capture | undefined;

  constructor(video: HTMLVideoElement) {
    this.#video = video;
    this.#form = new PublishForm(
      loadSettings(),
      () => void this.#change(),
      () => this.#startOrStop(),
    );
    this.#session = new PublishSession(video, this.#form.settings, () => this.#show());
    this.#view = new PublishView(this.#session);
  }

  /** Shows the page as it is, and from then on what changes. */
  open(): void {
    showAddresses(this.#form.settings.name);
    showAwake(true);
    this.#show();
    this.#watchButtons();
    void this.#form.listCameras().then(() => this.#show());
    this.#video.addEventListener("resize", () => this.#shape());
    setInterval(() => document.hidden || this.#view.update(), EVERY_MS);
    document.addEventListener("visibilitychange", () => {
      this.#view.update();
      // Phones pause the video with the page.
      if (!document.hidden) void this.#video.play().catch(() => undefined);
    });
    navigator.mediaDevices.addEventListener("devicechange", () => {
      void this.#form.listCameras();
      void this.#session.devicesChanged();
    });
    // A page that is left must not come back from the browser's memory with a dead camera.
    addEventListener("pagehide", () => this.#session.stop());
  }

  #watchButtons(): void {
    this.#flip.addEventListener("click", () => void this.#session.change(this.#flipped()));
    part(document, "takeover", HTMLElement).addEventListener("click", () => this.#start(true));
    part(document, "key-form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      const field = part(document, "key", HTMLInputElement);
      setPublishKey(field.value);
      field.value = "";
      this.#start();
    });
  }

  /** The preview has the shape of the pictures, upright or not, within what fits on a screen. */
  #shape(): void {
    const { videoWidth, videoHeight } = this.#video;
    if (videoWidth === 0) return;
    const aspect = Math.min(Math.max(videoWidth / videoHeight, TALLEST), WIDEST);
    part(document, "stage", HTMLElement).style.setProperty("--aspect", String(aspect));
  }

  #startOrStop(): void {
    if (this.#session.phase === "off") this.#start();
    else this.#session.stop();
  }

  #start(takeover: boolean = false): void {
    keepSettings(this.#form.settings);
    void this.#session.start(this.#form.settings, takeover);
  }

  async #change(): Promise<void> {
    const chosen = this.#form.settings;
    keepSettings(chosen);
    showAddresses(chosen.name);
    await this.#session.change(chosen);
    // What could not be had is not what is chosen: a screen that nobody shared leaves the camera.
    if (this.#session.settings.from !== chosen.from) this.#form.show(this.#session.settings);
    this.#show();
  }

  /** A phone's camera on the other side; elsewhere the next one of the list. */
  #flipped(): PublishSettings {
    const { settings, cameras } = this.#form;
    const facing = this.#session.capture?.track.getSettings().facingMode;
    if (IS_HAND_HELD && facing !== undefined)
      return { ...settings, camera: facing === "user" ? "environment" : "user" };
    const place = cameras.findIndex(({ value }) => value === settings.camera);
    return { ...settings, camera: cameras[(place + 1) % cameras.length]?.value ?? "" };
  }

  #show(): void {
    const { phase, settings, capture } = this.#session;
    this.#view.update();
    this.#form.isRunning = phase !== "off";
    if (phase === "off") this.#wakeLock.release();
    else this.#wakeLock.hold();
    const hasPicture = capture?.from === "camera" && settings.from === "camera";
    this.#flip.hidden = !hasPicture || this.#form.cameras.length < 2;
    if (this.#capture === capture) return;
    this.#capture = capture;
    if (capture?.from === "camera") void this.#learn(capture);
  }

  /** Which camera it became; and now that one was allowed, what all of them are called. */
  async #learn({ track }: Capture): Promise<void> {
    const { deviceId = "", facingMode = this.#session.settings.facing } = track.getSettings();
    const known = { ...this.#session.settings, camera: deviceId, facing: facingMode };
    this.#session.settle(known);
    this.#form.show(known);
    keepSettings(known);
    await this.#form.listCameras();
    this.#show();
  }
}

function showAwake(isHeld: boolean): void {
  setText(part(document, "awake", HTMLElement), isHeld ? STAYS_AWAKE : `${SLEEPS} ${STAYS_AWAKE}`);
}
