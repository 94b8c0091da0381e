import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { HttpError } from "./answers.ts";
import type { Client } from "./client.ts";
import { Origins } from "./origins.ts";

/** How long a browser keeps the cookie that a link with the key gave it: 30 days. */
const COOKIE_SECONDS = 30 * 24 * 60 * 60;

/** A `Host` that no name server can point here: whoever asks by it means this machine. */
const NUMBER_OR_LOCALHOST = /^(?:localhost|[\d.]+|\[[\da-f:.]+\])(?::\d+)?$/i;

/** The keys of a server. */
export interface Keys {
  /** What viewers need; undefined lets everyone look. */
  readonly key: string | undefined;
  /** What publishers need; undefined lets only programs of this machine publish. */
  readonly publishKey: string | undefined;
}

/**
 * Decides who may look, who may see and cut other viewers, and who may publish. Without a view key everyone who reaches
 * the server may look. Neither key allows what the other is for: a camera's must not show the other cameras.
 */
export class Access {
  readonly #keyHash: Buffer | undefined;
  readonly #publishHash: Buffer | undefined;
  readonly #origins: Origins;
  readonly #cookiePath: string;

  /**
   * @param keys what is needed for what
   * @param origins whose pages may use the cookie and the login of whoever looks at them
   * @param basePath what the cookie is for; everything, where it is empty
   */
  constructor({ key, publishKey }: Keys, origins: Origins = new Origins(), basePath = "") {
    this.#origins = origins;
    this.#cookiePath = `${basePath}/`;
    this.#keyHash = key === undefined ? undefined : hash(key);
    this.#publishHash = publishKey === undefined ? undefined : hash(publishKey);
  }

  /** Whether the request carries the key: as `?key=`, as a cookie, as a bearer token or as the password of a Basic login. */
  allows(req: IncomingMessage, query: URLSearchParams): boolean {
    if (this.#keyHash === undefined) return true;
    const offered = [query.get("key")];
    // Any page elsewhere could open a WebSocket with the cookie or the login of whoever looks at it, and read what comes:
    // only those may that could read the answers to other requests with them, too.
    const isBorrowed =
      req.headers.upgrade !== undefined && isFromElsewhere(req) && !this.#origins.trusts(req);
    if (!isBorrowed) offered.push(cookieKey(req) ?? null, ...authorizationKeys(req.headers.authorization));
    return offered.some((key) => key !== null && matches(key, this.#keyHash));
  }

  /**
   * Lets the request open a WebSocket that shows pictures. A browser holds a page to the headers of other answers; what comes
   * by a WebSocket it gives to any page.
   * @throws HttpError 403 `ERR_FORBIDDEN` for a page of another origin that was not listed.
   */
  assertMayWatch(req: IncomingMessage): void {
    if (!isFromElsewhere(req) || this.#origins.lets(req)) return;
    throw new HttpError(
      403,
      "ERR_FORBIDDEN",
      "pages of this origin may not watch here: the server's option cors (--cors) lists those that may",
    );
  }

  /**
   * Lets the request publish, or says why not. The key counts as `?key=`, as a bearer token and as the password of a
   * Basic login; from a page of another origin only in the address, as a browser adds a login it knows by itself.
   * @throws HttpError 401 `ERR_KEY_NEEDED`, or 403 `ERR_FORBIDDEN` where there is no publish key.
   */
  assertMayPublish(req: IncomingMessage, query: URLSearchParams, client: Client): void {
    const isElsewhere = isFromElsewhere(req);
    if (this.#publishHash === undefined) {
      if (!isElsewhere && isFromHere(req, client)) return;
      throw onlyFromHere();
    }
    const offered = [query.get("key")];
    if (!isElsewhere) offered.push(...authorizationKeys(req.headers.authorization));
    if (!offered.some((key) => key !== null && matches(key, this.#publishHash))) throw needsPublishKey();
  }

  /**
   * Whether somebody who may look may also see every viewer and cut them: whoever has the key; without one, programs of
   * this machine. Not by a name that is not its own: a page elsewhere could have its name server point it here.
   */
  mayManage(req: IncomingMessage, client: Client): boolean {
    return this.#keyHash !== undefined || isFromHere(req, client);
  }

  /**
   * The cookie to set on the answer to a page that was opened with `?key=`, so that its pictures and its API calls are
   * let in without the key in their addresses. Undefined when there is nothing to set.
   */
  cookieFor(req: IncomingMessage, query: URLSearchParams): string | undefined {
    const key = query.get("key");
    if (this.#keyHash === undefined || key === null || !matches(key, this.#keyHash)) return undefined;
    const attributes = `Path=${this.#cookiePath}; Max-Age=${COOKIE_SECONDS}; HttpOnly; SameSite=Lax`;
    return `${cookieName(req)}=${encodeURIComponent(key)}; ${attributes}`;
  }
}

/** Whether a page of another origin asks, as far as its browser tells. */
export function isFromElsewhere({ headers }: IncomingMessage): boolean {
  const site = headers["sec-fetch-site"];
  if (site !== undefined) return site !== "same-origin" && site !== "none";
  // Browsers leave it out where the address is neither HTTPS nor this machine's.
  return headers.origin !== undefined && headers.origin.replace(/^https?:\/\//i, "") !== headers.host;
}

function isFromHere(req: IncomingMessage, client: Client): boolean {
  return client.isLocal && NUMBER_OR_LOCALHOST.test(req.headers.host ?? "localhost");
}

function onlyFromHere(): HttpError {
  return new HttpError(
    403,
    "ERR_FORBIDDEN",
    "this server has no publish key, so only programs on its own machine, which ask it as localhost or by its number, " +
      "may publish: start it with --publish-key KEY, and publish with ?key=KEY",
  );
}

function needsPublishKey(): HttpError {
  return new HttpError(
    401,
    "ERR_KEY_NEEDED",
    "publishing here needs the publish key (the view key is another): add ?key=… to the address, or give it as a " +
      "bearer token or as the password",
    { headers: { "WWW-Authenticate": 'Basic realm="Kinora publishing", charset="UTF-8"' } },
  );
}

/** Hashes are compared, as they have one length: the time taken tells nothing about the key. */
function matches(offered: string, keyHash: Buffer | undefined): boolean {
  return keyHash !== undefined && timingSafeEqual(hash(offered), keyHash);
}

function hash(key: string): Buffer {
  return createHash("sha256").update(key).digest();
}

/** Cookies are shared by all ports of a host, so the name carries the port. */
function cookieName(req: IncomingMessage): string {
  return `kinora_${req.socket.localPort ?? 0}`;
}

function cookieKey(req: IncomingMessage): string | undefined {
  const name = cookieName(req);
  for (const pair of (req.headers.cookie ?? "").split(";")) {
    const at = pair.indexOf("=");
    if (at !== -1 && pair.slice(0, at).trim() === name) return decoded(pair.slice(at + 1).trim());
  }
  return undefined;
}

function authorizationKeys(header: string | undefined): string[] {
  const [, scheme = "", value = ""] = /^(\w+) +(\S+)$/.exec(header ?? "") ?? [];
  if (/^bearer$/i.test(scheme)) return [value];
  if (!/^basic$/i.test(scheme)) return [];
  const login = Buffer.from(value, "base64").toString();
  return [login.slice(login.indexOf(":") + 1)];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // not ours: a cookie that somebody else wrote
  }
}
