import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** The absolute path that an address names. Shells expand `~` at the beginning of a word, not behind `folder:`. */
export function absolutePath(path: string): string {
  return path === "~" || path.startsWith("~/") ? join(homedir(), path.slice(1)) : resolve(path);
}
