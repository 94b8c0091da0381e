import type { IncomingMessage } from "node:http";
import { belowBase } from "./base-path.ts";

/** The address of a request. */
export interface Address {
  /** From below the base path on; empty for the base path itself. */
  readonly pathname: string;
  /** What follows the path, as it was sent. */
  readonly search: string;
  /** The same, parsed. */
  readonly query: URLSearchParams;
  /** Whether it is below the base path, or the base path itself. */
  readonly isBelowBase: boolean;
}

/** By hand, as clients send what `new URL` refuses or resolves away: `//`, stray per cent signs, a second `?`. */
export function parseAddress(req: IncomingMessage, basePath: string): Address {
  const url = writtenAddress(req, basePath).replace(/^https?:\/\/[^/?#]*/i, "");
  const question = url.indexOf("?");
  const path = (question === -1 ? url : url.slice(0, question)) || "/";
  const search = question === -1 ? "" : url.slice(question);
  const below = belowBase(path, basePath);
  return {
    pathname: below ?? path,
    search,
    query: new URLSearchParams(search.slice(1)),
    isBelowBase: below !== undefined,
  };
}

/** Express and its like take off what they mount a handler below, and keep the whole address beside it. */
function writtenAddress(req: IncomingMessage, basePath: string): string {
  const isMounted = basePath !== "" && "originalUrl" in req && typeof req.originalUrl === "string";
  return isMounted ? String(req.originalUrl) : (req.url ?? "/");
}
