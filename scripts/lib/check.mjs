import { readdirSync } from "node:fs";
import { Failure } from "./failure.mjs";
import { inProject, projectNode } from "./project.mjs";
import { run } from "./run.mjs";
import { setUpBuild } from "./set-up.mjs";

/** As many at once as the smallest machine has cores. */
const AT_ONCE = 2;

/** The slowest takes half a minute on two cores. */
const LIMIT_MS = 5 * 60_000;

/** @typedef {{ name: string, args: string[] }} Check a JavaScript program and its arguments */

/** Every check but the tests, the longest first. */
function programs() {
  return [
    { name: "lint", args: [bin("eslint"), "--max-warnings=0", "."] },
    { name: "types", args: [bin("tsc"), "-p", "tsconfig.json"] },
    { name: "unused code", args: [bin("knip"), "--no-progress", "--treat-config-hints-as-errors"] },
    { name: "format", args: [bin("prettier"), "--check", "--log-level=warn", "."] },
    { name: "types of scripts", args: [bin("tsc"), "-p", "tsconfig.scripts.json"] },
    { name: "neutral types", args: [bin("tsc"), "-p", "tsconfig.neutral.json"] },
    { name: "types of the page", args: [bin("tsc"), "-p", "tsconfig.ui.json"] },
    { name: "package", args: [bin("publint"), "run", "--strict"] },
  ];
}

/** Import directions, docs in sync, hygiene: these are tests, so that `npm test` runs them once, with the others. */
function tests() {
  const files = readdirSync(inProject("test")).filter((file) =>
    /^(architecture|docs-.*|hygiene)\.test\.ts$/.test(file),
  );
  const args = [inProject("scripts/lib/run-tests.mjs"), ...files.map((file) => `test/${file}`)];
  return { name: "imports, docs, hygiene", args };
}

/**
 * Runs all checks, whatever fails, and prints one line each.
 * @param {{ withTests: boolean }} options
 * @returns {Promise<string[]>} the names of those that failed
 */
export async function check({ withTests }) {
  const failed = await checkBuild();
  const queue = withTests ? [...programs(), tests()] : programs();
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { name, args } = next;
      if (!(await passes(name, () => run(projectNode(), args, { name, timeoutMs: LIMIT_MS }))))
        failed.push(name);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return failed;
}

/**
 * The first check, because others and some tests look at what was built.
 * @returns {Promise<string[]>} its name if it failed
 */
export async function checkBuild() {
  return (await passes("build", setUpBuild)) ? [] : ["build"];
}

/**
 * @param {string} name
 * @param {() => Promise<unknown>} task
 */
async function passes(name, task) {
  const start = Date.now();
  const took = () => `${((Date.now() - start) / 1000).toFixed(1)} s`;
  try {
    await task();
    process.stdout.write(`✓ ${name} ${took()}\n`);
    return true;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    process.stdout.write(`✗ ${name} ${took()}\n${indent(error.output || error.message)}\n`);
    return false;
  }
}

/** @param {string} text */
function indent(text) {
  return text.trimEnd().replace(/^(?=.)/gm, "  ");
}

/** @param {string} name */
function bin(name) {
  return inProject("node_modules/.bin", name);
}
