// npm test [-- FILES]: sets everything up, runs the checks, then every test; with files, those alone.
import { check, checkBuild } from "./lib/check.mjs";
import { main } from "./lib/failure.mjs";
import { installPrograms } from "./lib/programs.mjs";
import { inProject, projectNode } from "./lib/project.mjs";
import { handOver } from "./lib/run.mjs";
import { setUpPackages } from "./lib/set-up.mjs";
import { dieBy } from "./lib/stop.mjs";

await main(async () => {
  const files = process.argv.slice(2);
  await setUpPackages();
  await installPrograms();
  const failed = files.length === 0 ? await check({ withTests: false }) : await checkBuild();

  const tests = inProject("scripts/lib/run-tests.mjs");
  const { code, signal } = await handOver(projectNode(), [tests, ...files]);
  if (signal !== null) dieBy(signal);
  if (failed.length > 0) process.stdout.write(`Failed checks: ${failed.join(", ")}\n`);
  return failed.length > 0 ? 1 : (code ?? 1);
});
