import { MjpegError } from "../core/errors.ts";
import { loadLibc, type Libc } from "./libc.ts";

/**
 * What happened to an entry of a watched folder:
 *
 * - `closed`: a program that had it open for writing closed it;
 * - `moved`: it was renamed to this name, as a whole;
 * - `changed`: it was made or written to, and somebody may still be writing it;
 * - `rights`: its rights, owner or times changed;
 * - `gone`: it was removed or renamed.
 */
export type FileEventKind = "closed" | "moved" | "changed" | "rights" | "gone";

/** Who is told. Called synchronously, in the main thread's loop; must not throw. */
export interface FileEventTaker {
  /** Something happened to the entry `name` of a watched folder. */
  happened(folder: string, name: string, kind: FileEventKind): void;
  /** A watched folder is gone or elsewhere, or more happened than the system can tell: all must be looked at anew. */
  lost(): void;
}

/** Tells what happens in some folders. */
export interface FileEvents {
  /**
   * Watches a folder, once or once more. Folders are told apart by their path, which must hold no link.
   * @param contents whether writing into its files matters, or only which entries it has
   * @returns false where the system refuses to watch it: no right to read it, too many watches. A folder that does not
   *   exist is not refused.
   */
  watch(folder: string, contents: boolean): boolean;
  /** Watches no other folders than these any longer. */
  keepOnly(folders: ReadonlySet<string>): void;
  /** Tells at once what has happened up to now, instead of in the next turn of the loop. */
  take(): void;
  /** Tells nothing more, from now on. Resolves when all that was held is given back. */
  close(): Promise<void>;
}

// linux/inotify.h; the same on every architecture, but for the flags, which are those of open().
const IN_MODIFY = 0x2;
const IN_ATTRIB = 0x4;
const IN_CLOSE_WRITE = 0x8;
const IN_MOVED_FROM = 0x40;
const IN_MOVED_TO = 0x80;
const IN_CREATE = 0x100;
const IN_DELETE = 0x200;
const IN_DELETE_SELF = 0x400;
const IN_MOVE_SELF = 0x800;
const IN_UNMOUNT = 0x2000;
const IN_Q_OVERFLOW = 0x4000;
const IN_IGNORED = 0x8000;
const IN_ONLYDIR = 0x1000000;
const IN_MASK_ADD = 0x20000000;
const IN_NONBLOCK = 0o4000;
const IN_CLOEXEC = 0o2000000;

const ENTRIES =
  IN_MOVED_FROM | IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF;
const CONTENTS = IN_MODIFY | IN_CLOSE_WRITE;
const LOST = IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_Q_OVERFLOW | IN_IGNORED;

const EACCES = 13;
const ENOSPC = 28;
const ENOMEM = 12;

const BUFFER_BYTES = 65_536;
/** The system keeps 16 384 events, which are 12 such buffers at most; a turn of the loop must end all the same. */
const MOST_READS = 12;
/** Watch number, mask, cookie and length of the name: four words, with the name behind them. */
const WORDS_OF_EVENT = 4;

/** Being told costs about 20 µs. So many times a second, at most, with a reserve for the pieces that a picture is written in. */
const TELLINGS_A_SECOND = 600;
const RESERVE = 100;
const PAUSE_MS = 8;

/**
 * Tells what happens in folders by inotify, as soon as it happens; of a busy folder at most every 8 ms.
 * @throws MjpegError `ERR_MODULE_MISSING` off Linux and without koffi; `ERR_INTERNAL` where the system gives no more of
 *   them (`fs.inotify.max_user_instances`).
 */
export function openFileEvents(taker: FileEventTaker): FileEvents {
  const libc = loadLibc("watching files");
  const fd = libc.inotifyInit1(IN_NONBLOCK | IN_CLOEXEC);
  if (fd === -1)
    throw new MjpegError("ERR_INTERNAL", `the system watches no more folders: error ${libc.errno()}`);
  return new Inotify(libc, fd, taker);
}

class Inotify implements FileEvents {
  readonly #libc: Libc;
  readonly #fd: number;
  readonly #taker: FileEventTaker;
  readonly #bytes = Buffer.alloc(BUFFER_BYTES);
  readonly #words: Int32Array;
  readonly #folders = new Map<number, string>();
  #stopWatching: () => void;
  #timer: NodeJS.Timeout | undefined;
  #tellings = 0;
  #toldAt = 0;
  #closed = false;
  #closing: Promise<void> | undefined;

