import { SourceError } from "../../core/errors.ts";

/** The calls of the C library that a camera needs. Each behaves as its manual page says; -1 means: look at `errno()`. */
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
  /** Waits for descriptors, blocking this thread; `fds` holds the `struct pollfd`s. */
  poll(fds: Uint8Array, count: number, timeoutMs: number): number;
  /** Reads a clock into a `struct timespec`. */
  clockGettime(clock: number, time: Uint8Array): number;
  /** Copies bytes from a mapped address. */
  memcpy(to: Uint8Array, from: bigint, length: number): void;
  /** The number of the last failed call's error on this thread. */
  errno(): number;
}

const PROT_READ = 1;
/** Drivers expect it even of a program that only reads. */
const PROT_WRITE = 2;
const MAP_SHARED = 1;

let loaded: Promise<Libc> | undefined;

/**
 * The C library of this process, loaded once a thread.
 * @throws SourceError `ERR_MODULE_MISSING` off Linux and where the module koffi is not installed.
 */
export function loadLibc(): Promise<Libc> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<Libc> {
  if (process.platform !== "linux") {
    throw missing(`cameras can be read directly on Linux only, this is ${process.platform}`);
  }
  const koffi = await import("koffi").catch((cause: unknown) => {
    throw missing("reading a camera needs the npm module koffi; install it with `npm install koffi`", cause);
  });
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
  return {
    longBytes,
    // open and ioctl are variadic in C. Declared plainly they are called the same way on every Linux ABI, and faster.
    open: libc.func("int open(const char *path, int flags, int mode)"),
    close: libc.func("int close(int fd)"),
    ioctl: libc.func("int ioctl(int fd, unsigned long request, void *argument)"),
    mmap(length, fd, offset) {
      const address = mmap(null, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset) ?? 0n;
      return BigInt.asIntN(8 * longBytes, address) === -1n ? undefined : address;
    },
    munmap: libc.func("int munmap(void *address, size_t length)"),
    poll: libc.func("int poll(void *fds, unsigned long count, int timeout)"),
    clockGettime: libc.func("int clock_gettime(int clock, void *time)"),
    memcpy: libc.func("memcpy", "void", ["void *", "void *", "size_t"]),
    errno: () => koffi.errno(),
  };
}

function missing(message: string, cause?: unknown): SourceError {
  return new SourceError("ERR_MODULE_MISSING", message, { retryable: false, cause });
}
