import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { guard } from "./orphan-guard.ts";
import { TextTail } from "./text-tail.ts";

/** A program that is to be run. */
export interface ProgramOrder {
  /** Its name, looked for in PATH, or its path. */
  readonly command: string;
  /** Its arguments, each as it is: no shell reads them. */
  readonly args: readonly string[];
  /** How long it may take to end after it was asked to, before it is killed: milliseconds. 500 by default. */
  readonly graceMs?: number;
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
  /** Resolves when it has ended. Never rejects. */
  readonly ended: Promise<ProgramEnd>;
  /** The last lines of its standard error, oldest first: at most 4 KiB. */
  lastLines(): readonly string[];
  /** Ends it and all it has started: asks it to, and kills what is left after `graceMs`. Resolves when it has ended. */
  stop(): Promise<void>;
}

const GRACE_MS = 500;

/**
 * Starts a program in a group of its own. It does not outlive this process: when that is killed, be it with SIGKILL, the
 * group is ended from outside. (On Windows only the program itself ends then, when it next writes to its output.)
 */
export function startProgram({ command, args, graceMs = GRACE_MS, onLine }: ProgramOrder): Program {
  const child = spawn(command, args, {
    stdio: ["ignore", "pipe", "pipe"],
    detached: process.platform !== "win32",
    windowsHide: true,
  });
  const tail = new TextTail(child.stderr, onLine);
  const release = child.pid === undefined ? undefined : guard(child.pid);
  const ended = endOf(child).finally(release);
  let stopped: Promise<void> | undefined;
  return {
    output: child.stdout,
    ended,
    lastLines: () => tail.lines(),
    stop: () => (stopped ??= stop(child, ended, graceMs)),
  };
}

async function endOf(child: ChildProcess): Promise<ProgramEnd> {
  let failure: NodeJS.ErrnoException | undefined;
  // Without a listener an error would end this process. The one of the start is told; later ones are about signals.
  child.on("error", (error) => (failure = child.pid === undefined ? error : undefined));
  if (child.pid === undefined) {
    await once(child, "error").catch(() => undefined);
    return { code: null, signal: null, failure };
  }
  const [code, signal] = await exitOf(child);
  return { code, signal, failure };
}

/** Not "close": that waits for whoever else holds its output, which may be a program it has left behind. */
function exitOf(child: ChildProcess): Promise<[code: number | null, signal: string | null]> {
  return new Promise((resolve) => child.once("exit", (code, signal) => resolve([code, signal])));
}

async function stop(child: ChildProcess, ended: Promise<ProgramEnd>, graceMs: number): Promise<void> {
  const kill = setTimeout(() => signalGroup(child, "SIGKILL"), graceMs);
  signalGroup(child, "SIGTERM");
  // Unread output would keep a program from ending that writes it all before.
  child.stdout?.destroy();
  await ended;
  clearTimeout(kill);
  // The program is gone; what it has started may not be, and nobody else ends that.
  signalGroup(child, "SIGKILL");
  child.stderr?.destroy();
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
