import type { IncomingMessage } from "node:http";
import { createRequire } from "node:module";
import { isIP } from "node:net";
import type proxyAddr from "proxy-addr";
import { invalid } from "../core/validate.ts";

/**
 * The addresses that a request came through, nearest first: the connection's, and behind trusted proxies those that
 * their `X-Forwarded-For` tells, up to the first that is not trusted, which is the client's.
 */
export type RouteReader = (req: IncomingMessage) => readonly string[];

const NAMES: readonly string[] = ["loopback", "linklocal", "uniquelocal"];
const MUST_BE = `a list of addresses, subnets such as 10.0.0.0/8, and ${NAMES.join(", ")}`;

/**
 * Reads requests with a trust in some proxies.
 * @param trust their addresses and subnets, a list or separated by commas; undefined trusts none
 * @throws MjpegError `ERR_OPTION_INVALID` for what is no such list.
 */
export function routeReader(trust: string | readonly string[] | undefined): RouteReader {
  if (trust === undefined) return (req) => [plain(req.socket.remoteAddress)];
  const entries = entriesOf(trust);
  // Loaded here, as most servers stand behind no proxy: it takes 4 MB and 10 ms.
  const { all, compile } = createRequire(import.meta.url)("proxy-addr") as typeof proxyAddr; // what its types say
  for (const entry of entries) {
    if (!isProxy(entry, compile)) throw invalid("trustProxy", MUST_BE, entry);
  }
  const isTrusted = compile([...entries]);
  return (req) => {
    if (req.socket.remoteAddress === undefined) return [""];
    return all(req, isTrusted).map(plain);
  };
}

function entriesOf(trust: unknown): readonly string[] {
  const list: unknown = typeof trust === "string" ? trust.split(",") : trust;
  if (!Array.isArray(list)) throw invalid("trustProxy", MUST_BE, trust);
  return list.map((entry: unknown) => {
    if (typeof entry !== "string") throw invalid("trustProxy", MUST_BE, entry);
    return entry.trim();
  });
}

function isProxy(entry: string, compile: typeof proxyAddr.compile): boolean {
  if (NAMES.includes(entry)) return true;
  // proxy-addr takes 10.1 for 10.0.0.1, as C does: more likely it is a mistake.
  if (isIP(entry.split("/", 1)[0] ?? "") === 0) return false;
  try {
    compile(entry);
    return true;
  } catch {
    return false; // it says which part is wrong; ours says what may stand there
  }
}

/** An IPv4 address as people write it, where a system that speaks both wraps it into IPv6. */
function plain(address = ""): string {
  return address.replace(/^::ffff:(?=[\d.]+$)/i, "");
}
