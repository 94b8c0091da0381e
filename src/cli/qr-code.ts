import { renderUnicodeCompact } from "uqr";

/** A QR code for terminals, two rows of squares a line, readable on dark and on light ones. */
export function qrCode(text: string): string {
  return renderUnicodeCompact(text, { border: 2 })
    .split("\n")
    .map((line) => `  ${line}`)
    .join("\n");
}
