const STORED_AS = "kinora:publish-key";

let current = take();

/** The key that publishing needs where the server has one; empty without. */
export function publishKey(): string {
  return current;
}

/** Uses another key from now on, and keeps it as long as this tab is open. */
export function setPublishKey(key: string): void {
  current = key;
  keep(key);
}

/** The key of the address, which then shows it no longer: whoever looks at the screen must not learn it. */
function take(): string {
  const url = new URL(location.href);
  const given = url.searchParams.get("key");
  if (given === null) return kept();
  if (keep(given)) {
    url.searchParams.delete("key");
    history.replaceState(null, "", url);
  }
  return given;
}

function keep(key: string): boolean {
  try {
    sessionStorage.setItem(STORED_AS, key);
    return true;
  } catch {
    return false; // The browser keeps nothing for this page: a reload needs the key in the address.
  }
}

function kept(): string {
  try {
    return sessionStorage.getItem(STORED_AS) ?? "";
  } catch {
    return ""; // As above.
  }
}
