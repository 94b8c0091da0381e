import { listCameras, type CameraChoice } from "./cameras.ts";
import { part, setText } from "../part.ts";
import type { PublishSettings } from "./settings.ts";

/** The choices on the page. */
export class PublishForm {
  readonly #form = part(document, "form", HTMLFormElement);
  readonly #name = field("name", HTMLInputElement);
  readonly #screen = field("from", HTMLInputElement, "screen");
  readonly #camera = field("camera", HTMLSelectElement);
  readonly #size = field("size", HTMLSelectElement);
  readonly #fps = field("fps", HTMLInputElement);
  readonly #quality = field("quality", HTMLInputElement);
  #settings: PublishSettings;
  #cameras: readonly CameraChoice[] = [];

  /**
   * Shows what was chosen the last time.
   * @param onChange told of every other choice
   * @param onSubmit told when the button is pressed, or Enter in a field
   */
  constructor(settings: PublishSettings, onChange: () => void, onSubmit: () => void) {
    const start = part(this.#form, "start", HTMLButtonElement);
    this.#settings = settings;
    this.show(settings);
    // Phones share no screen.
    part(this.#form, "from", HTMLFieldSetElement).hidden = !canShareScreen();
    this.#form.addEventListener("input", () => this.#showChoices());
    this.#form.addEventListener("change", () => this.#form.checkValidity() && onChange());
    // Enter in a field starts, but must not stop.
    this.#form.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && this.#name.readOnly && event.target !== start) event.preventDefault();
    });
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      onSubmit();
    });
  }

  /** What is chosen now. */
  get settings(): PublishSettings {
    const [long, short] = this.#size.value.split("x").map(Number);
    return {
      ...this.#settings,
      name: this.#name.value,
      from: this.#screen.checked ? "screen" : "camera",
      camera: this.#camera.value,
      long: long ?? this.#settings.long,
      short: short ?? this.#settings.short,
      fps: this.#fps.valueAsNumber,
      quality: this.#quality.valueAsNumber,
    };
  }

  /** The cameras to choose from. */
  get cameras(): readonly CameraChoice[] {
    return this.#cameras;
  }

  /** Shows these choices. */
  show(settings: PublishSettings): void {
    this.#settings = settings;
    this.#name.value = settings.name;
    field("from", HTMLInputElement, settings.from).checked = true;
    if (!canShareScreen()) field("from", HTMLInputElement, "camera").checked = true;
    this.#size.value = `${settings.long}x${settings.short}`;
    if (this.#size.selectedIndex === -1) this.#size.value = "1280x720";
    this.#fps.valueAsNumber = settings.fps;
    this.#quality.valueAsNumber = settings.quality;
    this.#chooseCamera();
    this.#showChoices();
  }

  /** Asks the browser which cameras there are now. */
  async listCameras(): Promise<void> {
    this.#cameras = await listCameras();
    const options = this.#cameras.map(({ value, label }) => new Option(label, value));
    this.#camera.replaceChildren(...options);
    this.#chooseCamera();
  }

  /** While pictures are sent the stream keeps its name. */
  set isRunning(isRunning: boolean) {
    this.#name.readOnly = isRunning;
  }

  #chooseCamera(): void {
    const { camera, facing } = this.#settings;
    this.#camera.value = camera;
    if (this.#camera.selectedIndex === -1) this.#camera.value = facing;
    if (this.#camera.selectedIndex === -1) this.#camera.selectedIndex = 0;
  }

  #showChoices(): void {
    part(this.#form, "camera-field", HTMLElement).hidden = this.#screen.checked;
    setText(part(this.#form, "fps-chosen", HTMLElement), this.#fps.value);
    setText(part(this.#form, "quality-chosen", HTMLElement), this.#quality.value);
  }
}

function canShareScreen(): boolean {
  return "getDisplayMedia" in navigator.mediaDevices;
}

function field<T extends Element>(name: string, type: new () => T, value?: string): T {
  const form = part(document, "form", HTMLFormElement);
  const found = form.querySelector(`[name="${name}"]${value === undefined ? "" : `[value="${value}"]`}`);
  if (!(found instanceof type)) throw new Error(`the page has no field "${name}"`);
  return found;
}
