import type { Frame } from "../core/frame.ts";
import { once } from "./once.ts";

/** The message that closes a WebSocket on purpose: 1001, the server goes away (RFC 6455 section 7.4.1). */
export const CLOSE_MESSAGE: Uint8Array = Uint8Array.of(0x88, 2, 0x03, 0xe9);

const FINAL_BINARY = 0x82;
const LENGTH_IN_16_BITS = 126;
const LENGTH_IN_64_BITS = 127;

/**
 * The bytes of one binary WebSocket message with the picture and nothing else (RFC 6455 section 5.2). A server masks
 * nothing, so they are the same for every viewer: built once a frame.
 */
export const encodeMessage: (frame: Frame) => Uint8Array = once(({ jpeg }) => {
  const header = messageHeader(jpeg.length);
  const message = new Uint8Array(header.length + jpeg.length);
  message.set(header);
  message.set(jpeg, header.length);
  return message;
});

function messageHeader(length: number): readonly number[] {
  if (length < LENGTH_IN_16_BITS) return [FINAL_BINARY, length];
  if (length < 2 ** 16) return [FINAL_BINARY, LENGTH_IN_16_BITS, ...bytesOf(length, 2)];
  return [FINAL_BINARY, LENGTH_IN_64_BITS, ...bytesOf(length, 8)];
}

/** A number in that many bytes, the most significant first. Pictures are smaller than 2^53 bytes. */
function bytesOf(value: number, count: number): number[] {
  return Array.from({ length: count }, (_, at) => Math.floor(value / 2 ** (8 * (count - 1 - at))) % 256);
}
