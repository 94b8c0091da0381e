import { part, setText } from "./part.ts";

/** Tells screen readers what changed without moving the focus. */
export function announce(text: string): void {
  setText(part(document, "announcer", HTMLElement), text);
}
