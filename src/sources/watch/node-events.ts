import { watch, type FSWatcher } from "node:fs";
import type { FileEvents, FileEventTaker } from "../../system/file-events.ts";
import { systemCode } from "../folder-listing.ts";

/**
 * Tells what happens in folders by Node's own means, where koffi is missing. It does not tell when a file is closed,
 * nor whether it was renamed: everything is only `changed`.
 */
export function openNodeEvents(taker: FileEventTaker): FileEvents {
  const watchers = new Map<string, FSWatcher>();
  let closed = false;
  const drop = (folder: string) => {
    watchers.get(folder)?.close();
    watchers.delete(folder);
  };
  return {
    watch(folder) {
      if (watchers.has(folder)) return true;
      try {
        const watcher = watch(folder, (_, name) => {
          if (closed) return;
          // A folder tells its own end under its own name, or none.
          if (name === null || folder.endsWith(`/${name}`)) taker.lost();
          if (name !== null) taker.happened(folder, name, "changed");
        });
        watcher.on("error", () => {
          drop(folder);
          if (!closed) taker.lost();
        });
        watchers.set(folder, watcher);
        return true;
      } catch (error) {
        return systemCode(error) === "ENOENT" || systemCode(error) === "ENOTDIR";
      }
    },
    keepOnly(folders) {
      for (const folder of watchers.keys()) if (!folders.has(folder)) drop(folder);
    },
    // Node tells in the next turn of the loop, and not before.
    take: () => undefined,
    async close() {
      closed = true;
      for (const folder of watchers.keys()) drop(folder);
    },
  };
}
