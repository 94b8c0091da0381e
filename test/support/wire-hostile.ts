import { join, toBytes } from "./jpeg-samples.ts";

const DELIMITER = "\r\n--b0\r\n";
/** The longest length that a part may declare by default. */
const LARGEST = 16_777_216;

/** A segment that jumps as far as one can, into whatever lies there. */
const JUMP = "\xff\xe0\xff\xff";
const SOI = "\xff\xd8";
const SOS = "\xff\xda\0\x02";

/** Input that is made to cost time: each is a beginning, then a piece that is repeated as often as it takes. */
export const HOSTILE: Readonly<Record<string, { readonly begin?: string; readonly again: string }>> = {
  dashes: { again: "-" },
  "dashes in a part": { begin: `${DELIMITER}\r\n`, again: "-" },
  "tokens without line end": { again: "--b0" },
  "tokens with blanks behind": { again: `--b0${" ".repeat(40)}` },
  delimiters: { again: "--b0\r\n" },
  "empty parts": { again: `--b0\r\n\r\n` },
  "empty parts with a long length": { again: `--b0\r\nContent-Length: ${LARGEST}\r\n\r\n` },
  "short parts with a long length": { again: `--b0\r\nContent-Length: ${LARGEST}\r\n\r\nx\r\n` },
  "short parts with a length that grows too long later": {
    again: `--b0\r\nContent-Length: 70000\r\n\r\nx\r\n`,
  },
  "line feeds": { again: "\n" },
  "carriage returns": { begin: DELIMITER, again: "\r" },
  "header lines": { begin: DELIMITER, again: "a: b\r\n" },
  "one header line": { begin: DELIMITER, again: "a" },
  "folded header lines": { begin: `${DELIMITER}a: b\r\n`, again: " c\r\n" },
  "headers again and again": { again: `${DELIMITER}${"a: b\r\n".repeat(20)}\r\n` },
  FFs: { again: "\xff" },
  "FFs in picture data": { begin: `${DELIMITER}\r\n${SOI}${SOS}`, again: "\xff" },
  "stuffed FFs in picture data": { begin: `${DELIMITER}\r\n${SOI}${SOS}`, again: "\xff\0" },
  "restart markers": { begin: `${DELIMITER}\r\n${SOI}${SOS}`, again: "\xff\xd0" },
  "scans without data": { begin: `${DELIMITER}\r\n${SOI}`, again: SOS },
  "starts of pictures": { again: `${SOI}\xff` },
  "starts of pictures in parts": { again: `${DELIMITER}\r\n${SOI}` },
  "pictures of nothing": { again: `${SOI}\xff\xd9` },
  "starts with a jump": { again: `${SOI}${JUMP}` },
  "parts with a jump": { again: `${DELIMITER}\r\n${SOI}${JUMP}` },
  "parts with a jump and a long length": {
    again: `${DELIMITER}Content-Length: ${LARGEST}\r\n\r\n${SOI}${JUMP}`,
  },
  "parts with picture data and a long length": {
    again: `${DELIMITER}Content-Length: ${LARGEST}\r\n\r\n${SOI}${SOS}`,
  },
  "shortest segments": { begin: `${DELIMITER}\r\n${SOI}`, again: "\xff\xe0\0\x02" },
  "shortest segments without a part": { begin: SOI, again: "\xff\xe0\0\x02" },
};

/** So many bytes of it, or a few more. */
export function hostile(name: string, bytes: number): Uint8Array {
  const { begin = "", again } = HOSTILE[name] ?? { again: "" };
  return join(begin, toBytes(again.repeat(Math.ceil(Math.max(1, bytes - begin.length) / again.length))));
}

/** How many parts fit into the range of a jump. */
export const MOST_JUMPERS = 1_000;

/**
 * Parts that all jump to the same long row of segments, at whose end something is wrong: each of them could have the
 * row walked again.
 * @param end what is behind the row; the parts declare that they end there.
 */
export function jumpers(count: number, rowBytes: number, end: string): Uint8Array {
  const headBytes = 44;
  // One byte more, so that each jump ends at the start of a segment.
  const row = "x" + "\xff\xe0\0\x02".repeat(rowBytes / 4);
  const ends = count * headBytes + row.length + end.length;
  const parts = Array.from({ length: count }, (_, index) => {
    const length = String(ends - index * headBytes - headBytes + 6).padStart(10);
    return `${DELIMITER}Content-Length: ${length}\r\n\r\n${SOI}${JUMP}`;
  });
  return join(...parts, row, end, "\r\nnothing");
}
