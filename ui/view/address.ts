/** Where a stream is. */
export interface StreamAddress {
  /** The server's own address, with a slash at its end. */
  readonly server: URL;
  readonly stream: string;
  readonly key: string | null;
  /** The parameters of a live address. */
  readonly query: URLSearchParams;
}

/** Reads from attributes what is to be shown; undefined where `src` is missing or an address is none. */
export function readAddress(attribute: (name: string) => string | null): StreamAddress | undefined {
  const src = attribute("src")?.trim() ?? "";
  if (src === "") return undefined;
  const [server, key, query] = [attribute("server"), attribute("key"), attribute("query")];
  const base = parsed(asFolder(server ?? "."), document.baseURI);
  // A name is no address, whatever it looks like: names have no slash.
  const whole = src.includes("/") ? parsed(src, base?.href ?? document.baseURI) : undefined;
  const found = whole && /^(.*\/)streams\/([^/]+)(?:\/[^/]*)?$/.exec(whole.pathname);
  if (whole !== undefined && found !== null && found !== undefined) {
    const [, path = "/", name = ""] = found;
    const { searchParams } = whole;
    const given = key ?? searchParams.get("key");
    searchParams.delete("key");
    for (const [term, value] of new URLSearchParams(query ?? "")) searchParams.set(term, value);
    return { server: new URL(path, whole), stream: decoded(name), key: given, query: searchParams };
  }
  if (base === undefined || whole !== undefined) return undefined;
  return { server: base, stream: src, key, query: new URLSearchParams(query ?? "") };
}

/** The WebSocket that all streams of the server come over. */
export function socketAddress({ server, key }: StreamAddress): string {
  const url = withKey(new URL("api/live", server), key);
  url.protocol = url.protocol.replace("http", "ws");
  return url.href;
}

/** The stream as parts, for an `<img>`. */
export function imageAddress({ server, stream, key, query }: StreamAddress): URL {
  const url = new URL(`streams/${encodeURIComponent(stream)}/live.mjpeg`, server);
  url.search = query.toString();
  return withKey(url, key);
}

/** The newest picture. Not every parameter of a stream is one of a picture. */
export function snapshotAddress({ server, stream, key, query }: StreamAddress): URL {
  const url = new URL(`streams/${encodeURIComponent(stream)}/snapshot.jpg`, server);
  const kept = new URLSearchParams(query);
  for (const name of ["adapt", "fps", "duration", "frames"]) kept.delete(name);
  url.search = kept.toString();
  return withKey(url, key);
}

/** What tells the state of every stream. */
export function statesAddress({ server, key }: StreamAddress): URL {
  return withKey(new URL("api/streams", server), key);
}

function withKey(url: URL, key: string | null): URL {
  if (key !== null && key !== "") url.searchParams.set("key", key);
  return url;
}

function asFolder(address: string): string {
  return /[/?#]|^\.?$/.test(address.slice(-1)) ? address : `${address}/`;
}

function parsed(address: string, base: string): URL | undefined {
  try {
    const url = new URL(address, base);
    url.hash = "";
    return url;
  } catch {
    return undefined;
  }
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name; // A stray % is taken as it is.
  }
}
