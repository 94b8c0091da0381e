import type { SourceError } from "../core/errors.ts";
import type { CapturedImage } from "../core/frame.ts";
import type { Inlet } from "./inlet.ts";

/** Somewhere pictures come from. Holds no connection, file or process until {@link capture} is iterated. */
export interface Source {
  /** Short label for logs and the API, without credentials: `http cam1.lan/stream`. */
  readonly label: string;

  /** Where publishers push its pictures in; only of sources that take pushed pictures. */
  readonly inlet?: Inlet | undefined;

  /**
   * Looks for what is plainly wrong before anyone watches, without starting anything: no such device, no permission.
   * @throws SourceError with what {@link capture} would fail with, and perhaps more: only who named the source reads it.
   */
  check?(): Promise<void>;

  /**
   * Opens the source and yields its pictures until it ends or `signal` aborts; everything it opened is closed again by then.
   * Returning normally means that the source has no more pictures (a list that was read to its end).
   * @throws SourceError when it cannot be opened or breaks; its message says what was done, what went wrong and what to do.
   */
  capture(signal: AbortSignal, report: SourceReport): AsyncIterable<CapturedImage>;
}

/** How a running source tells what is not a picture. */
export interface SourceReport {
  /** Pictures lost before Kinora had them: dropped by a driver, torn on the way. */
  dropped(count: number): void;
  /** One line an operator should know, said once: the negotiated size, a file that was passed over. */
  note(text: string): void;
  /**
   * There are no pictures at the moment, and the source goes on by itself when there are: it waits for a file, a publisher,
   * another source. Viewers are shown the reason until the next picture. Said again only when the reason changes.
   */
  waiting(reason: SourceError): void;
}
