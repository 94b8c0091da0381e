import type { TextSlot } from "./card-layout.ts";
import { copyBox, type RawPicture } from "./raw-picture.ts";
import type { Sharp } from "./sharp.ts";
import type { Lettering } from "./svg-text.ts";

/** Writes text into a slot of one picture by copying prepared characters: only those that changed since the last call. */
export type SlotWriter = (target: RawPicture, text: string) => void;

/** Draws each of `chars` once in the slot's size, so that writing them costs no more than copying rows. */
export async function prepareSlot(
  slot: TextSlot,
  chars: string,
  colours: { readonly text: string; readonly ground: string },
  lettering: Lettering,
  sharp: Sharp,
): Promise<SlotWriter> {
  const { cell, height } = slot;
  const size = cell / lettering.width("0");
  const glyphs = Array.from(chars).map((char, index) =>
    lettering.line(char, { x: index * cell, y: height * 0.78, size, fill: colours.text, anchor: "start" }),
  );
  const width = cell * chars.length;
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">` +
    `<rect width="${width}" height="${height}" fill="${colours.ground}"/>${glyphs.join("")}</svg>`;
  const sheet = await rasterise(svg, sharp);
  let written = "";
  return (target, text) => {
    for (let index = 0; index < text.length; index++) {
      if (text[index] === written[index]) continue;
      const from = { x: chars.indexOf(text.charAt(index)) * cell, y: 0, width: cell, height };
      copyBox(sheet, from, target, slot.x + index * cell, slot.y);
    }
    written = text;
  };
}

/** The pixels of an SVG without transparent places. */
export async function rasterise(svg: string, sharp: Sharp): Promise<RawPicture> {
  const { data, info } = await sharp(Buffer.from(svg), { limitInputPixels: false, unlimited: true })
    .flatten()
    .toColourspace("srgb")
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, pixels: data };
}