  constructor(libc: Libc, fd: number, taker: FileEventTaker) {
    this.#libc = libc;
    this.#fd = fd;
    this.#taker = taker;
    this.#words = new Int32Array(this.#bytes.buffer, this.#bytes.byteOffset, BUFFER_BYTES / 4);
    this.#stopWatching = libc.watchReadable(fd, this.#onReadable);
  }

  watch(folder: string, contents: boolean): boolean {
    // What is watched already keeps what it was watched for.
    const mask = ENTRIES | (contents ? CONTENTS : 0) | IN_ONLYDIR | IN_MASK_ADD;
    const watch = this.#libc.inotifyAddWatch(this.#fd, folder, mask);
    if (watch === -1) return ![EACCES, ENOSPC, ENOMEM].includes(this.#libc.errno());
    // A folder that was renamed is still watched, and no longer at this path.
    for (const [other, path] of this.#folders) if (path === folder && other !== watch) this.#drop(other);
    this.#folders.set(watch, folder);
    return true;
  }

  keepOnly(folders: ReadonlySet<string>): void {
    for (const [watch, folder] of this.#folders) if (!folders.has(folder)) this.#drop(watch);
  }

  take(): void {
    for (let reads = 0; reads < MOST_READS && !this.#closed; reads++) {
      const length = this.#libc.read(this.#fd, this.#bytes, BUFFER_BYTES);
      if (length <= 0) return;
      this.#tell(length / 4);
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#giveBack();
    return this.#closing;
  }

  async #giveBack(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#stopWatching();
    this.#folders.clear();
    // Giving watches back takes the system up to 20 ms, which the main thread does not have.
    await this.#libc.later.close(this.#fd);
  }

  readonly #onReadable = (): void => {
    const now = performance.now();
    const regained = ((now - this.#toldAt) * TELLINGS_A_SECOND) / 1000;
    this.#tellings = Math.max(0, this.#tellings - regained) + 1;
    this.#toldAt = now;
    this.take();
    if (this.#tellings > RESERVE && !this.#closed) this.#pause();
  };

  #drop(watch: number): void {
    this.#folders.delete(watch);
    this.#libc.inotifyRmWatch(this.#fd, watch);
  }

  #pause(): void {
    this.#stopWatching();
    this.#stopWatching = () => undefined;
    this.#timer = setTimeout(() => {
      this.#stopWatching = this.#libc.watchReadable(this.#fd, this.#onReadable);
    }, PAUSE_MS);
  }

  #tell(end: number): void {
    for (let at = 0; at + WORDS_OF_EVENT <= end && !this.#closed;) {
      const watch = this.#words[at] ?? 0;
      const mask = this.#words[at + 1] ?? 0;
      const nameBytes = this.#words[at + 3] ?? 0;
      const nameAt = (at + WORDS_OF_EVENT) * 4;
      at += WORDS_OF_EVENT + nameBytes / 4;
      const folder = this.#folders.get(watch);
      if ((mask & IN_Q_OVERFLOW) !== 0) this.#taker.lost();
      // Of a folder that is no longer watched, some events may still be under way.
      if (folder === undefined) continue;
      if ((mask & IN_IGNORED) !== 0) this.#folders.delete(watch);
      if ((mask & LOST) !== 0) this.#taker.lost();
      const kind = kindOf(mask);
      if (kind !== undefined) this.#taker.happened(folder, this.#nameAt(nameAt, nameBytes), kind);
    }
  }

  #nameAt(from: number, length: number): string {
    const end = this.#bytes.indexOf(0, from);
    return this.#bytes.toString("utf8", from, Math.min(end < 0 ? from + length : end, from + length));
  }
}

function kindOf(mask: number): FileEventKind | undefined {
  if ((mask & IN_CLOSE_WRITE) !== 0) return "closed";
  if ((mask & IN_MOVED_TO) !== 0) return "moved";
  if ((mask & (IN_CREATE | IN_MODIFY)) !== 0) return "changed";
  if ((mask & IN_ATTRIB) !== 0) return "rights";
  if ((mask & (IN_DELETE | IN_MOVED_FROM)) !== 0) return "gone";
  return undefined;
}
