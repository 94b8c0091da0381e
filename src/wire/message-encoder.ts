import type { Frame } from "../core/frame.ts";

/** The message that closes a WebSocket on purpose: 1001, the server goes away (RFC 6455 section 7.4.1). */
export const CLOSE_MESSAGE: Uint8Array = Uint8Array.of(0x88, 2, 0x03, 0xe9);

const FINAL_BINARY = 0x82;
const LENGTH_IN_16_BITS = 126;
const LENGTH_IN_64_BITS = 127;

/**
 * The bytes of one binary WebSocket message with the picture and nothing else, in pieces, of which the picture's is not
 * copied (RFC 6455 section 5.2). A server masks nothing, so they are the same for every viewer.
 */
export function messagePieces({ jpeg }: Frame): readonly Uint8Array[] {
  return [messageHeader(jpeg.length), jpeg];
}

/** What stands in front of a binary message of so many bytes. */
export function messageHeader(length: number): Uint8Array {
  if (length < LENGTH_IN_16_BITS) return Uint8Array.of(FINAL_BINARY, length);
  if (length < 2 ** 16) return Uint8Array.of(FINAL_BINARY, LENGTH_IN_16_BITS, ...bytesOf(length, 2));
  return Uint8Array.of(FINAL_BINARY, LENGTH_IN_64_BITS, ...bytesOf(length, 8));
}

/** A number in that many bytes, the most significant first. Pictures are smaller than 2^53 bytes. */
function bytesOf(value: number, count: number): number[] {
  return Array.from({ length: count }, (_, at) => Math.floor(value / 2 ** (8 * (count - 1 - at))) % 256);
}
