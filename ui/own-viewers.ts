import type { ViewerStatus } from "../src/wire/api-types.ts";
import { VIEWERS_ADDRESS } from "./addresses.ts";
import { viewerKey } from "./viewer-key.ts";

const TIMEOUT_MS = 2000;
/** After a refusal: a server may not tell, and a proxy may not let it be asked. */
const REFUSED_MS = 10_000;

let againAt = 0;

/** Asks what the server knows of this page's own viewers; null when it does not say. */
export async function askOwnViewers(stopped: AbortSignal): Promise<readonly ViewerStatus[] | null> {
  if (performance.now() < againAt) return null;
  const request = new AbortController();
  const stop = (): void => request.abort();
  stopped.addEventListener("abort", stop);
  const timer = setTimeout(stop, TIMEOUT_MS);
  const viewers = await ask(request.signal);
  clearTimeout(timer);
  stopped.removeEventListener("abort", stop);
  if (viewers === null && !stopped.aborted) againAt = performance.now() + REFUSED_MS;
  return viewers;
}

async function ask(signal: AbortSignal): Promise<readonly ViewerStatus[] | null> {
  try {
    const response = await fetch(`${VIEWERS_ADDRESS}?viewer=${viewerKey()}`, { signal, cache: "no-store" });
    const viewers: unknown = response.ok ? await response.json() : null;
    // The page and the server's API types come from one build.
    return Array.isArray(viewers) ? (viewers as ViewerStatus[]) : null;
  } catch {
    return null; // The streams' own figures do instead.
  }
}
