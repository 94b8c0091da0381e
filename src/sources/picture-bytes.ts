/** Converts the bytes of a PNG, WebP, GIF, TIFF or AVIF image to a JPEG; the app passes it in, as sources decode nothing. */
export type ToJpeg = (bytes: Uint8Array) => Promise<Uint8Array>;

/** Whether bytes begin as a JPEG does (SOI and another marker). */
export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}
