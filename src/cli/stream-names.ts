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

/**
 * A list of sources is called as its first one is. What has no scheme gets a name all the same: the sentence that it is no
 * source comes later, and says more.
 */
function guess(source: string): string {
  const address = source.replace(/^\[\s*([^,\]]*).*$/s, "$1");
  const scheme = /^[a-z][a-z0-9+.-]*(?=:)/i.exec(address)?.[0] ?? "stream";
  // An address within an address, as behind `ffmpeg:`, is named by its host: what stands before that may be a password.
  const target = address
    .slice(scheme.length + 1)
    .replace(/[?#].*$/s, "")
    .replace(/^[a-z][a-z0-9+.-]*:(?=\/\/)/i, "");
  // What stands behind a command may be a password, and names are shown.
  if (scheme.toLowerCase() === "exec") return commandName(target);
  const isUrl = target.startsWith("//");
  const word = isUrl ? (/^\/\/(?:[^@/]*@)?([^:/]+)/.exec(target)?.[1] ?? "") : basename(target);
  const name = word.replaceAll(/[^\w.-]+/g, "-").replace(/^[^a-z0-9]+/i, "");
  return (name === "" ? scheme : name).slice(0, 48) || "stream";
}

function commandName(command: string): string {
  const word = command.split(/\s+/).find((each) => each !== "" && !each.includes("=")) ?? "";
  return (
    basename(word)
      .replaceAll(/[^\w.-]+/g, "")
      .slice(0, 48)
      .replace(/^[^a-z0-9]+/i, "") || "exec"
  );
}

function free(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  for (let number = 2; ; number++) {
    if (!taken.has(`${name}-${number}`)) return `${name}-${number}`;
  }
}
