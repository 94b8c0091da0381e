import type { CardLayout } from "./card-layout.ts";
import type { Lettering } from "./svg-text.ts";
import { clipText } from "./wrap-text.ts";

/** What of the test card's text never changes. */
export interface CardText {
  /** The stream's name, in large letters. */
  readonly title: string;
  /** A small line at the bottom of the disc. */
  readonly footer: string;
}

/** Colour behind the texts of the disc; the changing characters are drawn on it too. */
export const DISC_COLOUR = "#0b0e13";

/** Colour of the large texts. */
export const TEXT_COLOUR = "#f5f8fc";

/** Colour of the small texts. */
export const QUIET_COLOUR = "#a9b8c9";

/** The 75 % colour bars of EBU and SMPTE. */
const BARS = ["#bfbfbf", "#bfbf00", "#00bfbf", "#00bf00", "#bf00bf", "#bf0000", "#0000bf"];

const RAMP_STEPS = 11;

/** In radii of the disc, from its middle. */
const RAMP_TOP = 0.56;

/** In radii of the disc. */
const RAMP_HEIGHT = 0.14;

/** Everything on the test card that never changes, as an SVG. */
export function drawCardFace(layout: CardLayout, text: CardText, lettering: Lettering): string {
  const { width, height, centre, radius } = layout;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
<defs>
<linearGradient id="ground" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#2b3644"/><stop offset="1" stop-color="#1a212b"/></linearGradient>
<clipPath id="disc"><circle cx="${centre.x}" cy="${centre.y}" r="${radius}"/></clipPath>
</defs>
<rect width="${width}" height="${height}" fill="url(#ground)"/>
${grid(layout)}${corners(layout)}${frameEdge(layout)}
<circle cx="${centre.x}" cy="${centre.y}" r="${layout.orbit * 1.055}" fill="${DISC_COLOUR}"/>
${dial(layout)}
<g clip-path="url(#disc)">${bars(layout)}${ramp(layout)}</g>
<circle cx="${centre.x}" cy="${centre.y}" r="${radius}" fill="none" stroke="#dfe7f0" stroke-width="${Math.max(1, radius * 0.008)}"/>
${title(layout, text.title, lettering)}${footer(layout, text.footer, lettering)}
<rect y="${layout.stripTop}" width="${width}" height="${height - layout.stripTop}" fill="${DISC_COLOUR}"/>
</svg>`;
}

/** Squares, aligned with the middle: they show a picture that is stretched or cut. */
function grid({ width, stripTop, centre }: CardLayout): string {
  const step = gridStep(width, stripTop);
  let path = "";
  for (let x = centre.x % step; x <= width; x += step) path += `M${x} 0V${stripTop}`;
  for (let y = centre.y % step; y <= stripTop; y += step) path += `M0 ${y}H${width}`;
  return `<path d="${path}" stroke="#fff" stroke-opacity=".16" stroke-width="${Math.max(1, step / 40)}" fill="none"/>`;
}

const gridStep = (width: number, height: number): number => Math.max(8, Math.min(width, height) / 12);

/** A circle in each corner, where lenses and players distort and cut first. */
function corners({ width, stripTop, centre }: CardLayout): string {
  const step = gridStep(width, stripTop);
  const stroke = Math.max(1, step / 24);
  const arm = step * 0.95;
  const near = (length: number) => (length % step < arm ? (length % step) + step : length % step);
  const x = near(centre.x);
  const y = near(centre.y);
  const place = (cx: number, cy: number) =>
    `<circle cx="${cx}" cy="${cy}" r="${step * 0.75}"/><path d="M${cx - arm} ${cy}h${2 * arm}M${cx} ${cy - arm}v${2 * arm}"/>`;
  return `<g fill="none" stroke="#cfdae6" stroke-opacity=".75" stroke-width="${stroke}">${place(x, y)}${place(width - x, y)}${place(x, stripTop - y)}${place(width - x, stripTop - y)}</g>`;
}

/** A line along the very edge of the picture: where it is missing, the picture is cut. */
function frameEdge({ width, stripTop }: CardLayout): string {
  const stroke = Math.max(2, Math.round(Math.min(width, stripTop) / 180));
  return `<rect x="${stroke / 2}" y="${stroke / 2}" width="${width - stroke}" height="${stripTop - stroke}" fill="none" stroke="#f5f8fc" stroke-width="${stroke}"/>`;
}

/** The ring with a tick each 50 ms of a second. */
function dial({ centre, orbit, dot }: CardLayout): string {
  let path = "";
  for (let tick = 0; tick < 20; tick++) {
    const angle = (tick / 20) * 2 * Math.PI;
    const half = tick % 5 === 0 ? dot * 0.75 : dot * 0.35;
    const at = (r: number) => `${centre.x + r * Math.sin(angle)} ${centre.y - r * Math.cos(angle)}`;
    path += `M${at(orbit - half)}L${at(orbit + half)}`;
  }
  return `<path d="${path}" stroke="#8fa1b5" stroke-width="${Math.max(1, dot * 0.22)}" fill="none"/>`;
}

function bars({ centre, radius }: CardLayout): string {
  const width = (2 * radius) / BARS.length;
  return BARS.map(
    (colour, index) =>
      `<rect x="${centre.x - radius + index * width}" y="${centre.y - 0.56 * radius}" width="${width + 0.5}" height="${0.29 * radius}" fill="${colour}"/>`,
  ).join("");
}

function ramp({ centre, radius }: CardLayout): string {
  const half = 0.66 * radius;
  const width = (2 * half) / RAMP_STEPS;
  const steps = Array.from({ length: RAMP_STEPS }, (_, step) => {
    const grey = Math.round((255 * step) / (RAMP_STEPS - 1));
    return `<rect x="${centre.x - half + step * width}" y="${centre.y + RAMP_TOP * radius}" width="${width + 0.5}" height="${RAMP_HEIGHT * radius}" fill="rgb(${grey},${grey},${grey})"/>`;
  });
  // Its black would not be told from the disc without a line around it.
  return `${steps.join("")}<rect x="${centre.x - half}" y="${centre.y + RAMP_TOP * radius}" width="${2 * half}" height="${RAMP_HEIGHT * radius}" fill="none" stroke="#5b6a7b" stroke-width="${Math.max(1, radius * 0.005)}"/>`;
}

function title({ centre, radius }: CardLayout, text: string, lettering: Lettering): string {
  const room = radius * 1.3;
  const size = Math.min(radius * 0.2, Math.max(radius * 0.1, room / Math.max(1, lettering.width(text))));
  const shown = clipText(text, room / size, (part) => lettering.width(part));
  return lettering.line(shown, {
    x: centre.x,
    y: centre.y - 0.695 * radius + size * 0.36,
    size,
    fill: TEXT_COLOUR,
    anchor: "middle",
  });
}

function footer({ centre, radius }: CardLayout, text: string, lettering: Lettering): string {
  const size = Math.min(radius * 0.085, (radius * 0.9) / lettering.width(text));
  return lettering.line(text, {
    x: centre.x,
    y: centre.y + 0.845 * radius,
    size,
    fill: QUIET_COLOUR,
    anchor: "middle",
  });
}
