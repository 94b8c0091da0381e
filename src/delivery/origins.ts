import type { IncomingMessage } from "node:http";
import { invalid } from "../core/validate.ts";

/** What pages of other origins may read of an answer, beside its body. */
const EXPOSED = "X-Timestamp, Age, ETag, Last-Modified, Retry-After";
const NOSNIFF = { "X-Content-Type-Options": "nosniff" } as const;

/** Lets pages of any origin show and read; never with a login or a cookie of whoever looks at them. */
const FOR_ANY = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Expose-Headers": EXPOSED,
  "Cross-Origin-Resource-Policy": "cross-origin",
  ...NOSNIFF,
} as const;

/** Keeps an answer from pages of other origins: what it shows or does is for Kinora's own page and for programs. */
const FOR_OWN = { "Cross-Origin-Resource-Policy": "same-origin", ...NOSNIFF } as const;

/** Which pages of other origins may show and read what is answered; who may look at all is decided before, by the key. */
export class Origins {
  /** Undefined where any may. */
  readonly #listed: ReadonlySet<string> | undefined;

  /**
   * @param cors `*` for any, `off` for none, or origins such as `https://a.example`, as a list or separated by commas
   * @throws MjpegError `ERR_OPTION_INVALID`, naming the one that is no origin.
   */
  constructor(cors: string | readonly string[] = "*") {
    this.#listed = cors === "*" ? undefined : new Set(cors === "off" ? [] : originsIn(cors));
  }

  /**
   * The headers that an answer tells browsers about other origins with.
   * @param isOwnOnly whether it is for no page of another origin, whatever was configured
   */
  headersFor(req: IncomingMessage, isOwnOnly: boolean): Readonly<Record<string, string>> {
    if (isOwnOnly) return FOR_OWN;
    if (this.#listed === undefined) return FOR_ANY;
    if (this.#listed.size === 0) return FOR_OWN;
    const { origin, referer } = req.headers;
    if (origin !== undefined && this.#listed.has(origin)) return forListed(origin);
    // An <img> without `crossorigin` sends no Origin, but the origin of its page as the Referer.
    const isShown = origin === undefined && referer !== undefined && this.#listed.has(originOf(referer));
    return {
      ...FOR_OWN,
      ...(isShown ? { "Cross-Origin-Resource-Policy": "cross-origin" } : {}),
      Vary: "Origin",
    };
  }

  /** Whether the page that asks may read what is answered; true for programs, which send no Origin. */
  lets({ headers: { origin } }: IncomingMessage): boolean {
    return origin === undefined || this.#listed === undefined || this.#listed.has(origin);
  }

  /**
   * Whether the page that asks is of an origin that was listed by name: whoever runs the server trusts it with the cookie
   * and the login of whoever looks at it. A browser lets no page choose its Origin. False for all where any may read.
   */
  trusts({ headers: { origin } }: IncomingMessage): boolean {
    return origin !== undefined && this.#listed?.has(origin) === true;
  }
}

function forListed(origin: string): Readonly<Record<string, string>> {
  return {
    ...FOR_ANY,
    "Access-Control-Allow-Origin": origin,
    "Access-Control-Allow-Credentials": "true",
    Vary: "Origin",
  };
}

function originsIn(cors: string | readonly string[]): readonly string[] {
  const texts = typeof cors === "string" ? cors.split(",") : cors;
  return texts.map((text) => {
    const origin = originOf(text.trim());
    // It is compared with what browsers send, which have no patterns, no path and no login there.
    if (origin !== "" && !origin.includes("*") && URL.parse(text)?.href === `${origin}/`) return origin;
    throw invalid("cors", '"*", "off" or origins such as https://a.example and http://localhost:3000', text);
  });
}

/** Empty for what has none. */
function originOf(address: string): string {
  const url = URL.parse(address);
  return url !== null && /^https?:$/.test(url.protocol) ? url.origin : "";
}
