import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { HttpError, send } from "../answers.ts";
import type { RequestContext, Route } from "../route.ts";

/** The built pages. From dist/delivery/routes as from src/delivery/routes, the package is three folders up. */
const UI_FOLDER = new URL("../../../dist/ui/", import.meta.url);

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** Pages load nothing from elsewhere, and tell nobody the address they were opened with: it may hold the key. */
const PAGE_HEADERS = {
  "Content-Security-Policy": "default-src 'self'; img-src 'self' blob: data:; frame-ancestors *",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
} as const;

/** Nobody's camera is to be started by a page around this one. */
const PUBLISH_HEADERS = {
  ...PAGE_HEADERS,
  "Content-Security-Policy": "default-src 'self'; img-src 'self' blob: data:; frame-ancestors 'self'",
} as const;

/** `/`: the page with every stream. */
export const page: Route = {
  path: /^\/(?:index\.html)?$/,
  handle: (context) => sendFile(context, "index.html"),
};

/** `/publish`: the page that makes a camera or a screen a stream. It holds no secret; what it sends needs the right. */
export const publishPage: Route = {
  path: /^\/publish$/,
  right: "anyone",
  handle: (context) => sendFile(context, "publish.html", PUBLISH_HEADERS),
};

/** `/ui/…`: what the pages are made of; and the icon that browsers ask for unasked. */
export const pageFiles: Route = {
  path: /^\/(?:ui\/([a-z0-9-]+\.(?:css|js|svg))|favicon\.ico)$/,
  right: "anyone",
  handle: (context) => sendFile(context, context.capture === "" ? "favicon.svg" : context.capture),
};

async function sendFile(
  { res }: RequestContext,
  name: string,
  headers: Readonly<Record<string, string>> = PAGE_HEADERS,
): Promise<void> {
  let body: Buffer;
  try {
    body = await readFile(new URL(name, UI_FOLDER));
  } catch (cause) {
    throw new HttpError(404, "ERR_NOT_FOUND", `this server has no page "${name}"`, { cause });
  }
  send(res, 200, TYPES[extname(name)] ?? "application/octet-stream", { body, headers });
}
