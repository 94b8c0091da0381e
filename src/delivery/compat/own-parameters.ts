import { MjpegError } from "../../core/errors.ts";
import { readLiveWish } from "../routes/live-wish.ts";
import { readSnapshotWish } from "../routes/snapshot-wish.ts";

/** Parameters of Kinora's own that may be hung on to every family's addresses. */
const OWN = [
  ...[
    "width",
    "height",
    "fit",
    "enlarge",
    "quality",
    "fps",
    "rotate",
    "flip",
    "crop",
    "text",
    "grey",
    "time",
  ],
  ...["adapt", "duration", "frames"],
  ...["max_age", "after", "wait", "warmup", "placeholder"],
] as const;

/** Those that nobody but Kinora's own clients sends: a wrong value is told. */
const OWN_ONLY = new Set(["layout", "raw", "viewer", "key"]);

/**
 * Kinora's own parameters among those that a family's client sent, without what cannot be: such a client may mean
 * something else by the name, and its own server would have passed over it.
 * @param taken names that mean something of its own to the family
 */
export function ownParameters(query: URLSearchParams, taken: ReadonlySet<string>): [string, string][] {
  const own: [string, string][] = [];
  for (const name of [...OWN, ...OWN_ONLY]) {
    const value = query.get(name);
    if (value === null || taken.has(name) || isBuster(name, value)) continue;
    if (OWN_ONLY.has(name) || isReadable(name, value)) own.push([name, value]);
  }
  return own;
}

/** Whether Kinora's own addresses take that value of that parameter. */
function isReadable(name: string, value: string): boolean {
  const query = new URLSearchParams({ [name]: value });
  try {
    readLiveWish(query);
    readSnapshotWish(query);
    return true;
  } catch (error) {
    if (error instanceof MjpegError) return false;
    throw error;
  }
}

/** `?time=1700000000` keeps caches away. */
function isBuster(name: string, value: string): boolean {
  return name === "time" && !/^(?:1|true)?$/.test(value);
}
