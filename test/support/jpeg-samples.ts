/** Small real pictures in the shapes that cameras and programs make, and ways to damage them. */

/** Made by FFmpeg and libjpeg-turbo; 32x32 pixels, the last three 48x32. */
export const SAMPLES: Readonly<
  Record<"baseline" | "halfChroma" | "restarts" | "progressive" | "grey" | "thumbnail", Uint8Array>
> = {
  /** Baseline, 4:2:0, with JFIF, a comment and the standard Huffman tables in one segment. */
  baseline: fromBase64(
    "/9j/4AAQSkZJRgABAgAAAQABAAD//gAQTGF2YzU5LjM3LjEwMAD/2wBDAAgICAkICQsLCwsLCw0MDQ0NDQ0NDQ0NDQ0ODg4REREO" +
      "Dg4NDQ4OEBARERITEhERERETExQUFBgYFxccHB0iIin/xAGiAAABBQEBAQEBAQAAAAAAAAAAAQIDBAUGBwgJCgsBAAMBAQEBAQEB" +
      "AQEAAAAAAAABAgMEBQYHCAkKCxAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkK" +
      "FhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ip" +
      "qrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6EQACAQIEBAMEBwUEBAABAncAAQIDEQQFITEG" +
      "EkFRB2FxEyIygQgUQpGhscEJIzNS8BVictEKFiQ04SXxFxgZGiYnKCkqNTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1" +
      "dnd4eXqCg4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2dri4+Tl5ufo6ery8/T19vf4" +
      "+fr/wAARCAAgACADASIAAhEAAxEA/9oADAMBAAIRAxEAPwDxyiilHWv35uyueWtWbVivStSqNmMLV6v514mre3zWu+zsfvHD1L2O" +
      "W0V3VzkKcgywptSwjLiv6ExM/Z0Ksu0JfkfhmHjz1qce84/mdDbDCVZqKEYQVLX805jU9rjK8u82f0HgIezwlGPaCP/Z",
  ),
  /** Baseline, 4:2:2. */
  halfChroma: fromBase64(
    "/9j/4AAQSkZJRgABAgAAAQABAAD//gAQTGF2YzU5LjM3LjEwMAD/2wBDAAgICAkICQsLCwsLCw0MDQ0NDQ0NDQ0NDQ0ODg4REREO" +
      "Dg4NDQ4OEBARERITEhERERETExQUFBgYFxccHB0iIin/xAGiAAABBQEBAQEBAQAAAAAAAAAAAQIDBAUGBwgJCgsBAAMBAQEBAQEB" +
      "AQEAAAAAAAABAgMEBQYHCAkKCxAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkK" +
      "FhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ip" +
      "qrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6EQACAQIEBAMEBwUEBAABAncAAQIDEQQFITEG" +
      "EkFRB2FxEyIygQgUQpGhscEJIzNS8BVictEKFiQ04SXxFxgZGiYnKCkqNTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1" +
      "dnd4eXqCg4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2dri4+Tl5ufo6ery8/T19vf4" +
      "+fr/wAARCAAgACADASIAAhIAAxIA/9oADAMBAAIRAxEAPwDxyiilHWv38UtE/Q8oa1a9TasV6VqVRsxhavV/PfFk+fN639dWcnEE" +
      "+fNMQ/7x+6cMw5Mro/10R05HHky6gv7pyFOQZYU2pYRlxX9GVnalN9oy/IyxsuXC1n/cl+R+C0lepBf3o/maYRc2IpL+/H8zobYY" +
      "SrNRQjCCpa/m/Npc+PxD/vswxsubFVn/AH5fmfv2WR5cFQX9xG2EXLh6S/uR/I//2Q==",
  ),
  /** Baseline with restart markers. */
  restarts: fromBase64(
    "/9j/4AAQSkZJRgABAgAAAQABAAD//gAQTGF2YzU5LjM3LjEwMAD/2wBDAAgICAkICQsLCwsLCw0MDQ0NDQ0NDQ0NDQ0ODg4REREO" +
      "Dg4NDQ4OEBARERITEhERERETExQUFBgYFxccHB0iIin/3QAEAAL/xAGiAAABBQEBAQEBAQAAAAAAAAAAAQIDBAUGBwgJCgsBAAMB" +
      "AQEBAQEBAQEAAAAAAAABAgMEBQYHCAkKCxAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAk" +
      "M2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKj" +
      "pKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6EQACAQIEBAMEBwUEBAABAncAAQID" +
      "EQQFITEGEkFRB2FxEyIygQgUQpGhscEJIzNS8BVictEKFiQ04SXxFxgZGiYnKCkqNTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZn" +
      "aGlqc3R1dnd4eXqCg4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2dri4+Tl5ufo6ery" +
      "8/T19vf4+fr/wAARCAAgACADASIAAhEAAxEA/9oADAMBAAIRAxEAPwDxyiilHWv35uyueWtWbVivStSqNmMLV6v514mre3zWu+zs" +
      "fvHD1L2OW0V3Vz//0PHKcgywptSwjLiv3jEz9nQqy7Ql+RwYePPWpx7zj+Z0NsMJVmooRhBUtfzTmNT2uMry7zZ/QeAh7PCUY9oI" +
      "/9k=",
  ),
  /** Progressive, ten scans, its own Huffman tables between them. */
  progressive: fromBase64(
    "/9j/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxOUlNSMj5aYVpQYEpRUk//2wBD" +
      "AQ4ODhMREyYVFSZPNS01T09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT0//wgARCAAgADAD" +
      "ASIAAhEBAxEB/8QAFwABAQEBAAAAAAAAAAAAAAAABAMCBv/EABgBAAMBAQAAAAAAAAAAAAAAAAIDBAAG/9oADAMBAAIQAxAAAAHn" +
      "qovgLRW2VH2nYVntaquZPRGxrPRGws//xAAZEAEAAwEBAAAAAAAAAAAAAAAAAQISESH/2gAIAQEAAQUCiqKooijDMIqirnHJYRCt" +
      "XOIo4yyrVn3LLLL/xAAWEQADAAAAAAAAAAAAAAAAAAAAAgP/2gAIAQMBAT8BWolRKi0EoJQ//8QAHBEAAgIDAQEAAAAAAAAAAAAA" +
      "AAEDEhEhQQIx/9oACAECAQE/AY1YajWvo6rh4kxHrpfGkXwf/8QAFRABAQAAAAAAAAAAAAAAAAAAMDH/2gAIAQEABj8COL//xAAe" +
      "EAEAAQMFAQAAAAAAAAAAAAABABARISAxQVFxYf/aAAgBAQABPyHQIneFa7eGYNAG86aDF9pDdoE9gvCgXTk2hwIW7GYdss//2gAM" +
      "AwEAAgADAAAAEMmhWR9P/8QAGBEAAwEBAAAAAAAAAAAAAAAAAAEREFH/2gAIAQMBAT8QkOY7pdlcf//EACARAQABAwMFAAAAAAAA" +
      "AAAAAAEAITFREUGhYXGRsfD/2gAIAQIBAT8QjZ3MEdBA4qvGkYt1BEGwHlcH3EVRbt6W69Cf/8QAHhAAAgIDAQEBAQAAAAAAAAAA" +
      "AAERITFRYUGBcbH/2gAIAQEAAT8Q4nE4nAQlMEuiTtr5ZxOImItoc1coi6IT6fSWKKMK2CqWqHELC36yranRESXHIx0S1YolBws/" +
      "pBXfr0KikP8AgWnR6D//2Q==",
  ),
  /** Baseline, one component, no JFIF. */
  grey: fromBase64(
    "/9j/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxOUlNSMj5aYVpQYEpRUk//wAAL" +
      "CAAgADABAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEG" +
      "E1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4" +
      "eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6" +
      "/9oACAEBAAA/AOAW0x2qxHbEdquRW59KuRW7elXY7cgZPH1q3HGo6sKyBZe1Tx2XtVgW6x8bcn0p6QyN7fSrEdqFxu4qzHCOyk/W" +
      "hbL2qX7JsXgcmiOx9qlW2PRR+NSpaBeo5qdLY+mBVxbLnpTjZ5bpTvsfYCni0xwBzT1s9vbmpVtPUZNf/9k=",
  ),
  /** Of 16x11 pixels, to be put into others. */
  thumbnail: fromBase64(
    "/9j/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8ybqmx5moq6T/2wBD" +
      "ARweHigjKE4rK06kbl1upKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKT/wAARCAALABAD" +
      "ASIAAhEBAxEB/8QAFAABAAAAAAAAAAAAAAAAAAAABP/EAB4QAAEDBAMAAAAAAAAAAAAAAAABAgMEESJRMVKR/8QAFAEBAAAAAAAA" +
      "AAAAAAAAAAAAA//EABoRAAICAwAAAAAAAAAAAAAAAAACAQQDESH/2gAMAwEAAhEDEQA/ABQ0KWTEXFRJ1TwfExutCo2NtwG2XUcD" +
      "rWWP/9k=",
  ),
};

