import type { IncomingMessage, ServerResponse } from "node:http";
import { multipartType, OWN_STYLE, type Layout, type PartStyle } from "../wire/multipart-encoder.ts";
import { headersOn, rawHead } from "./headers-on.ts";

/** What no answer with pictures may be: kept by anyone on the way, or changed by a compressor. */
export const NEVER_STORED = {
  "Cache-Control":
    "no-store, no-cache, must-revalidate, proxy-revalidate, no-transform, pre-check=0, post-check=0, max-age=0",
  Pragma: "no-cache",
  Expires: "Mon, 3 Jan 2000 12:34:56 GMT",
  "X-Accel-Buffering": "no",
} as const;

/**
 * The response head of a stream, as the client's HTTP version wants it, with the headers that the answer has so far: those
 * for other origins, and those of a server around Kinora. The body ends with the connection.
 */
export function streamHead(
  res: ServerResponse,
  query: URLSearchParams,
  style: PartStyle = OWN_STYLE,
): string {
  // WebKit's fetch() cannot read multipart/x-mixed-replace; `?raw=1` gives it the same bytes under another name.
  const type = query.get("raw") === "1" ? "application/octet-stream" : multipartType(style);
  const version = res.req.httpVersion === "1.0" ? "1.0" : "1.1";
  const own = { "Content-Type": type, ...NEVER_STORED };
  return rawHead(`HTTP/${version} 200 OK`, [own, headersOn(res), own, { Connection: "close" }]);
}

/** Browsers ask for images or pages; everything else is a program that wants lengths. `?layout=` overrides. */
export function layoutFor(req: IncomingMessage, query: URLSearchParams): Layout {
  const wish = query.get("layout");
  if (wish === "browser" || wish === "machine") return wish;
  return layoutOf(req.headers.accept ?? "");
}

/** The layout for a client that accepts this. */
export function layoutOf(accept: string): Layout {
  return /\bimage\/|text\/html/i.test(accept) ? "browser" : "machine";
}
