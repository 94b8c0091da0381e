import { constants, type Stats } from "node:fs";
import { open, opendir, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { SourceError } from "../../core/errors.ts";
import { systemCode } from "../folder-listing.ts";
import type { Trail } from "./trail.ts";

/** A file or a folder that can be read. */
export interface Found {
  /** Whether it is a folder of pictures, and no picture. */
  readonly isFolder: boolean;
  /** Its own path, without links. */
  readonly path: string;
  readonly stats: Stats;
}

/** File systems whose changes by other machines and programs the kernel does not tell; statfs(2), linux/magic.h. */
const DO_NOT_TELL: ReadonlySet<number> = new Set([
  0x6969, // NFS
  0x517b, // SMB
  0xff534d42, // CIFS
  0xfe534d42, // SMB 2 and 3
  0x65735546, // FUSE: sshfs, rclone, virtiofs
  0x01021997, // 9P: WSL, virtual machines
  0x786f4256, // VirtualBox shared folders
  0xbacbacbc, // VMware shared folders
  0x00c36400, // Ceph
  0x0bd00bd0, // Lustre
  0x01161970, // GFS2
  0x7461636f, // OCFS2
  0x5346414f, // AFS of OpenAFS
  0x6b414653, // AFS of Linux
  0x73757245, // Coda
]);

/** Whether the kernel tells every change of a folder, whoever makes it. False where that cannot be found out. */
export async function tellsChanges(folder: string): Promise<boolean> {
  if (process.platform !== "linux") return false;
  try {
    return !DO_NOT_TELL.has((await statfs(folder)).type >>> 0);
  } catch (error) {
    // What is gone by now is told; whoever asks looks again then.
    return systemCode(error) === "ENOENT";
  }
}

/**
 * What a trail leads to, if it can be read.
 * @throws SourceError `ERR_FILE_UNREADABLE` or, of folders, `ERR_FOLDER_UNREADABLE`: nothing is there, it may not be read,
 *   or it is neither file nor folder.
 */
export async function whatIsThere(path: string, { folder, name, stats, error }: Trail): Promise<Found> {
  if (stats === undefined) throw unreadable(path, error);
  const end = join(folder, name);
  if (!stats.isFile() && !stats.isDirectory()) throw notAFile(path, stats);
  try {
    if (stats.isDirectory()) {
      await (await opendir(end)).close();
      // Without the right to enter it, names can be read and no file.
      await stat(`${end}/.`);
    } else {
      await (await open(end, constants.O_RDONLY | constants.O_NONBLOCK)).close();
    }
  } catch (cause) {
    throw unreadable(path, cause, stats.isDirectory());
  }
  return { isFolder: stats.isDirectory(), path: end, stats };
}

function unreadable(path: string, error: unknown, isFolder = false): SourceError {
  const code = systemCode(error);
  const what = isFolder ? `folder ${path}` : path;
  const why =
    code === "ENOENT" || code === "ENOTDIR"
      ? "is not there; it is shown as soon as something writes it"
      : code === "EACCES" || code === "EPERM"
        ? `may not be read by this user; give it the right to (chmod a+r${isFolder ? "x" : ""}), or run as its owner`
        : `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  const name = isFolder ? "ERR_FOLDER_UNREADABLE" : "ERR_FILE_UNREADABLE";
  return new SourceError(name, `${what} ${why}`, { retryable: true, cause: error });
}

function notAFile(path: string, stats: Stats): SourceError {
  const what = stats.isFIFO()
    ? "a pipe; exec:cat with its path reads one"
    : stats.isSocket()
      ? "a socket"
      : "a device; camera: reads cameras";
  const text = `${path} is no file and no folder, but ${what}`;
  return new SourceError("ERR_FILE_UNREADABLE", text, { retryable: true });
}
