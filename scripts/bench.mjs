// npm run bench [-- NAMES FLAGS]: every benchmark in bench/, or those whose file name holds one of the names, one after the other.
// Flags (--quick, --write) are handed on to each.
import { existsSync, readdirSync } from "node:fs";
import { Failure, main } from "./lib/failure.mjs";
import { inProject, projectNode } from "./lib/project.mjs";
import { handOver } from "./lib/run.mjs";
import { setUp } from "./lib/set-up.mjs";

await main(async () => {
  const args = process.argv.slice(2);
  const flags = args.filter((arg) => arg.startsWith("-"));
  const names = args.filter((arg) => !arg.startsWith("-"));
  const all = existsSync(inProject("bench")) ? readdirSync(inProject("bench")) : [];
  const files = all
    .filter((file) => file.endsWith(".bench.ts"))
    .filter((file) => names.length === 0 || names.some((name) => file.includes(name)));
  if (files.length === 0) throw new Failure(`No benchmark in bench/ is called ${names.join(" or ")}.`);

  await setUp();
  let failed = 0;
  for (const file of files.sort()) {
    process.stdout.write(`\n${file}\n`);
    const { code } = await handOver(projectNode(), [inProject("bench", file), ...flags]);
    if (code !== 0) failed++;
  }
  return failed === 0 ? 0 : 1;
});
