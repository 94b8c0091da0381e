// Runs test files, all of them or those given, and says what failed and what was skipped. Needs the project's Node: tests are TypeScript.
import { readdirSync } from "node:fs";
import path from "node:path";
import { run } from "node:test";
import { howToInstall } from "./programs.mjs";
import { inProject, root } from "./project.mjs";
import { TestReport } from "./test-report.mjs";

/** Each test's own limit; the guard gives a file a little more. */
const TEST_LIMIT_MS = 120_000;

/** With set-up and checks, a run stays below 20 minutes. */
const RUN_LIMIT_MS = 14 * 60_000;

/** Test files at once: browsers and players want the machine's cores too. */
const AT_ONCE = 2;

const stopper = new AbortController();
for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
  process.once(signal, () => stopper.abort());
}

const limit = AbortSignal.timeout(RUN_LIMIT_MS);
const guard = new URL("test-guard.mjs", import.meta.url).href;
const report = new TestReport(root);
const events = run({
  files: testFiles(process.argv.slice(2)),
  concurrency: AT_ONCE,
  signal: AbortSignal.any([stopper.signal, limit]),
  execArgv: [...typeScript(), `--test-timeout=${TEST_LIMIT_MS}`, `--import=${guard}`],
});
for await (const event of events) report.take(event);
process.exitCode = conclude();

/** @param {string[]} given */
function testFiles(given) {
  if (given.length > 0) return given.map((file) => path.resolve(file));
  const all = readdirSync(inProject("test"), { recursive: true, encoding: "utf8" });
  return all
    .filter((file) => file.endsWith(".test.ts"))
    .map((file) => inProject("test", file))
    .sort();
}

/** The oldest Node that Kinora runs on reads TypeScript only when asked to. */
function typeScript() {
  return process.features.typescript
    ? []
    : ["--experimental-strip-types", "--disable-warning=ExperimentalWarning"];
}

/** Prints what is left to say and gives the exit code. */
function conclude() {
  const missing = report.skippedFor((reason) => /^(\S+) is not installed$/.exec(reason)?.[1]);
  print(...report.totals());
  if (limit.aborted) print(`The tests took longer than ${RUN_LIMIT_MS / 60_000} minutes and were stopped.`);
  for (const { title, reason } of report.skipped) {
    if (!reason.endsWith(" is not installed")) print(`Skipped: ${title}: ${reason}`);
  }
  for (const [program, count] of missing) {
    const tests = count === 1 ? "1 test" : `${count} tests`;
    print(`Missing: ${program}: ${tests} skipped; install it with: ${howToInstall(program)}`);
  }
  const mayNotSkip = process.env.CI === "true" && report.skipped.length > 0;
  if (mayNotSkip) print("CI=true: a skipped test fails the run.");
  return report.failed || mayNotSkip || stopper.signal.aborted || limit.aborted ? 1 : 0;
}

/** @param {string[]} lines */
function print(...lines) {
  for (const line of lines) process.stdout.write(`${line}\n`);
}
