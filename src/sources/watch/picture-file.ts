import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  statSync,
  type Stats,
} from "node:fs";
import { lstat, open, stat, type FileHandle } from "node:fs/promises";
import { endOfPicture } from "../../core/jpeg-markers.ts";
import { repairJpeg } from "../../core/jpeg-repair.ts";
import { readHead } from "../../core/jpeg-segments.ts";
import { fileVersion, systemCode } from "../folder-listing.ts";
import { isJpeg, type ToJpeg } from "../picture-bytes.ts";

/** Largest file that is read: 16 MiB, as the largest part of a stream. */
const MOST_BYTES = 16 * 1024 * 1024;

/** The bytes of a file. */
export interface Content {
  readonly is: "content";
  /** State of the file; another one when it was written since. */
  readonly version: string;
  readonly bytes: Uint8Array;
  /** Which file it is, whatever its name. */
  readonly inode: number;
  /** When it was written last, in milliseconds since the Unix epoch. */
  readonly modifiedAt: number;
}

/** A file that is there, and no picture; `mayHeal` where it may be in the writing. */
export interface Unfit {
  readonly is: "unfit";
  readonly version: string;
  readonly why: string;
  readonly mayHeal: boolean;
}

/** What a look into a file gave. */
export type Reading =
  | Content
  | Unfit
  /** It changed while it was read. */
  | { readonly is: "torn"; readonly version: string }
  /** No file, not there, or not to be opened: where the path leads must be looked at anew. */
  | { readonly is: "elsewhere" };

/** The picture in some bytes, or why there is none; `mayHeal` where the beginning of a picture is there. */
export type Picture =
  | { readonly jpeg: Uint8Array }
  | { readonly jpeg: undefined; readonly why: string; readonly mayHeal: boolean };

// A pipe that takes a file's place must not hold us, and a link must not lead anywhere unseen. Windows has neither.
const { O_RDONLY, O_NONBLOCK = 0, O_NOFOLLOW = 0 } = constants as Partial<typeof constants>;

const ELSEWHERE: Reading = { is: "elsewhere" };

/**
 * Reads a file at once, for files of this machine that were written a moment ago and so are in its memory: 100 KB take
 * 0.05 ms, and the shorter it takes, the seldomer a writer comes in between.
 * @param links whether links are followed
 */
export function readNow(path: string, links: boolean): Reading {
  let fd: number | undefined;
  try {
    if (!(links ? statSync(path) : lstatSync(path)).isFile()) return ELSEWHERE;
    fd = openSync(path, flags(links));
    const before = fstatSync(fd);
    const refusal = refuse(before);
    if (refusal !== undefined) return refusal;
    const bytes = Buffer.allocUnsafeSlow(before.size);
    let length = 0;
    for (let got = -1; got !== 0 && length < bytes.length; length += got) {
      got = readSync(fd, bytes, length, bytes.length - length, length);
    }
    return settle(bytes, length, before, fstatSync(fd));
  } catch (error) {
    return failure(error);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** The same without holding up anything else, for disks that may be slow or never answer. */
export async function readLater(path: string, links: boolean): Promise<Reading> {
  let handle: FileHandle | undefined;
  try {
    if (!(await (links ? stat(path) : lstat(path))).isFile()) return ELSEWHERE;
    handle = await open(path, flags(links));
    const before = await handle.stat();
    const refusal = refuse(before);
    if (refusal !== undefined) return refusal;
    const bytes = Buffer.allocUnsafeSlow(before.size);
    let length = 0;
    for (let got = -1; got !== 0 && length < bytes.length; length += got) {
      got = (await handle.read(bytes, length, bytes.length - length, length)).bytesRead;
    }
    return settle(bytes, length, before, await handle.stat());
  } catch (error) {
    return failure(error);
  } finally {
    await handle?.close();
  }
}

/** Makes a JPEG of what a file held. Never throws. */
export async function asPicture(bytes: Uint8Array, convert: ToJpeg): Promise<Picture> {
  if (isJpeg(bytes)) {
    const jpeg = firstPicture(bytes);
    return jpeg === undefined ? { jpeg, why: "the JPEG is cut off or damaged", mayHeal: true } : { jpeg };
  }
  try {
    return { jpeg: await convert(bytes) };
  } catch (error) {
    return { jpeg: undefined, why: error instanceof Error ? error.message : String(error), mayHeal: false };
  }
}

/**
 * Index behind the first picture in some bytes; undefined where none is whole. A file that was written over in place ends
 * with the rest of the longer picture that it held before.
 */
export function endOfFirst(bytes: Uint8Array): number | undefined {
  const head = readHead(bytes);
  if (head === undefined) return undefined;
  // Without its last byte the end of the file is no end marker, and all of the picture is walked through.
  return endOfPicture(bytes.subarray(0, -1), head.scan.end) ?? endOfPicture(bytes, head.scan.end);
}

function firstPicture(bytes: Uint8Array): Uint8Array | undefined {
  const end = endOfFirst(bytes);
  return end === undefined ? undefined : repairJpeg(bytes.subarray(0, end));
}

function flags(links: boolean): number {
  return (O_RDONLY ?? 0) | O_NONBLOCK | (links ? 0 : O_NOFOLLOW);
}

function refuse(stats: Stats): Reading | undefined {
  const version = fileVersion(stats);
  if (!stats.isFile()) return ELSEWHERE;
  if (stats.size === 0) return { is: "unfit", why: "the file is empty", version, mayHeal: true };
  if (stats.size <= MOST_BYTES) return undefined;
  const why = `the file is too large: ${stats.size} bytes, at most ${MOST_BYTES} are read`;
  return { is: "unfit", why, version, mayHeal: false };
}

function settle(bytes: Uint8Array, length: number, before: Stats, after: Stats): Reading {
  // Renaming another file over it changes the time of change, too, and harms nothing: what is open stays what it was.
  const isSame = before.size === after.size && before.mtimeMs === after.mtimeMs;
  const version = fileVersion(after);
  if (length !== before.size || !isSame) return { is: "torn", version };
  return { is: "content", version, bytes, inode: before.ino, modifiedAt: before.mtimeMs };
}

function failure(error: unknown): Reading {
  if (["ENOENT", "ENOTDIR", "ELOOP", "EACCES", "EPERM"].includes(systemCode(error))) return ELSEWHERE;
  const why = error instanceof Error ? error.message : String(error);
  return { is: "unfit", why: `it cannot be read: ${why}`, version: "", mayHeal: true };
}
