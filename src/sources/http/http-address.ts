import { MjpegError } from "../../core/errors.ts";

/** The user and password of an address, decoded. */
export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** The address of an IP camera, with everything secret taken out of what is shown. */
export interface HttpAddress {
  /** What to ask for. Without user, password and fragment. */
  readonly url: URL;
  /** The `user:password@` of the address, or undefined. */
  readonly credentials: Credentials | undefined;
  /** The address without anything secret: `http cam1.lan/stream`. */
  readonly label: string;
  /** All that must never be shown, in the spellings of the address: user, password and the values of the query. */
  readonly secrets: readonly string[];
}

/** Stands for a hidden value. */
export const HIDDEN: string = "…";

const LONGEST_PATH_SHOWN = 120;

/** Parameters whose values are no secret, so that a camera's own words are not blotted out for nothing. */
const PLAIN_PARAMETER =
  /^(action|camera|channel|format|fps|height|mode|profile|quality|rate|resolution|size|stream|subtype|type|width)$/i;

/**
 * Takes the address of a camera apart.
 * @throws MjpegError `ERR_ADDRESS_INVALID` when it is no URL.
 */
export function readHttpAddress(target: string): HttpAddress {
  if (!URL.canParse(target)) throw noAddress();
  const url = new URL(target);
  const { username, password } = url;
  const given = username !== "" || password !== "";
  const credentials = given ? { user: decoded(username), password: decoded(password) } : undefined;
  url.username = "";
  url.password = "";
  url.hash = "";
  const parts = [username, password, credentials?.user ?? "", credentials?.password ?? ""];
  return {
    url,
    credentials,
    label: withoutPassword(`${url.protocol.slice(0, -1)} ${shownUrl(url)}`, credentials, url),
    secrets: [...parts, ...secretsOfQuery(url)].filter((secret) => secret !== ""),
  };
}

/** The error for an address that cannot be right. It does not repeat the address, for that may hold a password. */
export function noAddress(): MjpegError {
  return new MjpegError(
    "ERR_ADDRESS_INVALID",
    "the address of the camera is no URL: write http://USER:PASSWORD@HOST:PORT/PATH, " +
      "and in the password %23 for #, %2F for /, %3F for ?, %40 for @ and %25 for %",
  );
}

/** Host, path and the names of the query, for people: `cam1.lan:8080/videostream.cgi?user=…&pwd=…`. */
export function shownUrl(url: URL): string {
  const path = url.pathname.slice(0, LONGEST_PATH_SHOWN);
  const names = pairsOf(url).map(([name, value]) => (value === undefined ? HIDDEN : `${name}=${HIDDEN}`));
  const query = names.length === 0 ? "" : `?${names.join("&")}`.slice(0, LONGEST_PATH_SHOWN);
  return `${url.host}${path === "/" && query === "" ? "" : path}${query}`;
}

/** Some cameras want the password in the path too; there it is no query value, but known all the same. */
function withoutPassword(label: string, credentials: Credentials | undefined, url: URL): string {
  const password = credentials?.password ?? "";
  if (password === "") return label;
  const start = label.indexOf(url.host) + url.host.length;
  const path = [password, encodeURIComponent(password), encodeURI(password)].reduce(
    (text, spelling) => text.replaceAll(`/${spelling}`, `/${HIDDEN}`),
    label.slice(start),
  );
  return label.slice(0, start) + path;
}

function secretsOfQuery(url: URL): string[] {
  return pairsOf(url)
    .filter(([name]) => !PLAIN_PARAMETER.test(name))
    .map(([name, value]) => value ?? name)
    .flatMap((value) => [value, decoded(value), decoded(value.replaceAll("+", " "))]);
}

/** The pairs of the query as they are written; a pair without `=` has no value. */
function pairsOf(url: URL): [name: string, value: string | undefined][] {
  return url.search
    .slice(1)
    .split(/[&;]/)
    .filter((pair) => pair !== "")
    .map((pair) => {
      const equals = pair.indexOf("=");
      return equals === -1 ? [pair, undefined] : [pair.slice(0, equals), pair.slice(equals + 1)];
    });
}

/** A stray per cent sign means itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
