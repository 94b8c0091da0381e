import { shellStyle } from "./shell-style.ts";

const SVG = "http://www.w3.org/2000/svg";

/** Lines of the icons, in a square of 24. */
const ICONS = {
  camera: "M4 8h3l1.6-2.4h6.8L17 8h3v11H4zM12 16.4a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4z",
  out: "M6 12h12",
  in: "M6 12h12M12 6v12",
  full: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
} as const;

/** What a view is made of, inside its shadow. */
export interface Shell {
  readonly stage: HTMLElement;
  readonly message: HTMLElement;
  readonly what: HTMLElement;
  readonly next: HTMLElement;
  readonly since: HTMLElement;
  readonly bar: HTMLElement;
  readonly readout: HTMLElement;
  readonly snapshot: HTMLButtonElement;
  readonly zoomOut: HTMLButtonElement;
  readonly zoomIn: HTMLButtonElement;
  readonly fullScreen: HTMLButtonElement;
}

/** Builds it; without markup, as pages may forbid that (Trusted Types). */
export function makeShell(root: ShadowRoot): Shell {
  root.adoptedStyleSheets = [shellStyle()];
  const stage = make("div", "stage");
  const message = make("div", "message");
  message.setAttribute("role", "status");
  const what = make("span", "what");
  const next = make("span", "next");
  const since = make("span", "since");
  // It changes with every second: announced it would never be silent.
  since.setAttribute("aria-hidden", "true");
  message.append(what, next, since);
  const bar = make("div", "bar");
  bar.setAttribute("part", "controls");
  const readout = make("span", "readout");
  const snapshot = makeButton("Save a picture", "camera");
  const zoomOut = makeButton("Zoom out", "out");
  const zoomIn = makeButton("Zoom in", "in");
  const fullScreen = makeButton("Full screen", "full");
  zoomOut.classList.add("zooms");
  zoomIn.classList.add("zooms");
  bar.append(readout, snapshot, zoomOut, zoomIn, fullScreen);
  root.append(stage, message, bar, make("div", "ring"));
  return { stage, message, what, next, since, bar, readout, snapshot, zoomOut, zoomIn, fullScreen };
}

/** Makes something that shows a picture; it has none at first. */
export function asPicture<T extends HTMLElement>(element: T): T {
  element.classList.add("picture");
  element.setAttribute("part", "picture");
  // What it shows is said by the stage around it.
  element.setAttribute("aria-hidden", "true");
  return element;
}

/** Sets text only where it changes, so that it is announced once. */
export function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

function make(tag: string, name: string): HTMLElement {
  const element = document.createElement(tag);
  element.className = name;
  if (["stage", "message", "readout"].includes(name)) element.setAttribute("part", name);
  return element;
}

function makeButton(label: string, icon: keyof typeof ICONS): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.title = label;
  button.setAttribute("aria-label", label);
  button.setAttribute("part", "button");
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("viewBox", "0 0 24 24");
  drawing.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[icon]);
  drawing.append(path);
  button.append(drawing);
  return button;
}
