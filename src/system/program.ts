import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { guard } from "./orphan-guard.ts";
import { groupRuns } from "./process-group.ts";
import { TextTail } from "./text-tail.ts";

/** A program that is to be run. */
export interface ProgramOrder {
  /** Its name, looked for in PATH, or its path. */
  readonly command: string;
  /** Its arguments, each as it is: no shell reads them. */
  readonly args: readonly string[];
  /** How long it may take to end after it was asked to, before it is killed: milliseconds. 500 by default. */
  readonly graceMs?: number;
  /** On Windows: the arguments are quoted already, as a shell there has rules of its own. */
  readonly isQuoted?: boolean;
  /** Told each line that it writes to its standard error. */
  readonly onLine?: (line: string) => void;
}

/** How a program ended: with a code, by a signal, or not even begun. */
export interface ProgramEnd {
  /** Its exit code; null where a signal ended it. */
  readonly code: number | null;
  /** The signal that ended it. */
  readonly signal: string | null;
  /** Why it could not be started: `ENOENT` where there is no such program, `EACCES` where it may not be run. */
  readonly failure: NodeJS.ErrnoException | undefined;
}

/** A program that runs, with all that it started itself. */
export interface Program {
  /** What it writes to its standard output. Read no faster than it is taken. */
  readonly output: Readable;
  /** Resolves when it has ended and its last words were read. What it has started may live on. Never rejects. */
  readonly ended: Promise<ProgramEnd>;
  /** The last lines of its standard error, oldest first: at most 4 KiB. */
  lastLines(): readonly string[];
  /**
   * Ends it and all it has started: asks them to, and kills what is left after `graceMs`. Resolves when they have ended.
   * To be called also where it has ended by itself, as what it has started may not have.
   */
  stop(): Promise<void>;
}

const GRACE_MS = 500;
/** Last words may come behind the end. They may also never end, where it has left a program behind that holds the pipe. */
const LAST_WORDS_MS = 200;
/** After this it is first looked whether all of a group have ended, then each time after twice as long; nothing tells that. */
const FIRST_LOOK_MS = 5;
/** Who is killed is gone soon, unless a driver holds it. */
const DYING_MS = 500;

/**
 * Starts a program in a group of its own. It does not outlive this process: when that is killed, be it with SIGKILL, the
 * group is ended from outside. (On Windows only the program itself ends then, when it next writes to its output.)
 */
export function startProgram(order: ProgramOrder): Program {
  const child = spawned(order);
  // For want of file descriptors there are no pipes.
  if (child instanceof Error || !hasPipes(child)) return unstarted(child);
  const { stdout, stderr, pid } = child;
  const tail = new TextTail(stderr, order.onLine);
  stdout.on("error", () => undefined); // whoever reads it is told, too
  const release = pid === undefined ? undefined : guard(pid);
  const ended = endOf(child).finally(() => {
    if (!hasGroup(child)) release?.();
  });
  let stopped: Promise<void> | undefined;
  return {
    output: stdout,
    ended,
    lastLines: () => tail.lines(),
    stop: () => (stopped ??= stop(child, ended, order.graceMs ?? GRACE_MS).finally(release)),
  };
}

function spawned({ command, args, isQuoted = false }: ProgramOrder): ChildProcess | Error {
  try {
    return spawn(command, args, {
      stdio: ["ignore", "pipe", "pipe"],
      detached: process.platform !== "win32",
      windowsHide: true,
      windowsVerbatimArguments: isQuoted,
    });
  } catch (error) {
    // Most failures are told by an event, some are thrown: arguments that are too long, memory that is short.
    return error instanceof Error ? error : new Error(String(error));
  }
}

type PipedChild = ChildProcess & { readonly stdout: Readable; readonly stderr: Readable };

function hasPipes(child: ChildProcess): child is PipedChild {
  return child.stdout instanceof Readable && child.stderr instanceof Readable;
}

function unstarted(child: ChildProcess | Error): Program {
  const failure = child instanceof Error ? Promise.resolve(child) : failureOf(child);
  return {
    output: Readable.from([]),
    ended: failure.then((error) => ({ code: null, signal: null, failure: error })),
    lastLines: () => [],
    stop: () => Promise.resolve(),
  };
}

async function failureOf(child: ChildProcess): Promise<NodeJS.ErrnoException> {
  const [error]: unknown[] = await once(child, "error").catch((reason: unknown) => [reason]);
  return error instanceof Error ? error : new Error(String(error));
}

async function endOf(child: PipedChild): Promise<ProgramEnd> {
  if (child.pid === undefined) return { code: null, signal: null, failure: await failureOf(child) };
  child.on("error", () => undefined); // about a signal that did not reach it
  // Not "close" of the child: that waits for whoever else holds its output, which may be a program it has left behind.
  const end = await new Promise<ProgramEnd>((resolve) => {
    child.once("exit", (code, signal) => resolve({ code, signal, failure: undefined }));
  });
  await Promise.race([closed(child.stderr), sleep(LAST_WORDS_MS, undefined, { ref: false })]);
  return end;
}

function closed(stream: Readable): Promise<void> {
  if (stream.closed) return Promise.resolve();
  return new Promise((resolve) => stream.once("close", resolve));
}

async function stop(child: PipedChild, ended: Promise<ProgramEnd>, graceMs: number): Promise<void> {
  const killAt = performance.now() + graceMs;
  const kill = setTimeout(() => signalGroup(child, "SIGKILL"), graceMs);
  signalGroup(child, "SIGTERM");
  // Unread output would keep a program from ending that writes it all before.
  child.stdout.destroy();
  await ended;
  // A shell is gone at once, while the programs of its pipeline still put away what they hold.
  await groupGone(child, killAt);
  clearTimeout(kill);
  signalGroup(child, "SIGKILL");
  await groupGone(child, performance.now() + DYING_MS);
  child.stderr.destroy();
}

/** Resolves when nobody of the group is left, or at that time. */
async function groupGone(child: ChildProcess, latestAt: number): Promise<void> {
  for (let pauseMs = FIRST_LOOK_MS; hasGroup(child); pauseMs *= 2) {
    const leftMs = latestAt - performance.now();
    if (leftMs <= 0) return;
    await sleep(Math.min(pauseMs, leftMs));
  }
}

function hasGroup({ pid }: ChildProcess): boolean {
  return pid !== undefined && process.platform !== "win32" && groupRuns(pid);
}

function signalGroup({ pid }: ChildProcess, signal: "SIGTERM" | "SIGKILL"): void {
  if (pid === undefined) return;
  if (process.platform === "win32") {
    spawn("taskkill", ["/pid", String(pid), "/T", "/F"], { stdio: "ignore", windowsHide: true }).on(
      "error",
      () => undefined, // nothing else ends a tree of processes there
    );
    return;
  }
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody of the group is left, which is what was wanted.
  }
}
