import { stat } from "node:fs/promises";
import { join } from "node:path";
import { fileVersion, FolderListing } from "../folder-listing.ts";

/** How many are found: where the newest cannot be shown, an older one may. */
const FOUND = 8;

/** Files that are looked at at once; more do not make it faster. */
const AT_ONCE = 64;

/** Time between two looks at all files of a large folder, in looks: at most 1/20 of the time goes into it. */
const LOOKS_APART = 20;

/** A file that was found. */
export interface NewFile {
  readonly name: string;
  /** When it was written last, in milliseconds since the Unix epoch. */
  readonly modifiedAt: number;
  /** State of the file; another one when it was written since. */
  readonly version: string;
}

/** Finds the newest pictures of a folder by when they were last written. */
export class NewestFiles {
  readonly #folder: string;
  readonly #listing: FolderListing;
  #known: ReadonlySet<string> = new Set();
  #found: readonly NewFile[] = [];
  #nextAllAt = 0;

  constructor(folder: string) {
    this.#folder = folder;
    this.#listing = new FolderListing(folder);
  }

  /**
   * The newest, the newest first; none in an empty folder. Files that are new to the folder are always looked
   * at; whether older ones were written again, in a large folder, only now and then.
   * @throws SourceError `ERR_FOLDER_UNREADABLE`.
   */
  async find(signal: AbortSignal): Promise<readonly NewFile[]> {
    await this.#listing.refresh();
    const { names } = this.#listing;
    const startedAt = performance.now();
    const all = startedAt >= this.#nextAllAt;
    const there = new Set(names);
    const before = this.#found.map(({ name }) => name).filter((name) => there.has(name));
    const looked = all ? names : [...before, ...names.filter((name) => !this.#known.has(name))];
    this.#found = await this.#newestOf(looked, signal);
    this.#known = there;
    if (all) this.#nextAllAt = startedAt + (performance.now() - startedAt) * LOOKS_APART;
    return this.#found;
  }

  async #newestOf(names: readonly string[], signal: AbortSignal): Promise<readonly NewFile[]> {
    let found: NewFile[] = [];
    for (let at = 0; at < names.length && !signal.aborted; at += AT_ONCE) {
      const looked = await Promise.all(names.slice(at, at + AT_ONCE).map((name) => this.#look(name)));
      // The sort is stable: of files of the same moment the later name is the newer one.
      found = [...looked.flat().reverse(), ...found].sort((a, b) => b.modifiedAt - a.modifiedAt);
      found.length = Math.min(found.length, FOUND);
    }
    return found;
  }

  async #look(name: string): Promise<NewFile[]> {
    // What vanished meanwhile is not the newest file, nor is a folder.
    const stats = await stat(join(this.#folder, name)).catch(() => undefined);
    return stats?.isFile() === true ? [{ name, modifiedAt: stats.mtimeMs, version: fileVersion(stats) }] : [];
  }
}
