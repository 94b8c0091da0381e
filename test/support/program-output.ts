/** What programs write that make pictures, in the ways that they write it. */

const part = (jpeg: Uint8Array, boundary: string, headers: string): Buffer =>
  Buffer.concat([Buffer.from(`--${boundary}\r\n${headers}\r\n`), jpeg, Buffer.from("\r\n")]);

/** As ffmpeg does it: `-f mpjpeg`. */
export function mpjpeg(jpegs: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    jpegs.map((jpeg) =>
      part(jpeg, "ffmpeg", `Content-type: image/jpeg\r\nContent-length: ${jpeg.length}\r\n`),
    ),
  );
}

/** As a program of a web server does it: its own head, parts without lengths, LF alone. */
export function serverPush(jpegs: readonly Uint8Array[], status = "", dashes = "--"): Buffer {
  const head = `${status}Content-type: multipart/x-mixed-replace;boundary=ThisRandomString\n\n${dashes}ThisRandomString\n`;
  const parts = jpegs.map((jpeg) =>
    Buffer.concat([
      Buffer.from("Content-type: image/jpeg\n\n"),
      jpeg,
      Buffer.from(`\n${dashes}ThisRandomString\n`),
    ]),
  );
  return Buffer.concat([Buffer.from(head), ...parts]);
}

/** An AVI as it is written to a pipe: the lengths of its lists are not known. */
export function avi(jpegs: readonly Uint8Array[], listLength = 0): Buffer {
  const chunk = (kind: string, bytes: Uint8Array): Buffer => {
    const head = Buffer.from(`${kind}\0\0\0\0`, "latin1");
    head.writeUInt32LE(bytes.length, 4);
    return Buffer.concat([head, bytes, Buffer.alloc(bytes.length % 2)]);
  };
  const list = (kind: string, of: string): Buffer => {
    const head = Buffer.from(`${kind}\0\0\0\0${of}`, "latin1");
    head.writeUInt32LE(listLength, 4);
    return head;
  };
  return Buffer.concat([
    list("RIFF", "AVI "),
    list("LIST", "hdrl"),
    chunk("avih", Buffer.alloc(56)),
    list("LIST", "strl"),
    chunk("strh", Buffer.alloc(56)),
    chunk("strf", Buffer.alloc(41)),
    chunk("JUNK", Buffer.alloc(1_001, "RIFF")),
    list("LIST", "movi"),
    // Sound between the pictures, and a chunk without a picture where one is repeated.
    ...jpegs.flatMap((jpeg) => [
      chunk("01wb", Buffer.alloc(333)),
      chunk("00dc", jpeg),
      chunk("00dc", Buffer.alloc(0)),
    ]),
    chunk("idx1", Buffer.alloc(16 * jpegs.length)),
  ]);
}
