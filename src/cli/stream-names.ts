import { basename } from "node:path";

/** A stream as the command line names it. */
export interface NamedSource {
  readonly name: string;
  readonly address: string;
}

/** Takes `NAME=SOURCE` apart, and finds a name for each bare `SOURCE`: `camera:/dev/video0` becomes `video0`. */
export function nameSources(sources: readonly string[]): NamedSource[] {
  const named = sources.map(split);
  const taken = new Set(named.flatMap(({ name }) => (name === undefined ? [] : [name])));
  return named.map(({ name, address }) => {
    const unique = name ?? free(guess(address), taken);
    taken.add(unique);
    return { name: unique, address };
  });
}

/** A name has no colon, so the `=` of `http://camera/?a=b` never makes one. */
function split(source: string): { readonly name: string | undefined; readonly address: string } {
  const match = /^([^:/?#=]+)=(.*)$/s.exec(source);
  return match === null ? { name: undefined, address: source } : { name: match[1], address: match[2] ?? "" };
}

/** What has no scheme gets a name all the same: the sentence that it is no source comes later, and says more. */
function guess(address: string): string {
  const scheme = /^[a-z][a-z0-9+.-]*(?=:)/i.exec(address)?.[0] ?? "stream";
  const target = address.slice(scheme.length + 1).replace(/[?#].*$/s, "");
  const isUrl = target.startsWith("//");
  const word = isUrl ? (/^\/\/(?:[^@/]*@)?([^:/]+)/.exec(target)?.[1] ?? "") : basename(target);
  const name = word.replaceAll(/[^\w.-]+/g, "-").replace(/^[^a-z0-9]+/i, "");
  return (name === "" ? scheme : name).slice(0, 48) || "stream";
}

function free(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  for (let number = 2; ; number++) {
    if (!taken.has(`${name}-${number}`)) return `${name}-${number}`;
  }
}
