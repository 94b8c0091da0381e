import { decodeLiveHead, LIVE_HEAD_BYTES, type LiveHead } from "../../../src/wire/live-message.ts";

/** One picture as it comes; see docs/live-socket.md. */
export interface PictureMessage extends LiveHead {
  readonly jpeg: Uint8Array<ArrayBuffer>;
}

/** Reads a binary message; undefined where it is none that is known. */
export function readPicture(data: ArrayBuffer): PictureMessage | undefined {
  const head = decodeLiveHead(data);
  return head && { ...head, jpeg: new Uint8Array(data, LIVE_HEAD_BYTES) };
}
