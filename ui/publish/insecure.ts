import { copyOnClick } from "../clipboard.ts";
import { part, setText } from "../part.ts";

/** What the page can do here: browsers keep cameras and screens from pages that are not secure. */
export function whatIsPossible(): "publish" | "insecure" | "unable" {
  if (!isSecureContext) return "insecure";
  // Lib.dom says that it is always there.
  return "mediaDevices" in navigator ? "publish" : "unable";
}

/** Names the addresses of the ways out. */
export function showWaysOut(): void {
  const local = new URL(location.href);
  local.hostname = "localhost";
  local.search = "";
  local.hash = "";
  setText(part(document, "origin", HTMLElement), location.origin);
  setText(part(document, "local", HTMLElement), local.href);
  setText(part(document, "trusted", HTMLElement), location.origin);
  for (const name of ["local", "flag", "trusted"]) {
    const text = part(document, name, HTMLElement);
    copyOnClick(part(document, `copy-${name}`, HTMLButtonElement), () => text.textContent);
  }
}
