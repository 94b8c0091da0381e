/** One complete JPEG image. Immutable: the same bytes are written to every viewer's socket. */
export interface Frame {
  /** The image, SOI marker to EOI marker inclusive. */
  readonly jpeg: Uint8Array;
  /** Position in the hub's stream, from 0. Never reused, so a gap seen by a viewer is a drop. */
  readonly sequence: number;
  /** When the image was captured: milliseconds since the Unix epoch, with fractions where the source knows them. */
  readonly capturedAt: number;
}

/** What a source yields; the hub turns it into a {@link Frame} by numbering it. */
export type CapturedImage = Omit<Frame, "sequence">;
