import { setTimeout as sleep } from "node:timers/promises";
import type { CapturedImage } from "../core/frame.ts";
import { frameParser } from "../wire/frames.ts";
import type { SourceReport } from "./source.ts";

/** No screen shows more, and nobody needs them: what comes faster is read, and the newest of it is passed on. */
const MOST_FPS = 120;
/** Bytes without a picture after which an input is taken for something else: a few pictures' worth. */
const MOST_IDLE_BYTES = 32 * 1_048_576;

/** Cuts pictures out of bytes as they come, and hands over those that are whole. */
export interface PictureReader {
  /** Takes the next bytes. */
  push(bytes: Uint8Array): void;
  /** The bytes are over. */
  end(): void;
}

/** Makes a reader of what a program writes; multipart or JPEGs one after another where the content type does not say. */
export function pictureReader(
  contentType: string | null,
  report: Pick<SourceReport, "dropped">,
  onPicture: (jpeg: Uint8Array) => void,
): PictureReader {
  const options = { maxIdleBytes: MOST_IDLE_BYTES, onBadPart: () => report.dropped(1) };
  return frameParser(contentType, options, onPicture);
}

/**
 * Reads the pictures of a program's output, without a queue: of those that came in one go the newest is taken, at most 120
 * a second. A program that is faster waits, as its output is read no faster; memory and work stay bounded.
 * @param makeReader makes what cuts the pictures out of the bytes
 * @throws the input's own error, MjpegError `ERR_PART_MALFORMED` for bytes that hold no pictures.
 */
export async function* newestPictures(
  bytes: AsyncIterable<Uint8Array>,
  report: Pick<SourceReport, "dropped">,
  makeReader: (onPicture: (jpeg: Uint8Array) => void) => PictureReader,
): AsyncGenerator<CapturedImage, void, undefined> {
  let newest: CapturedImage | undefined;
  const take = (): CapturedImage | undefined => {
    const image = newest;
    newest = undefined;
    return image;
  };
  const reader = makeReader((jpeg) => {
    if (newest !== undefined) report.dropped(1);
    newest = { jpeg, capturedAt: Date.now() };
  });
  let dueAt = 0;
  for await (const chunk of bytes) {
    reader.push(chunk);
    if (newest === undefined) continue;
    const waitMs = dueAt - performance.now();
    if (waitMs > 1) await sleep(waitMs);
    const image = take();
    if (image !== undefined) yield image;
    dueAt = performance.now() + 1_000 / MOST_FPS;
  }
  reader.end();
  const image = take();
  if (image !== undefined) yield image;
}
