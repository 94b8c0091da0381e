/** Bytes as text, one character a byte: nothing is lost, and what is ASCII can be read. */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
