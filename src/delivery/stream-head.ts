import type { IncomingMessage } from "node:http";
import { MULTIPART_TYPE, type Layout } from "../wire/multipart-encoder.ts";

/** What no answer with pictures may be: kept by anyone on the way, or changed by a compressor. */
export const NEVER_STORED = {
  "Cache-Control":
    "no-store, no-cache, must-revalidate, proxy-revalidate, no-transform, pre-check=0, post-check=0, max-age=0",
  Pragma: "no-cache",
  Expires: "Mon, 3 Jan 2000 12:34:56 GMT",
  "X-Accel-Buffering": "no",
} as const;

/** Lets pages of other origins show and read pictures; who may look at all is decided before, by the key. */
export const ANY_ORIGIN = {
  "Access-Control-Allow-Origin": "*",
  "Cross-Origin-Resource-Policy": "cross-origin",
  "X-Content-Type-Options": "nosniff",
} as const;

/** Keeps an answer from pages of other origins: what it shows or does is for Kinora's own page and for programs. */
export const OWN_ORIGIN = {
  "Cross-Origin-Resource-Policy": "same-origin",
  "X-Content-Type-Options": "nosniff",
} as const;

/** The response head of a stream, as the client's HTTP version wants it. The body ends with the connection. */
export function streamHead(req: IncomingMessage, query: URLSearchParams): string {
  // WebKit's fetch() cannot read multipart/x-mixed-replace; `?raw=1` gives it the same bytes under another name.
  const type = query.get("raw") === "1" ? "application/octet-stream" : MULTIPART_TYPE;
  const version = req.httpVersion === "1.0" ? "1.0" : "1.1";
  const headers = { "Content-Type": type, ...NEVER_STORED, ...ANY_ORIGIN, Connection: "close" };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/${version} 200 OK`, ...lines, "", ""].join("\r\n");
}

/** Browsers ask for images or pages; everything else is a program that wants lengths. `?layout=` overrides. */
export function layoutFor(req: IncomingMessage, query: URLSearchParams): Layout {
  const wish = query.get("layout");
  if (wish === "browser" || wish === "machine") return wish;
  return /\bimage\/|text\/html/i.test(req.headers.accept ?? "") ? "browser" : "machine";
}
