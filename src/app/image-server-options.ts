import { integerIn, invalid, numberIn } from "../core/validate.ts";
import type { Keys } from "../delivery/access.ts";
import type { ViewerLimits } from "../delivery/viewers.ts";
import type { SourceInput } from "./sources.ts";

/** Options for an {@link ImageServer}. */
export interface ImageServerOptions {
  /**
   * Where the first stream, `main`, takes its pictures from: an address such as `camera:/dev/video0`, your own
   * pictures, or a function that captures one.
   * @default the best source there is: the first camera, else the desktop, else a test card
   */
  readonly source?: SourceInput;

  /**
   * Least time between two pictures of a stream, in milliseconds; pictures that come faster are skipped.
   * 0 shows every picture; functions and plain iterables are then asked 30 times a second.
   * Number, 0–3 600 000 milliseconds.
   * @default 0
   */
  readonly interval?: number;

  /**
   * How long a source keeps running after its last viewer has left, so that a page reload does not restart a camera.
   * 0 stops it at once. Integer, 0–3 600 000 milliseconds.
   * @default 5_000
   */
  readonly lingerMs?: number;

  /**
   * A viewer whose connection takes no byte for so long is closed. One that takes few is only given fewer pictures.
   * Integer, 1 000–3 600 000 milliseconds.
   * @default 30_000
   */
  readonly stallTimeoutMs?: number;

  /**
   * A secret of at least 8 characters without which nothing is shown. Viewers give it as `?key=…`, as the password of
   * a Basic login, or by the cookie that a page opened with `?key=…` sets.
   * @default no key: whoever reaches the server may look
   */
  readonly key?: string;

  /**
   * A secret of at least 8 characters, other than {@link key}, with which pictures may be pushed in and sources changed
   * over the network, and nothing else. Publishers give it as `?key=…`, as a bearer token or as the password of a Basic login.
   * @default no key: only programs of this machine may publish
   */
  readonly publishKey?: string;

  /**
   * Most viewers at once, of all streams; one more is answered 503. Integer, 1–20 000 viewers.
   * @default 10_000
   */
  readonly maxViewers?: number;

  /**
   * Most viewers of one stream at once. Integer, 1–20 000 viewers.
   * @default 10_000
   */
  readonly maxViewersPerStream?: number;

  /**
   * Most viewers with one IP address at once. Integer, 1–20 000 viewers.
   * @default 10_000
   */
  readonly maxViewersPerAddress?: number;

  /**
   * The proxies in front of the server whose `X-Forwarded-For` is believed, so that viewers are known by their own
   * addresses: IP addresses, subnets (`10.0.0.0/8`), and the names `loopback`, `linklocal` and `uniquelocal` for the
   * ranges of that name, as a list or separated by commas.
   * @default none is believed
   */
  readonly trustProxy?: string | readonly string[];

  /**
   * Which pages of other origins may show and read what is answered: `*` for any, never with the cookie or the login of
   * whoever looks at them; `off` for none; or origins such as `https://a.example` and `http://localhost:3000`, as a list
   * or separated by commas, which may use cookie and login as well.
   * @default "*"
   */
  readonly cors?: string | readonly string[];

  /**
   * Which other kinds of servers are answered for, at their addresses, so that their clients need no change: `all`, `off`,
   * or names of families as in docs/compat.md, as a list or separated by commas. Where two have the same address, the
   * earlier one answers.
   * @default "all"
   */
  readonly compat?: string | readonly string[];

  /**
   * The path that every address is below, such as `/cams`, for a proxy in front that does not take it away.
   * @default none: the page is at `/`
   */
  readonly basePath?: string;

  /**
   * Told one line for each thing worth knowing: a stream that goes live or down, a file that was passed over.
   * @default nobody is told; {@link ImageServer.streams} has the same
   */
  readonly log?: (line: string) => void;
}

/** The largest limit of viewers: as many as the listening server takes connections. */
export const MOST_VIEWERS = 20_000;

const LONGEST_MS = 3_600_000;

/** The keys. */
export function checkedKeys({ key, publishKey }: ImageServerOptions): Keys {
  for (const [name, secret] of Object.entries({ key, publishKey })) {
    if (secret !== undefined && secret.length < 8) throw invalid(name, "at least 8 characters long", "***");
  }
  if (key !== undefined && key === publishKey)
    throw invalid("publishKey", "another than the key of viewers", "***");
  return { key, publishKey };
}

/** The least time between two pictures, in milliseconds. */
export function checkedInterval(milliseconds: number): number {
  return numberIn("interval", milliseconds, 0, LONGEST_MS, "milliseconds");
}

/** How many may watch. */
export function viewerLimits(options: ImageServerOptions): ViewerLimits {
  const { maxViewers = 10_000, maxViewersPerStream = 10_000, maxViewersPerAddress = 10_000 } = options;
  const limit = (name: string, value: number) => integerIn(name, value, 1, MOST_VIEWERS, "viewers");
  return {
    maxViewers: limit("maxViewers", maxViewers),
    maxViewersPerStream: limit("maxViewersPerStream", maxViewersPerStream),
    maxViewersPerAddress: limit("maxViewersPerAddress", maxViewersPerAddress),
  };
}

/** How long a stream waits for what. */
export interface Times {
  /** How long the source runs on after its last viewer, in milliseconds. */
  readonly lingerMs: number;
  /** How long a viewer's connection may take no byte before it is closed, in milliseconds. */
  readonly stallTimeoutMs: number;
}

/** How long a stream waits for what. */
export function checkedTimes({ lingerMs = 5_000, stallTimeoutMs = 30_000 }: ImageServerOptions): Times {
  return {
    lingerMs: integerIn("lingerMs", lingerMs, 0, LONGEST_MS, "milliseconds"),
    stallTimeoutMs: integerIn("stallTimeoutMs", stallTimeoutMs, 1_000, LONGEST_MS, "milliseconds"),
  };
}
