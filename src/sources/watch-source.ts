import { MjpegError } from "../core/errors.ts";
import { openFileEvents } from "../system/file-events.ts";
import { absolutePath } from "./absolute-path.ts";
import type { SourceAddress } from "./address.ts";
import { systemCode } from "./folder-listing.ts";
import type { ToJpeg } from "./picture-bytes.ts";
import type { Source } from "./source.ts";
import { openNodeEvents } from "./watch/node-events.ts";
import { followTrail } from "./watch/trail.ts";
import { WatchedPath, type Watching } from "./watch/watched-path.ts";
import { tellsChanges, whatIsThere } from "./watch/what-is-there.ts";

/** Changes are told by inotify. */
const EXACT: Watching = { open: openFileEvents, tells: tellsChanges, isExact: true };

/** What else there is, where koffi is missing or the system gives no more of them. Off Linux, paths are looked at in turns. */
export const INEXACT: Watching = {
  open: process.platform === "linux" ? openNodeEvents : () => undefined,
  tells: tellsChanges,
  isExact: false,
};

/**
 * `watch:PATH`: a picture file that another program overwrites again and again, or the newest picture of a folder, as
 * soon as it is whole. The first picture is what is there already. Never ends: what is missing is waited for.
 * @param watching how changes are found; tests choose
 * @throws MjpegError `ERR_ADDRESS_INVALID` without a path, `ERR_OPTION_INVALID` for an unknown option.
 */
export function openWatch(address: SourceAddress, convert: ToJpeg, watching: Watching = EXACT): Source {
  const { options, target } = address;
  options.end();
  if (target === "") {
    throw new MjpegError("ERR_ADDRESS_INVALID", '"watch:" names no file; write watch:PATH');
  }
  const path = absolutePath(target);
  return {
    label: `watch ${target}`,
    async check() {
      const trail = await followTrail(path, () => undefined);
      // A file that does not exist yet may well come; its folder is to be there.
      const isToCome = trail.isAtEnd && systemCode(trail.error) === "ENOENT";
      if (!isToCome) await whatIsThere(path, trail);
    },
    async *capture(signal, report) {
      const watched = open();
      try {
        yield* watched.pictures();
      } finally {
        await watched.close();
      }

      function open(): WatchedPath {
        try {
          return new WatchedPath(path, convert, watching, signal, report);
        } catch (error) {
          if (!(error instanceof MjpegError)) throw error;
          return new WatchedPath(path, convert, INEXACT, signal, report);
        }
      }
    },
  };
}
