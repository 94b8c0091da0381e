const STORED_AS = "kinora:viewer-key";

let current = stored() ?? fresh();
keep();

/**
 * The name under which the server knows this tab's viewers. With a second request for a stream it ends the first one's
 * connection: WebKit holds on to it when an `<img>` is done with it, and after a reload nobody would look at it.
 */
export function viewerKey(): string {
  return current;
}

/**
 * Gives way to a tab that has the same key and calls `onChange` once this one has another. Tabs get the same key by
 * being duplicated, and would end each other's pictures for ever.
 */
export function giveWayToDuplicates(onChange: () => void): void {
  try {
    const channel = new BroadcastChannel(STORED_AS);
    channel.addEventListener("message", ({ data }) => {
      if (data !== current) return;
      current = fresh();
      keep();
      onChange();
    });
    channel.postMessage(current);
  } catch {
    // Firefox forbids it where cookies are blocked. Then nothing is stored either, and no two tabs have the same key.
  }
}

/** What this tab kept, if it was reloaded: in every other case its earlier viewers are another tab's, or gone. */
function stored(): string | null {
  const [navigation] = performance.getEntriesByType("navigation");
  if (!(navigation instanceof PerformanceNavigationTiming) || navigation.type !== "reload") return null;
  try {
    return sessionStorage.getItem(STORED_AS);
  } catch {
    return null; // The browser keeps nothing for this page: its frame is sandboxed, or the visitor wants it so.
  }
}

function keep(): void {
  try {
    sessionStorage.setItem(STORED_AS, current);
  } catch {
    // As above. The next reload leaves a viewer behind until its connection is found dead.
  }
}

function fresh(): string {
  // Not crypto.randomUUID(), which browsers offer only over https.
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (word) => word.toString(36)).join("");
}
