import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "./failure.mjs";
import { inProject } from "./project.mjs";
import { run } from "./run.mjs";

/**
 * Programs that tests drive; test/support/programs.ts reads the same list.
 * @typedef {{ commands: string[], files?: string[], packages: string[] }} Program
 * @type {Record<string, Program>}
 */
const programs = JSON.parse(readFileSync(inProject("test/support/programs.json"), "utf8"));

const ATTEMPTS = 3;
const PAUSE_MS = 5_000;
const UPDATE_LIMIT_MS = 3 * 60_000;
const INSTALL_LIMIT_MS = 8 * 60_000;

/** Installs what tests need and the system lacks, where that is possible: as root on Debian. Elsewhere their tests are skipped. */
export async function installPrograms() {
  const missing = missingPrograms();
  if (missing.length === 0 || !canInstall()) return;
  process.stderr.write(`Installing ${missing.join(", ")} with apt…\n`);
  try {
    await withApt(missing.flatMap((name) => programs[name]?.packages ?? []));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    process.stderr.write(
      `${error.output.trimEnd()}\n${error.message}. The tests that need it are skipped.\n`,
    );
  }
}

/**
 * How to get a program that a test was skipped for.
 * @param {string} name
 */
export function howToInstall(name) {
  const packages = programs[name]?.packages ?? [name];
  return `apt-get install --no-install-recommends ${packages.join(" ")}`;
}

function missingPrograms() {
  const folders = (process.env.PATH ?? "").split(path.delimiter);
  return Object.entries(programs)
    .filter(([, { commands, files = [] }]) => {
      const found = commands.some((command) =>
        folders.some((folder) => isExecutable(path.join(folder, command))),
      );
      return !found || !files.every((file) => existsSync(file));
    })
    .map(([name]) => name);
}

function canInstall() {
  if (process.getuid?.() !== 0 || !existsSync("/etc/os-release")) return false;
  return /^ID=debian$/m.test(readFileSync("/etc/os-release", "utf8"));
}

/** @param {string[]} packages */
async function withApt(packages) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const options = ["-q", "-y", "-o", "DPkg::Lock::Timeout=120", "-o", "Acquire::Retries=3"];
  for (let attempt = 1; ; attempt++) {
    try {
      await run("apt-get", [...options, "update"], { env, timeoutMs: UPDATE_LIMIT_MS });
      const install = [...options, "install", "--no-install-recommends", ...packages];
      await run("apt-get", install, { env, timeoutMs: INSTALL_LIMIT_MS });
      return;
    } catch (error) {
      if (!(error instanceof Failure) || attempt === ATTEMPTS) throw error;
      await sleep(PAUSE_MS);
    }
  }
}

/** @param {string} file */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
