import { MjpegError } from "../core/errors.ts";
import { invalid } from "../core/validate.ts";

/** The size of a picture in pixels. */
export interface Size {
  /** Pixels across. */
  readonly width: number;
  /** Pixels down. */
  readonly height: number;
}

/** An address of a source, taken apart: `folder:/pictures?fps=2#preload`. */
export interface SourceAddress {
  /** The scheme without its colon, in lower case: `folder`. */
  readonly scheme: string;
  /** What stands between scheme and options: a path, a device, or for `http` and `https` the whole URL. */
  readonly target: string;
  /** The options behind `?` and `#`; for `http` and `https` only those behind `#`. */
  readonly options: SourceOptions;
}

/**
 * Takes an address apart. In paths, `%3F`, `%23` and `%25` stand for `?`, `#` and `%`.
 * @throws MjpegError `ERR_ADDRESS_INVALID` when there is no scheme.
 */
export function parseAddress(text: string): SourceAddress {
  const match = /^([a-z][a-z0-9+.-]*):(.*)$/is.exec(text.trim());
  if (match === null) {
    throw new MjpegError(
      "ERR_ADDRESS_INVALID",
      `"${text.replace(/\/\/[^/@]*@/, "//***@")}" is not a source: it has no scheme; write test:, folder:PATH, camera:/dev/video0 or http://HOST/PATH`,
    );
  }
  const scheme = (match[1] ?? "").toLowerCase();
  const rest = match[2] ?? "";
  const hash = rest.indexOf("#");
  const beforeHash = hash === -1 ? rest : rest.slice(0, hash);
  const fragment = hash === -1 ? "" : rest.slice(hash + 1);
  const isUrl = scheme === "http" || scheme === "https";
  const question = isUrl ? -1 : beforeHash.indexOf("?");
  const path = question === -1 ? beforeHash : beforeHash.slice(0, question);
  const query = question === -1 ? "" : beforeHash.slice(question + 1);
  return {
    scheme,
    target: isUrl ? `${scheme}:${path}` : unescapePath(path),
    options: new SourceOptions(scheme, [...parseOptions(query), ...parseOptions(fragment)]),
  };
}

/** The options of one address. Each is read once by name; {@link SourceOptions.end} then refuses those nobody knows. */
export class SourceOptions {
  readonly #scheme: string;
  readonly #values: Map<string, string>;
  readonly #known = new Set<string>();

  constructor(scheme: string, values: Iterable<readonly [string, string]>) {
    this.#scheme = scheme;
    this.#values = new Map(values);
  }

  /** A number from `min` to `max`, or undefined where the address does not name it. */
  number(name: string, min: number, max: number, unit: string): number | undefined {
    const text = this.#take(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (text !== "" && value >= min && value <= max) return value;
    throw invalid(`${this.#scheme}: ${name}`, `a number from ${min} to ${max} (${unit})`, text);
  }

  /** A size such as `1280x720`, each side from 16 to 8192 pixels. */
  size(name: string): Size | undefined {
    const text = this.#take(name);
    if (text === undefined) return undefined;
    const match = /^(\d{1,5})x(\d{1,5})$/i.exec(text);
    const width = Number(match?.[1]);
    const height = Number(match?.[2]);
    if (Math.min(width, height) >= 16 && Math.max(width, height) <= 8192) return { width, height };
    throw invalid(`${this.#scheme}: ${name}`, "WIDTHxHEIGHT, each from 16 to 8192 pixels", text);
  }

  /** A time such as `500ms`, `2s` or `1m`, in milliseconds. A bare number is milliseconds. */
  duration(name: string, minMs: number, maxMs: number): number | undefined {
    const text = this.#take(name);
    if (text === undefined) return undefined;
    const match = /^(\d+(?:\.\d+)?)(ms|s|m)?$/i.exec(text);
    const unit = { ms: 1, s: 1_000, m: 60_000 }[(match?.[2] ?? "ms").toLowerCase()] ?? 1;
    const value = Number(match?.[1]) * unit;
    if (value >= minMs && value <= maxMs) return value;
    throw invalid(
      `${this.#scheme}: ${name}`,
      `a time from ${minMs}ms to ${maxMs}ms, such as 500ms or 2s`,
      text,
    );
  }

  /** True for `name`, `name=true`, `name=1`; false for `name=false`, `name=0`; undefined where it is not named. */
  flag(name: string): boolean | undefined {
    const text = this.#take(name)?.toLowerCase();
    if (text === undefined) return undefined;
    if (text === "" || text === "true" || text === "1") return true;
    if (text === "false" || text === "0") return false;
    throw invalid(`${this.#scheme}: ${name}`, "true or false", text);
  }

  /** Refuses every option that nobody has read, naming those there are. Call it after the last read. */
  end(): void {
    for (const name of this.#values.keys()) {
      if (this.#known.has(name)) continue;
      const known = [...this.#known].sort().join(", ");
      throw new MjpegError(
        "ERR_OPTION_INVALID",
        `${this.#scheme}: has no option "${name}" (it has: ${known})`,
      );
    }
  }

  #take(name: string): string | undefined {
    this.#known.add(name);
    return this.#values.get(name);
  }
}

function parseOptions(text: string): [string, string][] {
  return text
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => {
      const [name = "", ...value] = pair.split("=");
      return [name.toLowerCase(), unescapePath(value.join("="))];
    });
}

/** Only what must be escaped is unescaped, so that a path with a stray per cent sign still means itself. */
function unescapePath(text: string): string {
  return text.replaceAll(/%(3F|23|25)/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}
