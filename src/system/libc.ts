import { createRequire } from "node:module";
import type Koffi from "koffi";
import type { KoffiFunc } from "koffi";
import { MjpegError } from "../core/errors.ts";

/** The calls of the C library that Kinora makes itself. Each behaves as its manual page says; -1 means: look at `errno()`. */
export interface Libc {
  /** Size of the C type `long` in bytes: 8, or 4 on 32-bit systems, whose kernel structures differ. */
  readonly longBytes: number;
  /** Opens a path; the descriptor, or -1. */
  open(path: string, flags: number, mode: number): number;
  /** Closes a descriptor. */
  close(fd: number): number;
  /** Sends a request to a driver; it reads and writes the bytes of `argument`. */
  ioctl(fd: number, request: number, argument: Uint8Array): number;
  /** Maps memory that is shared with a driver, to be read; its address, or undefined: look at `errno()`. */
  mmap(length: number, fd: number, offset: number): bigint | undefined;
  /** Gives mapped memory back. */
  munmap(address: bigint, length: number): number;
  /** Reads a clock into a `struct timespec`. */
  clockGettime(clock: number, time: Uint8Array): number;
  /** Gives the bytes that a `struct msghdr` names to a socket; how many it took, or -1. */
  sendmsg(fd: number, message: Uint8Array, flags: number): number;
  /** Sets an option of a socket. */
  setsockopt(fd: number, level: number, option: number, value: Uint8Array, length: number): number;
  /** Reads an option of a socket; `length` holds the room there is as 32 bits, then what was filled. */
  getsockopt(fd: number, level: number, option: number, value: Uint8Array, length: Uint8Array): number;
  /** Reads from a descriptor; how many bytes came, or -1. */
  read(fd: number, bytes: Uint8Array, length: number): number;
  /** Makes a descriptor that tells what happens in folders; the descriptor, or -1. */
  inotifyInit1(flags: number): number;
  /** Watches a folder for the events of `mask`; the number that its events bear, or -1. */
  inotifyAddWatch(fd: number, path: string, mask: number): number;
  /** Watches a folder no longer. */
  inotifyRmWatch(fd: number, watch: number): number;
  /** Where bytes lie. They stay there for as long as the array lives. */
  addressOf(bytes: Uint8Array): bigint;
  /** Copies bytes from a mapped address. */
  memcpy(to: Uint8Array, from: bigint, length: number): void;
  /** The number of the last failed call's error on this thread. */
  errno(): number;
  /** Calls that may take seconds. */
  readonly later: LaterLibc;
  /**
   * Watches a descriptor that Node cannot watch, such as a device's: `onReadable` is called in the main thread's loop, again
   * and again for as long as something is left to be read, and when the descriptor is in trouble. It must not throw. Keeps the
   * process alive.
   * @returns stops watching, at once; to be called before the descriptor is closed.
   */
  watchReadable(fd: number, onReadable: () => void): () => void;
}

/**
 * Calls made by a thread of libuv's pool, while the main thread goes on. Each answers with the result, or with minus
 * the number of the error. A call under way cannot be taken back, and the process does not end before it has.
 */
export interface LaterLibc {
  /** {@link Libc.open} */
  open(path: string, flags: number, mode: number): Promise<number>;
  /** {@link Libc.close} */
  close(fd: number): Promise<number>;
  /** {@link Libc.ioctl} */
  ioctl(fd: number, request: number, argument: Uint8Array): Promise<number>;
}

const PROT_READ = 1;
/** Drivers expect it even of a program that only reads. */
const PROT_WRITE = 2;
const MAP_SHARED = 1;

let loaded: Libc | undefined;

/**
 * The C library of this process, loaded once a thread. At once, for a request that waits a turn is not ours any more.
 * @param purpose what needs it, to begin the sentence of an error with: "reading a camera"
 * @throws MjpegError `ERR_MODULE_MISSING` off Linux and where the module koffi is not installed.
 */
