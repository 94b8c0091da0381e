import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { routeReader } from "./trusted-proxies.ts";

/** The program at the other end of a connection. */
export interface Client {
  /** Its IP address. */
  readonly address: string;
  /** What it calls itself, as it sent it; empty where it does not say. */
  readonly userAgent: string;
  /** Whether it runs on this machine for sure: it came through no proxy that may speak for somebody else. */
  readonly isLocal: boolean;
}

/** The longest user agent that is kept; real ones have up to 250 characters. */
const USER_AGENT_CHARACTERS = 300;
/** What proxies add to a request. */
const PROXY_HEADER =
  /^(?:forwarded|via|x-real-ip|x-forwarded-.*|cf-connecting-ip|true-client-ip|x-client-ip)$/;

/**
 * Makes what tells who sent a request.
 * @param trustProxy the proxies whose word is taken for who their clients are; undefined for none
 * @throws MjpegError `ERR_OPTION_INVALID` for what names no proxies.
 */
export function clientReader(
  trustProxy: string | readonly string[] | undefined,
): (req: IncomingMessage) => Client {
  const routeOf = routeReader(trustProxy);
  return (req) => {
    const route = routeOf(req);
    return {
      // What a proxy passes on may be anything; then the one that passed it on is all that is known.
      address: route.findLast((address) => isIP(address) !== 0) ?? "",
      userAgent: (req.headers["user-agent"] ?? "").slice(0, USER_AGENT_CHARACTERS),
      isLocal: route.every(isLoopback) && (route.length > 1 || !cameThroughProxy(req)),
    };
  };
}

function isLoopback(address: string): boolean {
  return address === "::1" || (isIP(address) === 4 && address.startsWith("127."));
}

function cameThroughProxy({ headers }: IncomingMessage): boolean {
  return Object.keys(headers).some((name) => PROXY_HEADER.test(name));
}
