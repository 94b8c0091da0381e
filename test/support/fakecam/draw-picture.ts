import sharp from "sharp";
import { drawFrameCode } from "../../../src/images/frame-code.ts";

/**
 * A JPEG with a colour and a number of its own, about as large as a webcam's: 90 KB for 1280x720. The number stands in
 * it as the frame code of the test card, which `readCard` reads, and as the comment `N:17`.
 * @param withoutTables leaves out the Huffman tables, as the firmware of many webcams does.
 */
export async function drawPicture(
  number: number,
  size: { readonly width: number; readonly height: number },
  withoutTables = false,
): Promise<Uint8Array> {
  const { width, height } = size;
  const pixels = Buffer.alloc(width * height * 3);
  const colour = colourOf(number);
  let random = 1;
  for (let at = 0; at < pixels.length; at += 3) {
    random = (Math.imul(random, 1_664_525) + 1_013_904_223) | 0;
    const noise = (random >>> 24) & 15;
    for (let channel = 0; channel < 3; channel++) pixels[at + channel] = (colour[channel] ?? 0) + noise;
  }
  drawFrameCode({ width, height, pixels }, number);
  const jpeg = await sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 75, optimiseCoding: false })
    .toBuffer();
  return withComment(withoutTables ? withoutHuffmanTables(jpeg) : jpeg, `N:${number}`);
}

/** Neighbours in the sequence are far apart on the colour wheel. */
function colourOf(number: number): number[] {
  const angle = number * 2.4;
  return [0, 2.094, 4.189].map((shift) => Math.round(110 + 90 * Math.cos(angle + shift)));
}

function withComment(jpeg: Uint8Array, text: string): Uint8Array {
  const length = text.length + 2;
  return Buffer.concat([
    jpeg.subarray(0, 2),
    Buffer.from([0xff, 0xfe, length >> 8, length & 0xff]),
    Buffer.from(text, "latin1"),
    jpeg.subarray(2),
  ]);
}

function withoutHuffmanTables(jpeg: Uint8Array): Uint8Array {
  const kept: Uint8Array[] = [jpeg.subarray(0, 2)];
  let at = 2;
  while (jpeg[at + 1] !== 0xda) {
    const end = at + 2 + (jpeg[at + 2] ?? 0) * 256 + (jpeg[at + 3] ?? 0);
    if (jpeg[at + 1] !== 0xc4) kept.push(jpeg.subarray(at, end));
    at = end;
  }
  return Buffer.concat([...kept, jpeg.subarray(at)]);
}
