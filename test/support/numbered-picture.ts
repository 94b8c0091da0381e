import { segment, withSegments } from "./jpeg-samples.ts";
import { RED } from "./two-pictures.ts";

const COMMENT = 0xfe;
const COMMENT_BYTES = 60_000;

/** A picture with its number in its first bytes and about so many of them; {@link pictureNumbers} finds it. */
export function numberedPicture(number: number, bytes: number): Uint8Array {
  const own = segment(COMMENT, `number${String(number).padStart(6, "0")}`);
  const filling = segment(COMMENT, " ".repeat(COMMENT_BYTES));
  const fillings = Array.from({ length: Math.floor(bytes / COMMENT_BYTES) }, () => filling);
  return withSegments(RED, own, ...fillings);
}

/** The numbers of the pictures in what was read, as latin1. */
export function pictureNumbers(text: string): number[] {
  return Array.from(text.matchAll(/number(\d{6})/g), ([, number]) => Number(number));
}
