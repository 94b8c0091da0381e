/** The longest text that is read: a title of 1 KiB. */
const MOST_TEXT_WORDS = 256;
/** Most windows of a list that are read. */
const MOST_LISTED = 512;

/** Numbers of what every X server knows (X11 protocol, appendix A and B). */
export const WM_NAME = 39;
const STRUCTURE_NOTIFY = 0x2_00_00;
const EVENT_MASK = 0x8_00;

/** Asks where a window is within its parent, and how large. */
export const getGeometry = (window: number): Buffer => request(14, 0, window);

/** Asks for the kind of a window, and whether it is on the screen. */
export const getAttributes = (window: number): Buffer => request(3, 0, window);

/** Asks for the windows within a window, the lowest first. */
export const queryTree = (window: number): Buffer => request(15, 0, window);

/** Asks where the corner of a window is within another one. */
export const translateCorner = (window: number, within: number): Buffer => request(40, 0, window, within, 0);

/** Asks for a text that is kept at a window. */
export const getText = (window: number, name: number): Buffer => getProperty(window, name, MOST_TEXT_WORDS);

/** Asks for a list of windows that is kept at a window. */
export const getList = (window: number, name: number): Buffer => getProperty(window, name, MOST_LISTED);

/** Has events sent when a window moves, changes its size, comes, goes or ends. */
export const watchStructure = (window: number): Buffer => request(2, 0, window, EVENT_MASK, STRUCTURE_NOTIFY);

/** Asks for the number of a name; 0 where nobody has used it. */
export function internAtom(name: string): Buffer {
  const onlyIfExists = 1;
  return withTail(request(16, onlyIfExists, name.length), Buffer.from(name));
}

function getProperty(window: number, name: number, words: number): Buffer {
  const anyType = 0;
  return request(20, 0, window, name, anyType, 0, words);
}

/** A request of words of four bytes; its length, in such words, stands in its head. */
export function request(opcode: number, detail: number, ...words: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 + words.length * 4);
  bytes.writeUInt8(opcode, 0);
  bytes.writeUInt8(detail, 1);
  bytes.writeUInt16LE(bytes.length / 4, 2);
  words.forEach((word, index) => bytes.writeUInt32LE(word >>> 0, 4 + index * 4));
  return bytes;
}

/** Adds bytes to a request, whose length grows with them. */
export function withTail(head: Buffer, tail: Buffer): Buffer {
  const bytes = Buffer.concat([head, padded(tail)]);
  bytes.writeUInt16LE(bytes.length / 4, 2);
  return bytes;
}

/** Fills up to a multiple of four bytes, as everything in the X protocol is. */
export function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}
