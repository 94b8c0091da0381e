/** What the parts in braces of an address stood for. */
export type Parts = ReadonlyMap<string, string>;

/** An address as families write it, ready to be compared with what was asked. */
export interface AddressPattern {
  /**
   * What its parts in braces stand for in what was asked; undefined where it is another address.
   * @param pathname tidied, see {@link tidyPath}
   */
  match(pathname: string, query: URLSearchParams): Parts | undefined;
}

interface Template {
  readonly pattern: RegExp;
  readonly names: readonly string[];
}

/** Reads `/{stream}/mjpg/stream`, or `/?action=stream_{n}`. */
export function addressPattern(at: string): AddressPattern {
  const [path = "", parameters = ""] = at.split("?");
  const pathTemplate = template(tidyPath(path), "[^/]+");
  const wanted = Array.from(new URLSearchParams(parameters), ([name, value]) => ({
    name,
    template: template(value, ".+"),
  }));
  return {
    match(pathname, query) {
      const parts = new Map<string, string>();
      if (!matches(pathTemplate, pathname, parts)) return undefined;
      const isAsked = wanted.every((each) =>
        matches(each.template, withoutJunk(query.get(each.name)), parts),
      );
      return isAsked ? parts : undefined;
    },
  };
}

/** A path as it was meant, decoded: clients write slashes twice, and hang one on. */
export function tidyPath(pathname: string): string {
  const single = decoded(pathname).replaceAll(/\/{2,}/g, "/");
  return single.length > 1 && single.endsWith("/") ? single.slice(0, -1) : single;
}

/** @param any what a part in braces may be that is no number */
function template(text: string, any: string): Template {
  const names: string[] = [];
  const source = text.split(/(\{\w+\})/).map((piece) => {
    const name = /^\{(\w+)\}$/.exec(piece)?.[1];
    if (name === undefined) return piece.replaceAll(/[.*+?^$(){}|[\]\\]/g, "\\$&");
    names.push(name);
    return name === "n" || name === "N" ? "(\\d{1,4})" : `(${any})`;
  });
  return { pattern: new RegExp(`^${source.join("")}$`), names };
}

function matches({ pattern, names }: Template, text: string | null, parts: Map<string, string>): boolean {
  const found = text === null ? null : pattern.exec(text);
  if (found === null) return false;
  for (const [at, name] of names.entries()) parts.set(name, found[at + 1] ?? "");
  return true;
}

/** `stream` of `?action=stream?nonce=7`: a cache buster that took the first parameter for the path. */
function withoutJunk(value: string | null): string | null {
  return value === null ? null : (value.split(/[?&]/, 1)[0] ?? "");
}

function decoded(pathname: string): string {
  try {
    return decodeURIComponent(pathname);
  } catch {
    return pathname; // a stray per cent sign
  }
}
