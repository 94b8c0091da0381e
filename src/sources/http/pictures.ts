import type { CapturedImage } from "../../core/frame.ts";
import type { Failures } from "./failures.ts";
import type { HttpClient, Reply } from "./http-client.ts";
import { pacedFrames } from "./paced-frames.ts";
import { headerOf } from "./response-head.ts";
import { readStill, stillLengthOf } from "./still.ts";
import { wallClockMs } from "./wall-clock.ts";

/** What reading the pictures of a camera needs besides its answer. */
export interface PictureRules {
  /** Whether one picture is taken of an answer, even if it is a stream. */
  readonly one: boolean;
  /** How long bytes may come without a picture becoming complete, in milliseconds. */
  readonly pictureMs: number;
  /** Told of each picture that could not be used. */
  readonly onBad: (reason: string) => void;
  /** Told how many good pictures were left out, because more than 120 a second came. */
  readonly onLeftOut: (count: number) => void;
}

/**
 * Yields the pictures of one answer, told apart by its type; at most 120 a second. Returns when the camera is to be asked
 * again, for a still.
 * @throws SourceError for an answer without pictures, a stream that ends and whatever breaks it.
 */
export async function* picturesOf(
  reply: Reply,
  client: HttpClient,
  failures: Failures,
  rules: PictureRules,
): AsyncGenerator<CapturedImage, void> {
  const type = headerOf(reply.head, "content-type");
  const kind = kindOf(type);
  if (kind === "other") throw failures.notPictures(type, await client.said(reply));
  let since = performance.now();
  const body = client.body(reply, () => {
    if (performance.now() - since > rules.pictureMs) throw failures.noPicture(rules.pictureMs);
  });
  const length = kind === "jpeg" ? stillLengthOf(reply.head) : undefined;
  if (length !== undefined) {
    const jpeg = await readStill(body, length);
    if (jpeg === undefined) rules.onBad("no whole JPEG");
    else yield captured(jpeg);
    return;
  }
  let count = 0;
  for await (const jpeg of pacedFrames(body, type, rules)) {
    count += 1;
    yield captured(jpeg);
    if (rules.one) return;
    since = performance.now();
  }
  // One picture and the close of the connection is how old cameras send a still without a length.
  if (kind === "multipart" || count !== 1) throw failures.closed(count);
}

/** A part's X-Timestamp is the camera's clock, which may be hours off, so the time is taken here. */
function captured(jpeg: Uint8Array): CapturedImage {
  return { jpeg, capturedAt: wallClockMs() };
}

/** A type that is missing, or that means "bytes", is left to the parser: the bytes tell what they are. */
function kindOf(type: string | null): "multipart" | "jpeg" | "bytes" | "other" {
  if (type === null || type === "") return "bytes";
  if (/^multipart\/|mixed-replace/i.test(type)) return "multipart";
  if (/^image\/(p?jpe?g|\*)/i.test(type)) return "jpeg";
  return /^(application\/octet-stream|video\/(x-)?(motion-?jpeg|mjpe?g|jpeg))/i.test(type)
    ? "bytes"
    : "other";
}
