import { MjpegError } from "../core/errors.ts";
import { invalid } from "../core/validate.ts";

/** The size of a picture in pixels. */
export interface Size {
  /** Pixels across. */
  readonly width: number;
  /** Pixels down. */
  readonly height: number;
}

/**
 * How the addresses of one kind of source are written:
 *
 * - `path`: a path, then options behind `?` and `#`;
 * - `url`: the whole address is a URL, whose `?` belongs to it; options stand behind `#`;
 * - `text`: a command or another address, whose `?` belongs to it; options stand behind `#`.
 */
export type AddressStyle = "path" | "url" | "text";

/** An address of a source, taken apart: `folder:/pictures?fps=2#preload`. */
export interface SourceAddress {
  /** The scheme without its colon, in lower case: `folder`. */
  readonly scheme: string;
  /** What stands between scheme and options: a path, a device, a command; of a URL the whole of it. */
  readonly target: string;
  /** The options behind `?` and `#`, as the {@link AddressStyle} has it. */
  readonly options: SourceOptions;
}

/**
 * Takes an address apart. In paths and texts, `%3F`, `%23` and `%25` stand for `?`, `#` and `%`.
 * @param styleOf how addresses of that scheme are written; those of URLs and paths by default
 * @throws MjpegError `ERR_ADDRESS_INVALID` when there is no scheme.
 */
export function parseAddress(
  text: string,
  styleOf: (scheme: string) => AddressStyle = usualStyle,
): SourceAddress {
  const match = /^([a-z][a-z0-9+.-]*):(.*)$/is.exec(text.trim());
  if (match === null) {
    throw noScheme(text);
  }
  const scheme = (match[1] ?? "").toLowerCase();
  const rest = match[2] ?? "";
  const hash = rest.indexOf("#");
  const beforeHash = hash === -1 ? rest : rest.slice(0, hash);
  const fragment = hash === -1 ? "" : rest.slice(hash + 1);
  const style = styleOf(scheme);
  const question = style === "path" ? beforeHash.indexOf("?") : -1;
  const path = question === -1 ? beforeHash : beforeHash.slice(0, question);
  const query = question === -1 ? "" : beforeHash.slice(question + 1);
  return {
    scheme,
    target: style === "url" ? `${scheme}:${path}` : unescapePath(path),
    options: new SourceOptions(scheme, [...parseOptions(query), ...parseOptions(fragment)]),
  };
}

function noScheme(text: string): MjpegError {
  const shown = text.trim().replace(/\/\/\S*@/, "//***@");
  const guess = guessed(shown);
  const message = `"${shown}" is not a source: it has no scheme; write ${guess}`;
  return new MjpegError("ERR_ADDRESS_INVALID", message);
}

/** What somebody may have meant: a device, a path, or a scheme without its colon. */
function guessed(text: string): string {
  if (text.startsWith("/dev/video")) return `camera:${text}`;
  if (/^(?:[~.]{0,2}\/|[a-z]:\\)|\.\w{2,4}$/i.test(text)) {
    return `file:${text} for a video, folder:${text} for the pictures of a folder, watch:${text} for one that changes`;
  }
  if (/^[a-z]+$/i.test(text))
    return `${text.toLowerCase()}: if that is a kind of source (kinora --help names them)`;
  return "test:, folder:PATH, camera:/dev/video0 or http://HOST/PATH; one with blanks or & is put into quotes";
}

function usualStyle(scheme: string): AddressStyle {
  return scheme === "http" || scheme === "https" ? "url" : "path";
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

  /** A time such as `500ms`, `2s` or `1m`, in milliseconds. It has a unit, as nobody guesses the same one. */
  duration(name: string, minMs: number, maxMs: number): number | undefined {
    const text = this.#take(name);
    if (text === undefined) return undefined;
    const match = /^(\d+(?:\.\d+)?)(ms|s|m)$/i.exec(text);
    const unit = { ms: 1, s: 1_000, m: 60_000 }[(match?.[2] ?? "").toLowerCase()] ?? NaN;
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

  /** One of the words of a list, in lower case. */
  word<T extends string>(name: string, words: readonly T[]): T | undefined {
    const text = this.#take(name);
    if (text === undefined) return undefined;
    const word = words.find((each) => each === text.toLowerCase());
    if (word !== undefined) return word;
    throw invalid(`${this.#scheme}: ${name}`, words.join(" or "), text);
  }

  /** Any text that is not empty. */
  text(name: string): string | undefined {
    const text = this.#take(name);
    if (text !== "") return text;
    throw invalid(`${this.#scheme}: ${name}`, "not empty", text);
  }

  /** Refuses every option that nobody has read, naming those there are. Call it after the last read. */
  end(): void {
    for (const name of this.#values.keys()) {
      if (this.#known.has(name)) continue;
      const known = [...this.#known].sort().join(", ");
      throw new MjpegError(
        "ERR_OPTION_INVALID",
        `${this.#scheme}: has no option "${name}" (it has: ${known})${/^[a-z]+$/.test(name) ? "" : ESCAPES}`,
      );
    }
  }

  #take(name: string): string | undefined {
    this.#known.add(name);
    return this.#values.get(name);
  }
}

/** Said where it looks as if the ? or # before belonged to a name. */
const ESCAPES = "; a ? or # that belongs to a path or a command is written %3F or %23";

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