const APP0 = 0xe0;
const APP1 = 0xe1;
const COM = 0xfe;
const DHT = 0xc4;
const SOS = 0xda;

/** Joins pieces of bytes and of Latin-1 text. */
export function join(...pieces: readonly (Uint8Array | string)[]): Uint8Array {
  return new Uint8Array(Buffer.concat(pieces.map((piece) => Buffer.from(toBytes(piece)))));
}

/** Bytes of Latin-1 text; bytes stay as they are. */
export function toBytes(piece: Uint8Array | string): Uint8Array {
  return typeof piece === "string" ? new Uint8Array(Buffer.from(piece, "latin1")) : piece;
}

/** A marker segment with its length. */
export function segment(marker: number, content: Uint8Array | string): Uint8Array {
  const bytes = toBytes(content);
  const length = bytes.length + 2;
  return join(Uint8Array.of(0xff, marker, length >> 8, length & 0xff), bytes);
}

/** The picture with segments put behind its SOI. */
export function withSegments(jpeg: Uint8Array, ...segments: readonly Uint8Array[]): Uint8Array {
  return join(jpeg.subarray(0, 2), ...segments, jpeg.subarray(2));
}

/** The picture with a comment. */
export function withComment(jpeg: Uint8Array, text: string): Uint8Array {
  return withSegments(jpeg, segment(COM, text));
}

