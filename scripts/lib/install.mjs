import { createHash } from "node:crypto";
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { Failure } from "./failure.mjs";
import { inProject, npm, ownNode } from "./project.mjs";
import { run } from "./run.mjs";

const LOCKFILE = inProject("package-lock.json");

/** npm's own list of what is in node_modules, which it writes at the end of every install. */
const PRESENT = inProject("node_modules/.package-lock.json");

/** What the last complete install was for: packages that are optional may be missing, and still nothing is left to do. */
const STAMP = inProject("node_modules/.kinora-install");

/** Whether node_modules is what package-lock.json asks for. */
export function isInstalled() {
  try {
    if (readFileSync(STAMP, "utf8") === stamp()) return true;
  } catch {
    // No stamp: nothing was installed, or somebody called npm directly.
  }
  if (!isComplete()) return false;
  writeFileSync(STAMP, stamp());
  return true;
}

/**
 * Makes node_modules what package-lock.json asks for.
 * @param {(group: number) => void} holds told the process group that does it
 * @throws {Failure} with npm's output.
 */
export async function install(holds) {
  // Gone before npm starts, so that an interrupted install is not taken for a complete one.
  rmSync(STAMP, { force: true });
  rmSync(PRESENT, { force: true });
  const { command, args, env } = npm();
  try {
    // Development packages are needed even where NODE_ENV=production.
    const flags = ["--include=dev", "--include=optional", "--no-audit", "--no-fund", "--fetch-retries=5"];
    await run(command, [...args, "ci", ...flags], { name: "npm ci", env, started: holds });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw new Failure(`Could not install Kinora's packages: ${error.message}.`, error.output);
  }
  await dropUnusableNode();
  writeFileSync(STAMP, stamp());
}

/** The package `node` brings a program for glibc; elsewhere it is in the way of the machine's own. */
async function dropUnusableNode() {
  try {
    await run(ownNode, ["--version"]);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    rmSync(ownNode, { force: true });
    rmSync(inProject("node_modules/.bin/node"), { force: true });
  }
}

function stamp() {
  const wanted = createHash("sha256").update(readFileSync(LOCKFILE)).digest("hex");
  const { mtimeMs, size } = statSync(PRESENT);
  return `${wanted} ${mtimeMs} ${size}\n`;
}

/** Whether every package of package-lock.json is there in its version; optional ones of other packages may be for other platforms. */
function isComplete() {
  try {
    const present = packages(PRESENT);
    const { "": project, ...wanted } = packages(LOCKFILE);
    const ownOptional = Object.keys(project?.optionalDependencies ?? {}).map(
      (name) => `node_modules/${name}`,
    );
    return Object.entries(wanted).every(([place, { version, optional = false }]) => {
      const mayBeMissing = optional && !ownOptional.includes(place);
      return present[place] === undefined ? mayBeMissing : present[place].version === version;
    });
  } catch {
    return false; // one of the two is not there or not whole
  }
}

/**
 * @typedef {{ version: string, optional?: boolean, optionalDependencies?: Record<string, string> }} LockedPackage
 * @param {string} file
 * @returns {Record<string, LockedPackage>}
 */
function packages(file) {
  return JSON.parse(readFileSync(file, "utf8")).packages;
}
