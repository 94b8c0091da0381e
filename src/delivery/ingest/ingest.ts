import type { MjpegError } from "../../core/errors.ts";
import type { StreamStatus } from "../../wire/api-types.ts";

/** Somebody who sends pictures to a stream. */
export interface Publisher {
  /** Its IP address. */
  readonly address: string;
  /** It has lost its place. Told once, and not after it has left. */
  end(reason: MjpegError): void;
}

/** A publisher's place in a stream. */
export interface Publication {
  /** How many watch the stream now. */
  readonly viewers: number;
  /** Takes a picture, whose bytes must not be written to again. The newest wins: nothing is queued. */
  show(jpeg: Uint8Array): void;
  /** Pictures that came torn, or were none. */
  lost(count: number): void;
  /** Gives the place up. To be called once, however it ends. */
  leave(): void;
}

/** What may be changed from outside while the server runs; the app implements it. */
export interface Ingest {
  /**
   * Gives a publisher its place in a stream; one that takes pushed pictures is made where there is none of that name.
   * @param takeover ends the publisher there is
   * @throws MjpegError `ERR_OPTION_INVALID` for a name that cannot be, `ERR_STREAM_EXISTS` for a stream of another source,
   *   `ERR_STREAM_TAKEN`, `ERR_TOO_MANY_STREAMS`.
   */
  publish(name: string, publisher: Publisher, takeover: boolean): Publication;
  /**
   * Whether a picture would be taken now, asked before its bytes are read; throws as {@link publish} does.
   * @param takeover see {@link put}
   */
  assertTakes(name: string, takeover: boolean): void;
  /**
   * Takes one picture that is shown until the next; throws as {@link publish} does.
   * @param takeover ends the publisher there is
   */
  put(name: string, jpeg: Uint8Array, takeover: boolean): void;
  /**
   * Changes the source of a stream, viewers unmoved.
   * @throws MjpegError `ERR_NOT_FOUND`, `ERR_ADDRESS_INVALID`, `ERR_OPTION_INVALID`, and `ERR_FORBIDDEN` for a source that
   *   could show what is on this machine.
   */
  changeSource(name: string, source: string): StreamStatus;
}
