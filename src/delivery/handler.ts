import type { IncomingMessage, ServerResponse } from "node:http";
import { MjpegError } from "../core/errors.ts";
import type { Access } from "./access.ts";
import { HttpError, sendError } from "./answers.ts";
import type { RequestContext, Route } from "./route.ts";
import { apiStreams } from "./routes/api-streams.ts";
import { page, pageFiles } from "./routes/page.ts";
import { actionHandler, showFirst, streamRoutes } from "./routes/streams.ts";
import type { Shows } from "./show.ts";
import { ANY_ORIGIN } from "./stream-head.ts";
import type { Tcp } from "../system/tcp.ts";

/** Answers one request of `node:http`; fits Express and Fastify as well. */
export type Handler = (req: IncomingMessage, res: ServerResponse) => void;

/** What a {@link Handler} works with. */
export interface HandlerOptions {
  /** The streams to show. */
  readonly shows: Shows;
  /** Who may look. */
  readonly access: Access;
  /** Calls into the system that make delivery fast, loaded when first needed; undefined where it has none. */
  readonly tcp: () => Tcp | undefined;
  /** Told of a mistake in our own code, which the client is not. */
  readonly onMistake: (error: unknown) => void;
}

const ROUTES: readonly Route[] = [page, pageFiles, apiStreams, ...streamRoutes];
const METHODS = "GET, HEAD, OPTIONS";

/** Makes the handler for everything Kinora answers. */
export function createHandler(options: HandlerOptions): Handler {
  return (req, res) => {
    const url = parseUrl(req);
    const isApi = url.pathname.startsWith("/api/");
    answer(req, res, url, options).catch((error: unknown) => {
      if (!(error instanceof MjpegError)) options.onMistake(error);
      sendError(res, error, isApi);
    });
  };
}

async function answer(
  req: IncomingMessage,
  res: ServerResponse,
  url: ParsedUrl,
  { shows, access, tcp }: HandlerOptions,
): Promise<void> {
  const { pathname, query } = url;
  if (req.method === "OPTIONS") {
    sendOptions(res);
    return;
  }
  if (req.method !== "GET" && req.method !== "HEAD") {
    throw new HttpError(405, "ERR_METHOD", `${req.method ?? ""} is not answered here; use GET`, {
      headers: { Allow: METHODS },
    });
  }
  if (!access.allows(req, query)) throw needsKey(pathname);
  const cookie = access.cookieFor(req, query);
  if (cookie !== undefined) res.setHeader("Set-Cookie", cookie);

  const action = actionHandler(query);
  const context: RequestContext = { req, res, query, shows, tcp, capture: "" };
  if (pathname === "/" && action !== undefined) {
    await showFirst(context, action);
    return;
  }
  for (const route of ROUTES) {
    const match = route.path.exec(pathname);
    if (match === null) continue;
    await route.handle({ ...context, capture: match[1] ?? "" });
    return;
  }
  throw new HttpError(404, "ERR_NOT_FOUND", "nothing is at this address; / shows every stream");
}

/** Browsers ask before a page of another origin may read: the answer needs no key, as it shows nothing. */
function sendOptions(res: ServerResponse): void {
  res.writeHead(204, {
    ...ANY_ORIGIN,
    "Access-Control-Allow-Methods": METHODS,
    "Access-Control-Allow-Headers": "Authorization, Cache-Control, Content-Type",
    "Access-Control-Max-Age": "86400",
    Allow: METHODS,
  });
  res.end();
}

function needsKey(pathname: string): HttpError {
  // A browser asks for a password where it opens a page or a picture; the page's own calls must not make it ask.
  const headers: Record<string, string> = pathname.startsWith("/api/")
    ? {}
    : { "WWW-Authenticate": 'Basic realm="Kinora", charset="UTF-8"' };
  return new HttpError(
    401,
    "ERR_KEY_NEEDED",
    "this server shows its pictures only with its key: add ?key=… to the address, or give it as the password",
    { headers },
  );
}

interface ParsedUrl {
  readonly pathname: string;
  readonly query: URLSearchParams;
}

/** By hand, as clients send what `new URL` refuses or resolves away: `//`, stray per cent signs, a second `?`. */
function parseUrl(req: IncomingMessage): ParsedUrl {
  const url = (req.url ?? "/").replace(/^https?:\/\/[^/?#]*/i, "");
  const question = url.indexOf("?");
  const pathname = question === -1 ? url : url.slice(0, question);
  return {
    pathname: pathname === "" ? "/" : pathname,
    query: new URLSearchParams(question === -1 ? "" : url.slice(question + 1)),
  };
}
