import type { Stats } from "node:fs";
import { opendir, stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { SourceError } from "../core/errors.ts";
import { sortNaturally } from "./natural-order.ts";

/** Most pictures of a folder that are listed; their names take about 50 MB. */
const MOST_FILES = 500_000;

/** Shortest time between two looks at the folder. */
const LOOK_MS = 80;

/** Time between two readings of a large folder, in readings: at most 1/20 of a core goes into it. */
const READINGS_APART = 20;

/**
 * A folder younger than this when it was read may have changed in the same tick of its clock (2 s on FAT), which its
 * time of change does not tell.
 */
const TICK_MS = 2_000;

const PICTURE_NAME = /^[^.].*\.(?:jpe?g|jpe|jfif|png|webp|gif|tiff?|avif)$/is;

/** Whether a file of that name is taken for a picture: by its ending, and not hidden. */
export function isPictureName(name: string): boolean {
  return PICTURE_NAME.test(name);
}

/**
 * The pictures of a folder by name, in natural order, read anew when the folder has changed. The times of the folder
 * are looked at instead of watching it: watches are few, and network folders and containers do not tell.
 */
export class FolderListing {
  readonly #path: string;
  #directory: string;
  #names: readonly string[] = [];
  #version = "";
  #settled = false;
  #nextLookAt = 0;

  /** @param path of a folder, or of one picture, which then is a folder of one. */
  constructor(path: string) {
    this.#path = path;
    this.#directory = path;
  }

  /** The folder that {@link names} are in. */
  get directory(): string {
    return this.#directory;
  }

  /** What was found by the last {@link refresh}. */
  get names(): readonly string[] {
    return this.#names;
  }

  /**
   * Reads the folder again if it may have changed since, but not more often than its size allows. True when it was read.
   * @throws SourceError `ERR_FOLDER_UNREADABLE`.
   */
  async refresh(): Promise<boolean> {
    const startedAt = performance.now();
    if (startedAt < this.#nextLookAt) return false;
    this.#nextLookAt = startedAt + LOOK_MS;
    try {
      const stats = await stat(this.#path);
      const version = fileVersion(stats);
      if (this.#settled && version === this.#version) return false;
      this.#settled = Date.now() - stats.mtimeMs > TICK_MS;
      this.#version = version;
      await this.#read(stats);
    } catch (error) {
      this.#settled = false;
      throw unreadable(this.#path, error);
    }
    const tookMs = performance.now() - startedAt;
    this.#nextLookAt = startedAt + Math.max(LOOK_MS, tookMs * READINGS_APART);
    return true;
  }

  async #read(stats: Stats): Promise<void> {
    if (!stats.isDirectory()) {
      this.#directory = dirname(this.#path);
      this.#names = [basename(this.#path)];
      return;
    }
    this.#directory = this.#path;
    const names: string[] = [];
    for await (const entry of await opendir(this.#path, { bufferSize: 1024 })) {
      if (entry.isDirectory() || !isPictureName(entry.name)) continue;
      names.push(entry.name);
      if (names.length === MOST_FILES) break;
    }
    this.#names = await sortNaturally(names);
  }
}

/** Tells two states of a file or folder apart. */
export function fileVersion({ ino, size, mtimeMs, ctimeMs }: Stats): string {
  return `${ino} ${size} ${mtimeMs} ${ctimeMs}`;
}

/** The code of a system error: `ENOENT`. Empty for anything else. */
export function systemCode(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

function unreadable(path: string, error: unknown): SourceError {
  const code = systemCode(error);
  const why =
    code === "ENOENT"
      ? "does not exist; check the path, or wait until it is mounted"
      : code === "EACCES" || code === "EPERM"
        ? "may not be read by this user; give it the right to (chmod a+rx), or run as the folder's owner"
        : `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  // A stick that was pulled comes back, and so do rights: looking again harms nobody.
  return new SourceError("ERR_FOLDER_UNREADABLE", `folder ${path} ${why}`, { retryable: true, cause: error });
}
