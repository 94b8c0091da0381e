import type { IncomingMessage, ServerResponse } from "node:http";
import { MjpegError } from "../core/errors.ts";
import { isFromElsewhere, type Access } from "./access.ts";
import { HttpError, sendError } from "./answers.ts";
import { parseAddress, type Address } from "./address.ts";
import type { Client } from "./client.ts";
import type { Compat } from "./compat/compat.ts";
import { isWithoutLength } from "./early-answer.ts";
import type { Ingest } from "./ingest/ingest.ts";
import type { LiveSockets } from "./many/live-sockets.ts";
import type { Mosaics } from "./mosaics.ts";
import type { Origins } from "./origins.ts";
import type { Route } from "./route.ts";
import { apiLive } from "./routes/api-live.ts";
import { apiStream } from "./routes/api-stream.ts";
import { apiStreams } from "./routes/api-streams.ts";
import { apiViewer, apiViewers } from "./routes/api-viewers.ts";
import { metrics } from "./routes/metrics.ts";
import { mosaicRoutes } from "./routes/mosaic.ts";
import { page, pageFiles, publishPage } from "./routes/page.ts";
import { publishRoutes } from "./routes/publish.ts";
import { streamRoutes } from "./routes/streams.ts";
import type { Shows } from "./show.ts";
import { takeOver } from "./take-over.ts";
import type { Tcp } from "../system/tcp.ts";
import type { Viewers } from "./viewers.ts";

/** Answers one request of `node:http`; fits Express and Fastify as well. */
export type Handler = (req: IncomingMessage, res: ServerResponse) => void;

/** What a {@link Handler} works with. */
export interface HandlerOptions {
  /** The streams to show. */
  readonly shows: Shows;
  /** Several of the streams in one picture. */
  readonly mosaics: Mosaics;
  /** The connections over which clients watch many streams. */
  readonly liveSockets: LiveSockets;
  /** Everyone who watches. */
  readonly viewers: Viewers;
  /** Takes pictures that are pushed in, and changes sources. */
  readonly ingest: Ingest;
  /** Who may look and publish. */
  readonly access: Access;
  /** Which pages of other origins may read. */
  readonly origins: Origins;
  /** Finds what answers an address of another kind of server. */
  readonly compat: Compat;
  /** What every address is below, without a slash at its end; empty for none. */
  readonly basePath: string;
  /** Tells who sent a request. */
  readonly clientOf: (req: IncomingMessage) => Client;
  /** Calls into the system that make delivery fast, loaded when first needed; undefined where it has none. */
  readonly tcp: () => Tcp | undefined;
  /** Told of a mistake in our own code, which the client is not. */
  readonly onMistake: (error: unknown) => void;
}

const ROUTES: readonly Route[] = [
  page,
  publishPage,
  pageFiles,
  apiLive,
  apiStreams,
  apiStream,
  apiViewers,
  apiViewer,
  metrics,
  ...streamRoutes,
  ...mosaicRoutes,
  ...publishRoutes,
];
const READING: readonly string[] = ["GET", "HEAD"];

/** Makes the handler for everything Kinora answers. */
export function createHandler(options: HandlerOptions): Handler {
  return (req, res) => {
    // Now, as what came in the same packet is read next, and would be answered 400.
    if (isWithoutLength(req) && res.socket !== null) takeOver(req);
    const { url, routes } = findRoutes(parseAddress(req, options.basePath), options.compat);
    const route = routes.find((each) => methodsOf(each).includes(req.method ?? ""));
    tellOrigins(req, res, routes, options.origins);
    answer(req, res, { url, routes, route }, options).catch((error: unknown) => {
      if (!(error instanceof MjpegError)) options.onMistake(error);
      sendError(res, error, { asJson: url.pathname.startsWith("/api/") });
    });
  };
}

