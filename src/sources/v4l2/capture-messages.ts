import type { ErrorCode } from "../../core/errors.ts";
import type { CapturedImage } from "../../core/frame.ts";
import type { Wish } from "./negotiate.ts";

/** What a capture thread is told: read this camera until {@link STOP} is set. */
export interface CaptureOrder {
  /** The device; undefined for the first camera that delivers JPEG. */
  readonly path: string | undefined;
  /** Size and rate asked for. */
  readonly wish: Wish;
  /** Memory that both threads see: {@link STOP} and {@link WAITING}. */
  readonly shared: Int32Array<SharedArrayBuffer>;
}

/** Index in the shared memory: not 0 once the thread is to close the camera. */
export const STOP = 0;
/** Index in the shared memory: pictures posted that the main thread has not had yet. */
export const WAITING = 1;

/** What a capture thread tells. `ended` comes last, when everything is closed. */
export type CaptureMessage =
  | { readonly kind: "note"; readonly text: string }
  | { readonly kind: "missed"; readonly count: number }
  | { readonly kind: "picture"; readonly image: CapturedImage }
  | {
      readonly kind: "failed";
      readonly code: ErrorCode;
      readonly message: string;
      readonly retryable: boolean;
    }
  | { readonly kind: "ended" };
