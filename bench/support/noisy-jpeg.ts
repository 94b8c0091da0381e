/** Bytes of the picture. */
export const NOISY_JPEG_BYTES = 100_000;

/** A JPEG of 100 000 bytes by its structure, whose picture data is noise: what reads it, but decodes it not, has as much to do. */
function noisyJpeg(): Uint8Array {
  const head = Buffer.concat([
    Buffer.from("ffd8ffdb004300", "hex"),
    Buffer.alloc(64, 16),
    Buffer.from("ffc0000b0802d00500010111 00".replaceAll(" ", ""), "hex"),
    Buffer.from("ffc40014000100000000000000000000000000000000", "hex"),
    Buffer.from("ffda0008010100003f00", "hex"),
  ]);
  const data = Buffer.alloc(NOISY_JPEG_BYTES - head.length - 2);
  let random = 1;
  for (let at = 0; at < data.length; at++) {
    random = (Math.imul(random, 1_664_525) + 1_013_904_223) | 0;
    data[at] = random >>> 24;
    // In picture data every FF is followed by 00.
    if (at > 0 && data[at - 1] === 0xff) data[at] = 0;
  }
  data[data.length - 1] = 0;
  return Buffer.concat([head, data, Buffer.from("ffd9", "hex")]);
}

/** The same as a part of a stream, as ffmpeg writes it. */
export function noisyPart(): Uint8Array {
  const head = `--ffmpeg\r\nContent-type: image/jpeg\r\nContent-length: ${NOISY_JPEG_BYTES}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), noisyJpeg(), Buffer.from("\r\n")]);
}
