import type { Show } from "./show.ts";

/** Which mosaic is wanted: several streams in one picture. */
export interface MosaicWish {
  /** The streams in the order of their cells; all there are at any time where it is undefined. */
  readonly streams: readonly string[] | undefined;
  /** Cells side by side; about the square root of their number where it is undefined. */
  readonly columns: number | undefined;
  /** Pixels across. */
  readonly width: number;
  /** Pictures a second at most. */
  readonly fps: number;
  /** JPEG quality, 1–100. */
  readonly quality: number;
}

/** A mosaic that keeps its place among those of the server until it is released, and as long as somebody watches it. */
export interface MosaicLease {
  /** The mosaic, as a stream that can be watched. */
  readonly show: Show;
  /** Gives the place back; who watches by then stays. */
  release(): void;
}

/** The mosaics of a server; the app implements it. */
export interface Mosaics {
  /**
   * Takes the mosaic: the same for everybody who asks for the same. Its place is taken at once, not first with a viewer.
   * @throws MjpegError `ERR_TOO_MANY_MOSAICS`, `ERR_MODULE_MISSING` where pictures cannot be composed.
   */
  get(wish: MosaicWish): Promise<MosaicLease>;
}
