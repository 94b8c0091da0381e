import { publishKey } from "./key.ts";

/** Address of the WebSocket that takes pictures for a stream. `takeover` ends whoever publishes there now. */
export function publishAddress(name: string, takeover: boolean): URL {
  const url = new URL(`streams/${encodeURIComponent(name)}/publish`, document.baseURI);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  if (publishKey() !== "") url.searchParams.set("key", publishKey());
  if (takeover) url.searchParams.set("takeover", "1");
  return url;
}

/** A whole address for others, without the publish key: it is not theirs. */
export function addressForOthers(relative: string): string {
  return new URL(relative, document.baseURI).href;
}
