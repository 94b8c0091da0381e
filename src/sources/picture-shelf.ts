import { open, stat, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { isWholeJpeg } from "../core/jpeg-markers.ts";
import { repairJpeg } from "../core/jpeg-repair.ts";
import { fileVersion, systemCode } from "./folder-listing.ts";
import { isJpeg, type ToJpeg } from "./picture-bytes.ts";
import type { SourceReport } from "./source.ts";

/** Largest file that is read: 64 MiB. */
const MOST_BYTES = 64 * 1024 * 1024;

/** A file that was changed less than this ago may still be in the writing. */
const SETTLED_MS = 2_000;

/** However often it is changed, and whatever its disk's clock says: a file that fails for longer than this is broken. */
const GIVEN_UP_MS = 30_000;

/** How far ahead files are looked at, in the time until they are shown. */
export const AHEAD_MS = 1_000;

/** Files that are named when they are passed over; further ones are only counted. */
const MOST_NAMED = 20;

interface Kept {
  readonly version: string;
  readonly jpeg: Uint8Array;
}

interface Failure {
  /** State of the file that failed; it is not read again before it has another one. */
  readonly version: string;
  readonly why: string;
  readonly changedAt: number;
  /** When the file first failed, whatever its state was then. */
  readonly since: number;
  counted: boolean;
}

/**
 * Reads pictures of a folder as JPEGs, and keeps some, so that a folder that plays in a loop is neither read nor
 * converted again and again. What cannot be read is remembered, and told when it is sure that nobody is writing it.
 */
export class PictureShelf {
  readonly #convert: ToJpeg;
  readonly #mostBytes: number;
  readonly #kept = new Map<string, Kept>();
  readonly #failures = new Map<string, Failure>();
  readonly #named = new Set<string>();
  /** Files that were looked at ahead and had not changed, until when that is good for one showing. */
  readonly #unchanged = new Map<string, number>();
  #bytes = 0;

  /** @param mostBytes of pictures that are kept. */
  constructor(convert: ToJpeg, mostBytes: number) {
    this.#convert = convert;
    this.#mostBytes = mostBytes;
  }

  /**
   * Looks whether kept pictures that are about to be shown still are what their files hold. Many at once, as a look costs
   * a tenth then of what it costs alone; it is good for one showing within {@link AHEAD_MS}.
   */
  async lookAhead(directory: string, names: readonly string[]): Promise<void> {
    await Promise.all(
      names.map(async (name) => {
        const kept = this.#kept.get(name);
        if (kept === undefined) return;
        const stats = await stat(join(directory, name)).catch(() => undefined);
        // What has changed or gone is found out, and told, when it is loaded.
        if (stats === undefined || fileVersion(stats) !== kept.version) return;
        this.#unchanged.set(name, performance.now() + 2 * AHEAD_MS);
      }),
    );
  }

  /** The kept picture of a file that was looked at ahead and had not changed. A look is good for one showing. */
  takeLookedAt(name: string): Uint8Array | undefined {
    const isUnchanged = this.#isUnchanged(name);
    this.#unchanged.delete(name);
    return isUnchanged ? this.#kept.get(name)?.jpeg : undefined;
  }

  /** Whether a kept picture must be looked after before it is shown. */
  wantsLook(name: string): boolean {
    return this.#kept.has(name) && !this.#isUnchanged(name);
  }

  /** The picture in a file; undefined when the file has vanished or is passed over. Never throws. */
  async load(directory: string, name: string, report: SourceReport): Promise<Uint8Array | undefined> {
    const path = join(directory, name);
    let version = "";
    let changedAt = 0;
    try {
      const stats = await stat(path);
      // Anything may be called x.jpg: a folder, or a pipe that would never end.
      if (!stats.isFile()) return undefined;
      version = fileVersion(stats);
      changedAt = Math.max(stats.mtimeMs, stats.ctimeMs);
      const kept = this.#kept.get(name);
      if (kept?.version === version) return kept.jpeg;
      const failure = this.#failures.get(name);
      if (failure?.version === version) return this.#passOver(name, failure, report);
      const jpeg = await this.#read(path);
      this.#failures.delete(name);
      this.#keep(name, { version, jpeg });
      return jpeg;
    } catch (error) {
      if (systemCode(error) === "ENOENT") {
        this.#drop(name);
        return undefined;
      }
      const why = error instanceof Error ? error.message : String(error);
      const since = this.#failures.get(name)?.since ?? Date.now();
      const failure = { version, why, changedAt, since, counted: false };
      this.#failures.set(name, failure);
      return this.#passOver(name, failure, report);
    }
  }

  /** Whether a file failed so lately that it may be whole a moment later. */
  mayBeInTheWriting(name: string): boolean {
    const failure = this.#failures.get(name);
    return failure !== undefined && !isSettled(failure);
  }

  /** Why a file is passed over; undefined when it is not. */
  whyNot(name: string): string | undefined {
    return this.#failures.get(name)?.why;
  }

  /** Forgets files that are not among `names`. */
  keepOnly(names: readonly string[]): void {
    if (this.#kept.size === 0 && this.#failures.size === 0) return;
    const there = new Set(names);
    for (const name of this.#kept.keys()) if (!there.has(name)) this.#drop(name);
    for (const name of this.#failures.keys()) if (!there.has(name)) this.#failures.delete(name);
  }

  /** Lets go of the pictures, and remembers what cannot be read. */
  clear(): void {
    this.#kept.clear();
    this.#unchanged.clear();
    this.#bytes = 0;
  }

  #isUnchanged(name: string): boolean {
    return (this.#unchanged.get(name) ?? 0) > performance.now();
  }

  /** While a file is being written again, its last whole picture stands for it. */
  #passOver(name: string, failure: Failure, report: SourceReport): Uint8Array | undefined {
    if (!isSettled(failure)) return this.#kept.get(name)?.jpeg;
    this.#drop(name);
    if (failure.counted) return undefined;
    failure.counted = true;
    report.dropped(1);
    if (this.#named.has(name) || this.#named.size > MOST_NAMED) return undefined;
    this.#named.add(name);
    report.note(
      this.#named.size > MOST_NAMED
        ? "more files are passed over; they are counted and no longer named"
        : `${JSON.stringify(name)} is passed over: ${failure.why}`,
    );
    return undefined;
  }

  async #read(path: string): Promise<Uint8Array> {
    const handle = await open(path);
    let bytes: Uint8Array;
    try {
      bytes = await readWhole(handle);
    } finally {
      await handle.close();
    }
    if (!isJpeg(bytes)) return this.#convert(bytes);
    const jpeg = isWholeJpeg(bytes) ? repairJpeg(bytes) : undefined;
    if (jpeg === undefined) throw new Error("the JPEG is cut off or damaged");
    return jpeg;
  }

  /** First come, first kept: in a loop that is larger than the shelf, throwing out the oldest would never keep anything. */
  #keep(name: string, kept: Kept): void {
    this.#drop(name);
    if (this.#bytes + kept.jpeg.length > this.#mostBytes) return;
    this.#kept.set(name, kept);
    this.#bytes += kept.jpeg.length;
  }

  #drop(name: string): void {
    this.#bytes -= this.#kept.get(name)?.jpeg.length ?? 0;
    this.#kept.delete(name);
    this.#unchanged.delete(name);
  }
}

function isSettled({ changedAt, since }: Failure): boolean {
  const now = Date.now();
  return now - changedAt > SETTLED_MS || now - since > GIVEN_UP_MS;
}

async function readWhole(handle: FileHandle): Promise<Uint8Array> {
  const before = await handle.stat();
  if (before.size > MOST_BYTES) {
    throw new Error(`the file is too large: ${before.size} bytes, at most ${MOST_BYTES} are read`);
  }
  const bytes = Buffer.allocUnsafeSlow(before.size);
  let length = 0;
  for (;;) {
    const { bytesRead } = await handle.read(bytes, length, bytes.length - length, length);
    length += bytesRead;
    if (bytesRead === 0 || length === bytes.length) break;
  }
  const after = await handle.stat();
  if (length !== before.size || fileVersion(after) !== fileVersion(before)) {
    throw new Error("the file changed while it was read");
  }
  if (length === 0) throw new Error("the file is empty");
  return bytes;
}
