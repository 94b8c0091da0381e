import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimes,
  writeFileSync,
} from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "./failure.mjs";
import { inProject } from "./project.mjs";
import { signalGroup } from "./run.mjs";
import { assertNotStopped } from "./stop.mjs";

const LOCK = inProject(".cache/setup.lock");

/** The holder renews the lock this often … */
const RENEWAL_MS = 2_000;

/** … and one not renewed for this long is dead, even if its process number means another process by now. */
const STALE_AFTER_MS = 60_000;

const LONGEST_WAIT_MS = 15 * 60_000;

/**
 * Does `task` while no other start, test run or build of this folder installs or builds.
 * @template T
 * @param {(holds: (group: number) => void) => Promise<T>} task calls `holds` with each process group that works on the folder: should
 *   this process be killed, the lock lasts until they have ended too.
 * @returns {Promise<T>}
 * @throws {Failure} when another one takes longer than 15 minutes.
 */
export async function alone(task) {
  await take();
  const renewal = setInterval(() => utimes(LOCK, new Date(), new Date(), () => {}), RENEWAL_MS);
  try {
    return await task((group) => appendFileSync(LOCK, `${group}\n`));
  } finally {
    clearInterval(renewal);
    rmSync(LOCK, { force: true });
  }
}

async function take() {
  mkdirSync(inProject(".cache"), { recursive: true });
  const deadline = Date.now() + LONGEST_WAIT_MS;
  let told = false;
  while (!create()) {
    assertNotStopped();
    if (dropIfStale()) continue;
    if (!told) process.stderr.write("Waiting for another command that installs or builds here…\n");
    told = true;
    if (Date.now() > deadline)
      throw new Failure(`Another command holds ${LOCK}; delete that file if there is none.`);
    await sleep(100);
  }
}

function create() {
  try {
    writeFileSync(LOCK, `${process.pid}\n`, { flag: "wx" });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "EEXIST") return false;
    throw error;
  }
}

/** Removes the lock when nobody who holds it is left. Renamed first, so that of two who find it stale one does. */
function dropIfStale() {
  try {
    const [holder = 0, ...groups] = readFileSync(LOCK, "utf8").split("\n").map(Number);
    const silentMs = Date.now() - statSync(LOCK).mtimeMs;
    // 0: its holder has created it and not written to it yet.
    const held =
      holder === 0 || isAlive(holder) || groups.some((group) => group > 0 && signalGroup(group, 0));
    if (held && silentMs < STALE_AFTER_MS) return false;
    const aside = `${LOCK}.${process.pid}`;
    renameSync(LOCK, aside);
    rmSync(aside);
  } catch {
    // Gone meanwhile: whoever held it has finished.
  }
  return true;
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === "EPERM";
  }
  return !isZombie(pid);
}

/**
 * In a container whose first process reaps nobody, a killed process stays as a zombie, which can still be signalled.
 * @param {number} pid
 */
function isZombie(pid) {
  try {
    return /\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false; // no /proc here, or gone this moment: the next look tells
  }
}
