// npm start: installs and builds what has changed, then runs the kinora command with the project's own Node.
import { main } from "./lib/failure.mjs";
import { inProject, projectNode } from "./lib/project.mjs";
import { handOver } from "./lib/run.mjs";
import { setUp } from "./lib/set-up.mjs";
import { dieBy } from "./lib/stop.mjs";

await main(async () => {
  await setUp();
  const { code, signal } = await handOver(projectNode(), [
    inProject("dist/cli/main.js"),
    ...process.argv.slice(2),
  ]);
  if (signal !== null) dieBy(signal);
  return code ?? 1;
});