export function loadLibc(purpose: string): Libc {
  if (process.platform !== "linux") {
    throw new MjpegError("ERR_MODULE_MISSING", `${purpose} needs Linux, this is ${process.platform}`);
  }
  try {
    return (loaded ??= load());
  } catch (cause) {
    const message = `${purpose} needs the npm module koffi; install it with \`npm install koffi\``;
    throw new MjpegError("ERR_MODULE_MISSING", message, { cause });
  }
}

function load(): Libc {
  const require = createRequire(import.meta.url);
  // What require() gives has no type; this is the package's own.
  const koffi = require("koffi") as typeof Koffi;
  // The symbols of the process itself, not those of a named library: a preloaded library is seen, and musl works.
  const libc = koffi.load(null);
  const longBytes = koffi.sizeof("long");
  const mmap: (
    at: null,
    length: number,
    access: number,
    flags: number,
    fd: number,
    from: number,
  ) => bigint | null = libc.func(
    "void *mmap(void *address, size_t length, int protection, int flags, int fd, long offset)",
  );
  const move: (to: Uint8Array, from: Uint8Array, length: number) => bigint | null = libc.func(
    "void *memmove(void *to, const void *from, size_t length)",
  );
  const open = libc.func("int open(const char *path, int flags, int mode)");
  const close = libc.func("int close(int fd)");
  const ioctl = libc.func("int ioctl(int fd, unsigned long request, void *argument)");
  return {
    longBytes,
    // open and ioctl are variadic in C. Declared plainly they are called the same way on every Linux ABI, and faster.
    open,
    close,
    ioctl,
    mmap(length, fd, offset) {
      const address = mmap(null, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset) ?? 0n;
      return BigInt.asIntN(8 * longBytes, address) === -1n ? undefined : address;
    },
    munmap: libc.func("int munmap(void *address, size_t length)"),
    clockGettime: libc.func("int clock_gettime(int clock, void *time)"),
    sendmsg: libc.func("long sendmsg(int fd, const void *message, int flags)"),
    setsockopt: libc.func(
      "int setsockopt(int fd, int level, int option, const void *value, unsigned int length)",
    ),
    getsockopt: libc.func("int getsockopt(int fd, int level, int option, void *value, void *length)"),
    read: libc.func("long read(int fd, void *bytes, size_t length)"),
    inotifyInit1: libc.func("int inotify_init1(int flags)"),
    inotifyAddWatch: libc.func("int inotify_add_watch(int fd, const char *path, uint32_t mask)"),
    inotifyRmWatch: libc.func("int inotify_rm_watch(int fd, int watch)"),
    // Moving nothing gives the address back.
    addressOf: (bytes) => move(bytes, bytes, 0) ?? 0n,
    memcpy: libc.func("memcpy", "void", ["void *", "void *", "size_t"]),
    errno: () => koffi.errno(),
    later: {
      open: later(koffi, open),
      close: later(koffi, close),
      ioctl: later(koffi, ioctl),
    },
    watchReadable(fd, onReadable) {
      // Called outside of Node's own callbacks: promises settled there go on in the same turn of the loop, in its next phase.
      const handle = koffi.node.poll(fd, onReadable);
      return () => handle.close();
    },
  };
}

/** What calls under way write into: koffi knows only the address, and the memory must not be collected meanwhile. */
const inUse = new Set<readonly unknown[]>();

function later<A extends unknown[]>(
  koffi: typeof Koffi,
  call: KoffiFunc<(...args: A) => number>,
): (...args: A) => Promise<number> {
  return (...args) =>
    new Promise((resolve, reject) => {
      inUse.add(args);
      call.async(...args, (error: unknown, result: number) => {
        inUse.delete(args);
        if (error instanceof Error) reject(error);
        // The number of this call's error is there only now, inside this function.
        else resolve(result === -1 ? -koffi.errno() : result);
      });
    });
}
