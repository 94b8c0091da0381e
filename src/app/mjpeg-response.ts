import type { CapturedImage } from "../core/frame.ts";
import { usablePicture } from "../core/usable-picture.ts";
import { newestBody } from "../delivery/newest-body.ts";
import { layoutOf, NEVER_STORED } from "../delivery/stream-head.ts";
import { toJpeg } from "../images/to-jpeg.ts";
import { copiedSource } from "../sources/copied-source.ts";
import { ownSource, type OwnPictures } from "../sources/own-source.ts";
import type { Source } from "../sources/source.ts";
import { MULTIPART_TYPE, type Layout } from "../wire/multipart-encoder.ts";
import { checkedInterval } from "./image-server-options.ts";
import { tell } from "./tell.ts";

/** Options for {@link mjpegResponse}. */
export interface MjpegResponseOptions {
  /**
   * The request that is answered: its `Accept` chooses the layout, its signal closes the pictures, and HEAD gets no body.
   * @default a program that reads to the end
   */
  readonly request?: Pick<Request, "headers" | "method" | "signal">;

  /**
   * Who reads it: `browser` for `<img>`, `machine` for programs.
   * @default as the request's `Accept` says
   */
  readonly layout?: Layout;

  /**
   * Least time between two pictures, in milliseconds; they are asked for no sooner. 0 for 30 a second, of generators
   * their own pace. Number, 0–3 600 000 milliseconds.
   * @default 0
   */
  readonly interval?: number;

  /** Ends the stream properly when it aborts, and closes the pictures. */
  readonly signal?: AbortSignal;

  /** Headers to send beside those of a stream, such as `Access-Control-Allow-Origin`. */
  readonly headers?: ConstructorParameters<typeof Headers>[0];

  /**
   * Told one line for what is no picture and was left out, and for what your pictures threw, which ends the stream.
   * @default nobody is told
   */
  readonly log?: (line: string) => void;
}

/**
 * A web `Response` that shows any pictures as live video, for servers made of `fetch` handlers. Each response opens the
 * pictures for itself, when its body is read, and closes them when the reader has left; many viewers of one camera are
 * what {@link ImageServer} is for.
 *
 * A slow reader gets fewer pictures, never older ones: one at most is kept for it.
 * @throws MjpegError `ERR_OPTION_INVALID` for a wrong interval.
 */
export function mjpegResponse(pictures: OwnPictures, options: MjpegResponseOptions = {}): Response {
  const { request, interval = 0 } = options;
  const log = (what: unknown) => tell((line) => options.log?.(line), what);
  const pauseMs = checkedInterval(interval);
  const source = copiedSource(ownSource(pictures, { interval: () => pauseMs, convert: toJpeg }));
  const isHead = request?.method === "HEAD";
  const body = newestBody({
    capture: (signal) => usablePictures(source, signal, log),
    layout: options.layout ?? layoutOf(request?.headers.get("accept") ?? ""),
    signal: isHead ? AbortSignal.abort() : anySignal(options.signal, request?.signal),
    onError: log,
  });
  const headers = new Headers(options.headers);
  const own = { "Content-Type": MULTIPART_TYPE, ...NEVER_STORED, "X-Content-Type-Options": "nosniff" };
  for (const [name, value] of Object.entries(own)) headers.set(name, value);
  return new Response(isHead ? null : body, { headers });
}

async function* usablePictures(
  source: Source,
  signal: AbortSignal,
  log: (line: string) => void,
): AsyncGenerator<CapturedImage, void, undefined> {
  const report = { dropped: () => undefined, note: log, waiting: () => undefined };
  let told = false;
  for await (const { jpeg, capturedAt } of source.capture(signal, report)) {
    const usable = usablePicture(jpeg);
    if (usable !== undefined) yield { jpeg: usable.jpeg, capturedAt };
    else if (!told) {
      told = true;
      log(`left out what is no whole JPEG: ${jpeg.length} bytes`);
    }
  }
}

function anySignal(...signals: readonly (AbortSignal | undefined)[]): AbortSignal {
  return AbortSignal.any(signals.filter((signal) => signal !== undefined));
}