async function answer(
  req: IncomingMessage,
  res: ServerResponse,
  { url, routes, route }: Asked,
  { access, clientOf, basePath, ...kept }: HandlerOptions,
): Promise<void> {
  const { pathname, query } = url;
  if (!url.isBelowBase) throw notBelow(basePath);
  if (pathname === "") {
    res.writeHead(307, { Location: `${basePath}/${url.search}` }).end();
    return;
  }
  if (req.method === "OPTIONS") {
    sendOptions(res, routes);
    return;
  }
  if (route === undefined) assertMethod(req.method ?? "", routes);
  const client = clientOf(req);
  const right = route?.right ?? "look";
  if (right === "publish") access.assertMayPublish(req, query, client);
  else if (right === "look" && !access.allows(req, query)) throw needsKey(pathname);
  if (route?.isOwnOnly === true && isFromElsewhere(req)) throw onlyOwn();
  const cookie = access.cookieFor(req, query);
  if (cookie !== undefined) res.setHeader("Set-Cookie", cookie);
  if (route === undefined) {
    throw new HttpError(404, "ERR_NOT_FOUND", "nothing is at this address; / shows every stream");
  }
  const capture = route.path.exec(pathname)?.[1] ?? "";
  await route.handle({ req, res, path: pathname, query, capture, client, access, ...kept });
}

/** A request, the routes of its path, and the one of them that answers its method. */
interface Asked {
  readonly url: Address;
  readonly routes: readonly Route[];
  readonly route: Route | undefined;
}

/**
 * Kinora's own addresses first. At `/` only an `?action=` makes it another server's, which is not answered with a page where
 * it wants pictures that this server does not give.
 */
function findRoutes(url: Address, compat: Compat): Pick<Asked, "url" | "routes"> {
  const { pathname, query, isBelowBase } = url;
  const own = ROUTES.filter(({ path }) => path.test(pathname));
  const mayBeOthers = own.length === 0 || (pathname === "/" && query.has("action"));
  const found = mayBeOthers && isBelowBase ? compat(pathname, query) : undefined;
  const wantsPictures = pathname === "/" && /^(?:stream|snapshot)/.test(query.get("action") ?? "");
  return found === undefined
    ? { url, routes: wantsPictures ? [] : own }
    : { url: { ...url, query: found.query }, routes: [found.route] };
}

function methodsOf({ methods = READING }: Route): readonly string[] {
  return methods;
}

function allMethods(routes: readonly Route[]): readonly string[] {
  return routes.length === 0 ? READING : routes.flatMap(methodsOf);
}

function assertMethod(method: string, routes: readonly Route[]): void {
  const methods = allMethods(routes);
  if (routes.length === 0 && methods.includes(method)) return;
  throw new HttpError(405, "ERR_METHOD", `${method} is not answered here; use ${methods.join(", ")}`, {
    headers: { Allow: [...methods, "OPTIONS"].join(", ") },
  });
}

/** Browsers ask before a page of another origin may read: the answer needs no key, as it shows nothing. */
function sendOptions(res: ServerResponse, routes: readonly Route[]): void {
  const methods = [...allMethods(routes), "OPTIONS"].join(", ");
  const forOthers = {
    "Access-Control-Allow-Methods": methods,
    "Access-Control-Allow-Headers":
      "Authorization, Cache-Control, Content-Type, If-Modified-Since, If-None-Match",
    "Access-Control-Max-Age": "86400",
  };
  res.writeHead(204, { ...(res.hasHeader("Access-Control-Allow-Origin") ? forOthers : {}), Allow: methods });
  res.end();
}

/** Every answer tells browsers which pages may show and read it, whatever becomes of the request. */
function tellOrigins(
  req: IncomingMessage,
  res: ServerResponse,
  routes: readonly Route[],
  origins: Origins,
): void {
  const isOwnOnly = routes.some((route) => route.isOwnOnly === true);
  for (const [name, value] of Object.entries(origins.headersFor(req, isOwnOnly))) {
    // What answers of a server around Kinora depend on stays.
    if (name === "Vary") res.appendHeader(name, value);
    else res.setHeader(name, value);
  }
}

function notBelow(basePath: string): HttpError {
  const text = `nothing is at this address: everything here is below ${basePath}/`;
  return new HttpError(404, "ERR_NOT_FOUND", text);
}

function onlyOwn(): HttpError {
  return new HttpError(
    403,
    "ERR_FORBIDDEN",
    "pages of other origins may not see viewers or end them: open this server's own page",
  );
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
