// A script that is told to stop ends its children first: by a signal, or because npm, which started it, is gone.

/** How often to look whether npm is still there: killed by SIGKILL, it leaves no other trace. */
const PARENT_POLL_MS = 500;

/** @type {Set<(signal: NodeJS.Signals) => void>} */
const listeners = new Set();

/** @type {NodeJS.Signals | undefined} */
let stoppedBy;
let watching = false;

/** The script was told to stop, and has ended its children. */
export class Stopped extends Error {
  /** @param {NodeJS.Signals} signal */
  constructor(signal) {
    super(`stopped by ${signal}`);
    this.signal = signal;
  }
}

/**
 * Calls `listener` for every signal that asks this script to stop, until the returned function is called.
 * @param {(signal: NodeJS.Signals) => void} listener
 */
export function onStop(listener) {
  watch();
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** @throws {Stopped} when this script was asked to stop. */
export function assertNotStopped() {
  if (stoppedBy !== undefined) throw new Stopped(stoppedBy);
}

/**
 * Ends this process as a signal ended its child, so that a shell sees the same.
 * @param {NodeJS.Signals} signal
 */
export function dieBy(signal) {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

function watch() {
  if (watching) return;
  watching = true;
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
    process.on(signal, () => stop(signal));
  }
  if (process.env.npm_lifecycle_event === undefined) return; // started by hand: it may outlive its shell
  const parent = process.ppid;
  const poll = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(poll);
    stop("SIGTERM");
  }, PARENT_POLL_MS);
  poll.unref();
}

/** @param {NodeJS.Signals} signal */
function stop(signal) {
  stoppedBy ??= signal;
  for (const listener of listeners) listener(signal);
}
