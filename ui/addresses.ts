// Everything is relative to the page, so that it works behind a proxy which puts Kinora below a folder.

/** Address of the list of streams. */
export const API_ADDRESS = "api/streams";

/** Relative address of a stream's live picture. */
export function liveAddress(name: string): string {
  return `streams/${name}/live.mjpeg`;
}

/** Relative address of a stream's newest single picture. */
export function snapshotAddress(name: string): string {
  return `streams/${name}/snapshot.jpg`;
}

/** The key that this page was opened with, which every address needs where the page's cookie is not; null without. */
export function viewKey(): string | null {
  return new URLSearchParams(location.search).get("key");
}

/** The whole address, for use outside this page. */
export function absolute(relative: string): string {
  const url = new URL(relative, document.baseURI);
  const key = viewKey();
  if (key !== null) url.searchParams.set("key", key);
  return url.href;
}

/** The tag that shows a stream on any other page. */
export function imageTag(name: string): string {
  return `<img src="${absolute(liveAddress(name))}" alt="${name}">`;
}

/** The stream that the page's own address names behind `#`; empty for all streams. */
export function focusedName(): string {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return ""; // A stray % in a hand-written address names no stream.
  }
}
