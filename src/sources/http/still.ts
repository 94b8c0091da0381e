import { repairJpeg } from "../../core/jpeg-repair.ts";
import { contentLengthOf, type ResponseHead } from "./response-head.ts";

const MOST_STILL_BYTES = 16 * 1024 * 1024;
const FIRST_BYTES = 64 * 1024;
/** Some lengths count the line break behind the picture, some pictures end in padding. */
const MOST_PADDING_BYTES = 64;

/** The length of an answer that is one still picture; undefined for a stream and for a length not to be believed. */
export function stillLengthOf(head: ResponseHead): number | undefined {
  const length = contentLengthOf(head);
  // Streams are sent with lengths too: 0, or one that never comes.
  return length !== undefined && length > 0 && length <= MOST_STILL_BYTES ? length : undefined;
}

/** Reads one picture of this length from a body; undefined when what comes is no whole JPEG. */
export async function readStill(
  body: AsyncIterable<Uint8Array>,
  length: number,
): Promise<Uint8Array | undefined> {
  // The length is only a promise, so memory grows with what really comes.
  let bytes = new Uint8Array(Math.min(length, FIRST_BYTES));
  let size = 0;
  for await (const chunk of body) {
    const taken = chunk.subarray(0, length - size);
    if (size + taken.length > bytes.length) {
      bytes = grown(bytes, Math.min(length, Math.max(size + taken.length, bytes.length * 2)));
    }
    bytes.set(taken, size);
    size += taken.length;
    if (size === length) break;
  }
  const picture = bytes.subarray(0, size);
  return size === length || endsWhole(picture) ? repairJpeg(picture) : undefined;
}

function grown(bytes: Uint8Array<ArrayBuffer>, size: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(size);
  larger.set(bytes);
  return larger;
}

/** Whether a picture that is shorter than announced has its end marker all the same. */
function endsWhole(picture: Uint8Array): boolean {
  const tail = picture.subarray(-MOST_PADDING_BYTES);
  return tail.some((byte, index) => byte === 0xff && tail[index + 1] === 0xd9);
}
