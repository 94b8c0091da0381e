import type { Stats } from "node:fs";
import { lstat, readlink } from "node:fs/promises";
import { dirname, join, parse, sep } from "node:path";

/** Where a path leads, link by link. */
export interface Trail {
  /** The folder, without links, in which the last name was looked up. */
  readonly folder: string;
  /** The last name that was looked up: of the file, or of what is missing. */
  readonly name: string;
  /** What is there; undefined where something on the way is missing or in the way. */
  readonly stats: Stats | undefined;
  /** Why there is nothing: the error of the last look. */
  readonly error: unknown;
  /** Whether only the last name is missing: its folder is there. */
  readonly isAtEnd: boolean;
}

/** As many links as Linux follows. */
const MOST_LINKS = 40;

/**
 * Follows an absolute path through every link to a file or folder, or to where it breaks off.
 * @param before called before each name is looked up, with whether it is the last one as far as can be told: whatever
 *   changes there afterwards is seen by who watches from then on
 */
export async function followTrail(
  path: string,
  before: (folder: string, name: string, isLast: boolean) => void,
): Promise<Trail> {
  const names = split(path);
  let folder = parse(path).root;
  let links = 0;
  for (;;) {
    const name = names.shift();
    if (name === undefined) return there(folder);
    const isAtEnd = names.length === 0;
    if (name === "..") {
      folder = dirname(folder);
      continue;
    }
    before(folder, name, isAtEnd);
    const at = join(folder, name);
    try {
      const stats = await lstat(at);
      if (stats.isSymbolicLink()) {
        if (++links > MOST_LINKS) throw new Error("its links lead in a circle");
        const target = await readlink(at);
        names.unshift(...split(target));
        if (parse(target).root !== "") folder = parse(target).root;
      } else if (isAtEnd) {
        return { folder, name, stats, error: undefined, isAtEnd };
      } else {
        // What is no folder fails by itself at the next name.
        folder = at;
      }
    } catch (error) {
      return { folder, name, stats: undefined, error, isAtEnd };
    }
  }
}

/** The end of a path such as `/` or `/a/..`, which is a folder. */
async function there(folder: string): Promise<Trail> {
  return { folder, name: "", stats: await lstat(folder), error: undefined, isAtEnd: true };
}

function split(path: string): string[] {
  const { root } = parse(path);
  return path
    .slice(root.length)
    .split(sep)
    .filter((name) => name !== "" && name !== ".");
}
