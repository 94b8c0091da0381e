/**
 * How a view looks. A constructed sheet, which a page's policy against inline styles does not forbid, and which all
 * views share.
 */
export function shellStyle(): CSSStyleSheet {
  sheet ??= makeSheet();
  return sheet;
}

let sheet: CSSStyleSheet | undefined;

function makeSheet(): CSSStyleSheet {
  const made = new CSSStyleSheet();
  made.replaceSync(CSS);
  return made;
}

const CSS = `
:host {
  --_ink: #f3f2ee;
  --_glass: rgb(12 13 15 / 62%);
  --_accent: var(--kinora-view-accent, #f0b648);
  display: block;
  position: relative;
  container-type: inline-size;
  overflow: hidden;
  background: var(--kinora-view-background, #0b0c0d);
  color: var(--_ink);
  font: 14px/1.4 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
  border-radius: var(--kinora-view-radius, 0);
}
:host([hidden]), [hidden] { display: none !important; }
:host(:fullscreen) { border-radius: 0; }
.stage {
  position: relative;
  width: 100%;
  height: 100%;
  min-height: inherit;
  overflow: hidden;
  outline: none;
}
:host(:fullscreen) .stage { height: 100vh; }
.stage.on { touch-action: pan-x pan-y; cursor: zoom-in; }
.stage.zoomed { touch-action: none; cursor: grab; }
.stage.zoomed:active { cursor: grabbing; }
.ring {
  position: absolute;
  inset: 0;
  border-radius: inherit;
  pointer-events: none;
}
/* An empty view would have no edge on a dark page. */
.lost ~ .ring { box-shadow: inset 0 0 0 1px rgb(255 255 255 / 16%); }
.stage:focus-visible ~ .ring { box-shadow: inset 0 0 0 2px var(--_accent), inset 0 0 0 4px #000; }
.picture {
  display: block;
  width: 100%;
  height: 100%;
  position: absolute;
  inset: 0;
  object-fit: contain;
  transition: filter .25s;
  -webkit-user-select: none;
  user-select: none;
  pointer-events: none;
}
.picture.none { visibility: hidden; }
:host([fit=cover]) .picture { object-fit: cover; }
:host([fit=fill]) .picture { object-fit: fill; }
.lost .picture { filter: brightness(.5) saturate(.4) blur(8px); }
.lost.soon .picture { transition-delay: .7s; }
.message {
  position: absolute;
  inset: 0;
  margin: 0;
  padding: 12px 16px;
  display: flex;
  flex-direction: column;
  align-items: center;
  justify-content: center;
  gap: 2px;
  text-align: center;
  pointer-events: none;
  overflow: hidden;
  text-wrap: balance;
  overflow-wrap: anywhere;
}
.message > span { max-width: 46em; text-shadow: 0 1px 3px #000; }
.what { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 5; overflow: hidden; }
.next, .since { color: rgb(243 242 238 / 72%); font-size: .93em; }
.message.soon > span { animation: appear .2s .7s backwards; }
@keyframes appear { from { opacity: 0 } }
.message.unseen { clip-path: inset(50%); width: 1px; height: 1px; padding: 0; }
.bar {
  position: absolute;
  inset: auto 0 0;
  display: flex;
  align-items: center;
  gap: 4px;
  padding: 28px 8px 8px 12px;
  background: linear-gradient(transparent, rgb(8 9 10 / 72%));
  opacity: 0;
  transition: opacity .18s;
  pointer-events: none;
}
:host(:hover) .bar, :host(:focus-within) .bar, .bar.touched { opacity: 1; }
:host(:hover) .bar button, :host(:focus-within) .bar button, .bar.touched button { pointer-events: auto; }
.readout {
  flex: 1;
  min-width: 0;
  overflow: hidden;
  white-space: nowrap;
  text-overflow: ellipsis;
  font-variant-numeric: tabular-nums;
  font-size: 13px;
  text-shadow: 0 1px 2px #000;
}
.readout::before {
  content: "";
  display: inline-block;
  width: 8px;
  height: 8px;
  margin-inline-end: 7px;
  border-radius: 50%;
  background: #4fd08a;
}
.lost ~ .bar .readout::before { background: #f1b447; }
button {
  flex: none;
  display: grid;
  place-items: center;
  width: 36px;
  height: 36px;
  padding: 0;
  border: 0;
  border-radius: 9px;
  background: var(--_glass);
  color: inherit;
  cursor: pointer;
}
button:hover { background: rgb(60 63 69 / 88%); }
button:active { background: rgb(84 88 95 / 90%); }
button:focus-visible { outline: 2px solid var(--_accent); outline-offset: 1px; }
button[aria-disabled=true] { opacity: .45; cursor: default; }
svg {
  width: 20px;
  height: 20px;
  fill: none;
  stroke: currentColor;
  stroke-width: 1.7;
  stroke-linecap: round;
  stroke-linejoin: round;
}
@container (max-width: 319.9px) { .zooms, .since { display: none; } .message { font-size: 13px; } .what { -webkit-line-clamp: 4; } }
@container (max-width: 199.9px) { .bar, .next { display: none; } .message { font-size: 11px; padding: 6px; } }
@media (hover: none) { .bar button { width: 44px; height: 44px; } }
@media (forced-colors: active) { button { border: 1px solid; } }
@media (prefers-reduced-motion: reduce) { *, .message.soon > span { transition: none; animation-duration: 0s; } }
`;
