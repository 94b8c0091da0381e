/** The bytes that parts are made of around their bodies. */
export const LF = 0x0a;
/** Carriage return. */
export const CR = 0x0d;
/** Hyphen-minus, two of which begin a delimiter. */
export const DASH = 0x2d;

/** Most bytes of padding before a picture or behind a body. What is longer means something else. */
export const MOST_PADDING = 16;

/** Line breaks, blanks and zeros, which cameras leave where nothing should be. */
export function isPadding(byte: number): boolean {
  return byte === LF || byte === CR || byte === 0x20 || byte === 0x09 || byte === 0;
}
