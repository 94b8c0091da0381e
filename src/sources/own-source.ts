import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { SourceError } from "../core/errors.ts";
import type { CapturedImage } from "../core/frame.ts";
import { invalid } from "../core/validate.ts";
import { MOST_FPS } from "./most-fps.ts";
import { isJpeg, type ToJpeg } from "./picture-bytes.ts";
import type { Source, SourceReport } from "./source.ts";

/** One picture from your own code: its bytes (JPEG; PNG, WebP, GIF, TIFF and AVIF are converted), a Blob, or bytes with the time they were captured at. */
export type OwnPicture =
  Uint8Array | ArrayBuffer | Blob | { readonly jpeg: Uint8Array; readonly capturedAt?: number };

/** Pictures from your own code: something to iterate over, or a function that captures one picture a call. */
export type OwnPictures =
  Iterable<OwnPicture> | AsyncIterable<OwnPicture> | (() => OwnPicture | Promise<OwnPicture>);

/** What {@link ownSource} needs to know of the stream it is for. */
export interface OwnSourceOptions {
  /** Least time between two pictures in milliseconds, asked before each; 0 for the default pace: 30 a second, of generators their own and at most 120. */
  readonly interval: () => number;
  /** Converts a picture that is not a JPEG. */
  readonly convert: ToJpeg;
}

/** A generator that gives more a second is asked later. */
const SHORTEST_OWN_INTERVAL_MS = 1000 / MOST_FPS;

/** Functions and plain iterables would give pictures as fast as the machine can; they are asked 30 times a second. */
const DEFAULT_INTERVAL_MS = 1000 / 30;

/** Whether a value can be the pictures of an {@link ownSource}. */
export function isOwnPictures(value: unknown): value is OwnPictures {
  if (typeof value === "function") return true;
  // The bytes of one picture can be iterated over, too, but that is not what anyone means.
  if (ArrayBuffer.isView(value)) return false;
  return (
    typeof value === "object" && value !== null && (Symbol.asyncIterator in value || Symbol.iterator in value)
  );
}

/**
 * Makes a source of your own code. A function is called again and again, one call at a time, and after an error is
 * tried again; so is an iterable that gives a new iterator each time. A generator that threw or ended is over.
 */
export function ownSource(pictures: OwnPictures, options: OwnSourceOptions): Source {
  const label = typeof pictures === "function" ? "your function" : "your pictures";
  return {
    label,
    async *capture(signal, report) {
      const passedOver = once(report);
      try {
        for await (const picture of paced(pictures, options.interval, signal)) {
          const image = await asImage(picture, options.convert, passedOver);
          if (image !== undefined) yield image;
        }
      } catch (error) {
        if (signal.aborted) return;
        const what = error instanceof Error ? error.message : String(error);
        throw new SourceError("ERR_SOURCE_FAILED", `${label} threw: ${what}`, {
          retryable: canStartAgain(pictures),
          cause: error,
        });
      }
    },
  };
}

async function* paced(
  pictures: OwnPictures,
  interval: () => number,
  signal: AbortSignal,
): AsyncGenerator<OwnPicture, void, undefined> {
  const ownPace = typeof pictures !== "function" && Symbol.asyncIterator in pictures;
  const source = typeof pictures === "function" ? calls(pictures) : pictures;
  const iterator = iterate(source);
  let due = performance.now();
  try {
    while (!signal.aborted) {
      const next = await nextUnlessAborted(iterator, signal);
      if (next === undefined || next.done === true) return;
      yield next.value;
      const pauseMs = interval() || (ownPace ? SHORTEST_OWN_INTERVAL_MS : DEFAULT_INTERVAL_MS);
      due = Math.max(due + pauseMs, performance.now());
      const waitMs = due - performance.now();
      // Even without a pause everyone else gets a turn between two pictures.
      if (waitMs < 1) await nextTurn();
      else await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    // Not awaited: a generator stuck in its own await would never answer.
    void giveUp(iterator);
  }
}

async function giveUp(iterator: AnyIterator): Promise<void> {
  try {
    await iterator.return?.();
  } catch {
    // It was told to stop; how it fails at that is its own matter.
  }
}

async function* calls(
  capture: () => OwnPicture | Promise<OwnPicture>,
): AsyncGenerator<OwnPicture, void, undefined> {
  for (;;) yield await capture();
}

type AnyIterator = AsyncIterator<OwnPicture> | Iterator<OwnPicture>;

function iterate(source: Iterable<OwnPicture> | AsyncIterable<OwnPicture>): AnyIterator {
  return Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
}

/** A generator that waits for its next picture must not keep a stopped stream alive. */
async function nextUnlessAborted(
  iterator: AnyIterator,
  signal: AbortSignal,
): Promise<IteratorResult<OwnPicture> | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<IteratorResult<OwnPicture> | undefined>();
  const onAbort = () => resolve(undefined);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    Promise.resolve(iterator.next()).then(resolve, reject);
    return await promise;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

async function asImage(
  picture: OwnPicture,
  convert: ToJpeg,
  passedOver: (why: string) => void,
): Promise<CapturedImage | undefined> {
  const capturedAt = Date.now();
  if (isTimed(picture)) {
    const { jpeg, capturedAt: own } = picture;
    return { jpeg, capturedAt: Number.isFinite(own) ? Number(own) : capturedAt };
  }
  const bytes = await asBytes(picture);
  if (isJpeg(bytes)) return { jpeg: bytes, capturedAt };
  try {
    return { jpeg: await convert(bytes), capturedAt };
  } catch (error) {
    passedOver(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

/** Counts each picture that is passed over, and tells why only when the reason changes: they may come 30 times a second. */
function once(report: SourceReport): (why: string) => void {
  let told = "";
  return (why) => {
    report.dropped(1);
    if (why !== told) report.note(`passed over what is not a picture: ${why}`);
    told = why;
  };
}

function isTimed(
  picture: OwnPicture,
): picture is { readonly jpeg: Uint8Array; readonly capturedAt?: number } {
  // What JavaScript callers give may be null, or hold no bytes.
  return Object(picture) === picture && "jpeg" in picture && picture.jpeg instanceof Uint8Array;
}

async function asBytes(picture: Uint8Array | ArrayBuffer | Blob): Promise<Uint8Array> {
  if (picture instanceof Uint8Array) return picture;
  if (picture instanceof ArrayBuffer) return new Uint8Array(picture);
  if (picture instanceof Blob) return new Uint8Array(await picture.arrayBuffer());
  throw invalid(
    "a picture",
    "a Uint8Array, ArrayBuffer or Blob with an image, or { jpeg, capturedAt }",
    picture,
  );
}

function canStartAgain(pictures: OwnPictures): boolean {
  if (typeof pictures === "function") return true;
  return !Object.is(iterate(pictures), pictures);
}