/** The picture with an EXIF segment that tells an orientation and, unless left out, holds a thumbnail with its own SOI and EOI. */
export function withExif(
  jpeg: Uint8Array,
  orientation: number,
  thumbnail?: Uint8Array,
  littleEndian = false,
): Uint8Array {
  const bytes = Buffer.alloc(26 + (thumbnail === undefined ? 0 : 30));
  const put16 = (value: number, at: number) =>
    littleEndian ? bytes.writeUInt16LE(value, at) : bytes.writeUInt16BE(value, at);
  const put32 = (value: number, at: number) =>
    littleEndian ? bytes.writeUInt32LE(value, at) : bytes.writeUInt32BE(value, at);
  const entry = (at: number, tag: number, type: number, value: number) => {
    put16(tag, at);
    put16(type, at + 2);
    put32(1, at + 4);
    if (type === 3) put16(value, at + 8);
    else put32(value, at + 8);
  };
  bytes.write(littleEndian ? "II" : "MM", 0, "latin1");
  put16(42, 2);
  put32(8, 4);
  put16(1, 8);
  entry(10, 0x0112, 3, orientation);
  if (thumbnail !== undefined) {
    put32(26, 22);
    put16(2, 26);
    entry(28, 0x0201, 4, 56);
    entry(40, 0x0202, 4, thumbnail.length);
  }
  return withSegments(jpeg, segment(APP1, join("Exif\0\0", bytes, thumbnail ?? "")));
}

/** The picture with a JFIF extension that holds a thumbnail. */
export function withJfxx(jpeg: Uint8Array, thumbnail: Uint8Array): Uint8Array {
  return withSegments(jpeg, segment(APP0, join("JFXX\0\x10", thumbnail)));
}

/** The picture without its Huffman tables, as AVI1 webcams send it. */
export function withoutTables(jpeg: Uint8Array): Uint8Array {
  const pieces: Uint8Array[] = [jpeg.subarray(0, 2)];
  let at = 2;
  while (jpeg[at + 1] !== SOS) {
    const end = at + 2 + ((jpeg[at + 2] ?? 0) << 8) + (jpeg[at + 3] ?? 0);
    if (jpeg[at + 1] !== DHT) pieces.push(jpeg.subarray(at, end));
    at = end;
  }
  return join(...pieces, jpeg.subarray(at));
}

/** The picture without its end marker. */
export function withoutEnd(jpeg: Uint8Array): Uint8Array {
  return jpeg.subarray(0, -2);
}

/** The first part of the picture, cut in its picture data. */
export function cut(jpeg: Uint8Array, share = 0.9): Uint8Array {
  return jpeg.subarray(0, Math.floor(jpeg.length * share));
}

/** A picture of about that many bytes: a real head, then noise that is stuffed as picture data is. Same seed, same bytes. */
export function largeJpeg(bytes: number, seed = 1): Uint8Array {
  const head = SAMPLES.baseline.subarray(0, scanAt(SAMPLES.baseline));
  const data = new Uint8Array(bytes - head.length - 2);
  let state = seed;
  for (let index = 0; index < data.length; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const byte = state >>> 24;
    data[index] = data[index - 1] === 0xff ? 0 : byte;
  }
  if (data.at(-1) === 0xff) data[data.length - 1] = 0;
  return join(head, data, Uint8Array.of(0xff, 0xd9));
}

/** Where the picture data of a picture begins. */
export function scanAt(jpeg: Uint8Array): number {
  let at = 2;
  for (;;) {
    const end = at + 2 + ((jpeg[at + 2] ?? 0) << 8) + (jpeg[at + 3] ?? 0);
    if (jpeg[at + 1] === SOS) return end;
    at = end;
  }
}

function fromBase64(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "base64"));
}
