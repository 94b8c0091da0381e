import { MjpegError } from "../core/errors.ts";
import type { StreamStatus } from "./api-types.ts";

/*
 * Many streams over one WebSocket: what either side sends. All numbers are big endian. docs/live-socket.md tells the rest.
 */

/** The largest number that a client may give a stream it watches. */
export const LARGEST_LIVE_ID = 65_535;
/** Bytes in front of the JPEG in a message with a picture. */
export const LIVE_HEAD_BYTES = 24;
/** Bytes of one acknowledgement. */
export const ACKNOWLEDGEMENT_BYTES = 6;
/** Pictures of a stream that are on their way at most without being acknowledged. */
export const MOST_UNACKNOWLEDGED = 2;

/** What stands in front of a picture. */
export interface LiveHead {
  /** The number that the client gave the stream. */
  readonly id: number;
  /** The picture's number in its stream, from 0; after 2^32 - 1 it begins anew. A gap tells of pictures that were dropped. */
  readonly sequence: number;
  /** When it was captured: milliseconds since the Unix epoch, by the server's clock. */
  readonly capturedAt: number;
  /** When it was sent; the same. */
  readonly sentAt: number;
}

/** One picture that the client has drawn or dropped. */
export type Acknowledgement = Pick<LiveHead, "id" | "sequence">;

/** What a client asks for, as JSON in a text message. */
export type LiveRequest =
  | {
      readonly type: "watch";
      /** 0 to 65 535, chosen by the client; the stream that has it already is replaced. */
      readonly id: number;
      /** The stream's name. */
      readonly stream: string;
      /** The parameters of a live address, such as `width=640&fps=10`. */
      readonly query?: string;
    }
  | { readonly type: "unwatch"; readonly id: number };

/** What the stream is doing: sent when the client begins to watch it, and whenever it has changed. */
export interface LiveState extends Pick<
  StreamStatus,
  "state" | "reason" | "code" | "since" | "width" | "height" | "fps"
> {
  readonly type: "state";
  readonly id: number;
}

/** The stream cannot be watched, or not as asked. What was watched under this number before goes on. */
export interface LiveRefusal {
  readonly type: "refused";
  readonly id: number;
  /** What the address of the stream would have answered. */
  readonly status: number;
  /** Stable code, as in docs/errors.md. */
  readonly code: string;
  /** A sentence for people. */
  readonly error: string;
}

/** What a server says, as JSON in a text message. */
export type LiveReply = LiveState | LiveRefusal | { readonly type: "ended"; readonly id: number };

const PICTURE = 1;

/** The bytes in front of a picture. */
export function encodeLiveHead({ id, sequence, capturedAt, sentAt }: LiveHead): Uint8Array {
  const bytes = new Uint8Array(LIVE_HEAD_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, PICTURE);
  view.setUint16(2, id);
  view.setUint32(4, sequence);
  view.setFloat64(8, capturedAt);
  view.setFloat64(16, sentAt);
  return bytes;
}

/** Reads what stands in front of a picture; undefined for a message of another kind, which a later version may send. */
export function decodeLiveHead(message: ArrayBuffer): LiveHead | undefined {
  if (message.byteLength < LIVE_HEAD_BYTES) return undefined;
  const view = new DataView(message);
  if (view.getUint8(0) !== PICTURE) return undefined;
  return {
    id: view.getUint16(2),
    sequence: view.getUint32(4),
    capturedAt: view.getFloat64(8),
    sentAt: view.getFloat64(16),
  };
}

/** The message that acknowledges pictures. */
export function encodeAcknowledgements(pictures: readonly Acknowledgement[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(pictures.length * ACKNOWLEDGEMENT_BYTES);
  const view = new DataView(bytes.buffer);
  for (const [index, { id, sequence }] of pictures.entries()) {
    view.setUint16(index * ACKNOWLEDGEMENT_BYTES, id);
    view.setUint32(index * ACKNOWLEDGEMENT_BYTES + 2, sequence);
  }
  return bytes;
}

/**
 * Reads them.
 * @param take called for each
 * @throws MjpegError `ERR_OPTION_INVALID` for a message that ends within one.
 */
export function decodeAcknowledgements(
  message: Uint8Array,
  take: (id: number, sequence: number) => void,
): void {
  if (message.length % ACKNOWLEDGEMENT_BYTES !== 0) {
    throw new MjpegError(
      "ERR_OPTION_INVALID",
      `acknowledgements have ${ACKNOWLEDGEMENT_BYTES} bytes each, and a message came of ${message.length}`,
    );
  }
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  for (let at = 0; at < message.length; at += ACKNOWLEDGEMENT_BYTES)
    take(view.getUint16(at), view.getUint32(at + 2));
}
