// Child processes that do not outlive the script that started them.
import { spawn } from "node:child_process";
import { Failure } from "./failure.mjs";
import { root } from "./project.mjs";
import { assertNotStopped, onStop } from "./stop.mjs";

/** Most that is kept of what a program prints; the end is what tells why it failed. */
const MAX_OUTPUT_CHARACTERS = 200_000;

/** Installing over a slow line is what takes longest. */
const LONGEST_RUN_MS = 15 * 60_000;

/** How long a program may take to end after Ctrl-C before it is told again. */
const CTRL_C_GRACE_MS = 2_000;

/**
 * Runs a program to its end and gives what it printed. It gets a process group of its own, so that what it started stops with it.
 * @param {string} command
 * @param {string[]} args
 * @param {{ name?: string, env?: NodeJS.ProcessEnv, timeoutMs?: number, started?: (group: number) => void }} [options]
 * @returns {Promise<string>}
 * @throws {Failure} when it does not end with 0; its `output` is what the program said.
 */
export async function run(
  command,
  args,
  { name = command, env = process.env, timeoutMs = LONGEST_RUN_MS, started } = {},
) {
  assertNotStopped();
  const child = spawn(command, args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  const group = child.pid;
  if (group !== undefined) started?.(group);
  const kill = () => void (group !== undefined && signalGroup(group, "SIGTERM"));
  const timer = setTimeout(kill, timeoutMs);

  let output = "";
  const keep = (/** @type {string} */ text) => (output = (output + text).slice(-MAX_OUTPUT_CHARACTERS));
  child.stdout.setEncoding("utf8").on("data", keep);
  child.stderr.setEncoding("utf8").on("data", keep);
  const { code, signal, error } = await endOf(child, kill);

  clearTimeout(timer);
  assertNotStopped();
  if (code === 0) return output;
  throw new Failure(error?.message ?? `${name} ended with ${signal ?? `exit code ${code}`}`, output);
}

/**
 * Hands this process's input, output and terminal over to a program until it ends.
 * @param {string} command
 * @param {string[]} args
 * @returns {Promise<{ code: number | null, signal: NodeJS.Signals | null }>}
 * @throws {Failure} when it cannot be started.
 */
export async function handOver(command, args) {
  assertNotStopped();
  const child = spawn(command, args, { stdio: "inherit" });
  const end = await endOf(child, (signal) => {
    // A terminal sends Ctrl-C to the child as well, and a second one may mean "at once" to it.
    const delayMs = signal === "SIGINT" && process.stdin.isTTY ? CTRL_C_GRACE_MS : 0;
    setTimeout(() => child.kill(signal), delayMs).unref();
  });
  if (end.error !== undefined) throw new Failure(end.error.message);
  return end;
}

/**
 * @param {number} group
 * @param {NodeJS.Signals | 0} signal 0 only asks
 * @returns {boolean} whether the group had a process left
 */
export function signalGroup(group, signal) {
  try {
    return process.kill(-group, signal);
  } catch {
    return false; // ESRCH: nobody is left
  }
}

/**
 * @param {import("node:child_process").ChildProcess} child
 * @param {(signal: NodeJS.Signals) => void} stop
 * @returns {Promise<{ code: number | null, signal: NodeJS.Signals | null, error?: Error }>}
 */
async function endOf(child, stop) {
  const forget = onStop(stop);
  try {
    return await new Promise((resolve) => {
      child.once("error", (error) => resolve({ code: null, signal: null, error }));
      child.once("close", (code, signal) => resolve({ code, signal }));
    });
  } finally {
    forget();
  }
}
