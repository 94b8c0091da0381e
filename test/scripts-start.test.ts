import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { copyProject, killGroup, outcomeOf, type ProjectCopy } from "./support/project-copy.ts";

/** With nothing installed; what each test needs is built on what the one before left. */
let project: ProjectCopy;

before(async () => {
  project = await copyProject();
});

after(() => project.remove());

test("a failed install says what npm said, and is tried again by the next start", async () => {
  const failed = await project.run("start.mjs", [], { NPM_FAILS: "1" });

  assert.equal(failed.end, 1);
  assert.match(
    failed.stderr,
    /npm said: no network\n\nCould not install Kinora's packages: npm ci ended with exit code 1\.\n$/,
  );
  assert.equal(failed.stdout, "");
});

test("two first starts at once install and build once, and both run the command", async () => {
  const before = await project.installs();

  const both = await Promise.all([project.run("start.mjs", ["a"]), project.run("start.mjs", ["b"])]);

  assert.deepEqual(
    both.map(({ stdout, end }) => [stdout, end]),
    [
      ["command a\n", 0],
      ["command b\n", 0],
    ],
  );
  assert.equal(await project.installs(), before + 1);
  assert.equal(both.filter(({ stderr }) => stderr.includes("Building…")).length, 1);
});

test("a start with nothing changed says nothing of its own and hands every argument over", async () => {
  const { stdout, stderr } = await project.run("start.mjs", ["--size", "a b", '"c"', ""]);

  assert.equal(stdout, 'command --size|a b|"c"|\n');
  assert.equal(stderr, "");
});

test("the command's exit code, or the signal that ended it, is the script's own", async () => {
  const exited = await project.run("start.mjs", ["exit", "7"]);
  const crashed = await project.run("start.mjs", ["crash"]);

  assert.equal(exited.end, 7);
  assert.equal(crashed.end, "SIGKILL");
});

test("a signal to the script is handed on, and the script waits for the command to end", async () => {
  const child = project.spawn("start.mjs", ["serve"]);
  await printed(child, "command serve");

  child.kill("SIGTERM");
  const { stdout, end } = await outcomeOf(child);

  assert.equal(stdout, "told to stop\n");
  assert.equal(end, 3);
});

test("the command ends when npm, which started it, is killed", async (t) => {
  const script = path.join(project.folder, "scripts/start.mjs");
  const npm = spawn(
    process.execPath,
    [
      "-e",
      `require("child_process").spawn(process.execPath, [${JSON.stringify(script)}, "serve"], { stdio: "inherit" })`,
    ],
    {
      detached: true,
      env: { ...process.env, npm_lifecycle_event: "start" },
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  t.after(() => killGroup(npm));
  await printed(npm, "command serve");

  npm.kill("SIGKILL");
  const { stdout } = await outcomeOf(npm); // its end closes only when nobody is left who could write to it

  assert.equal(stdout, "told to stop\n");
});

test("a changed source is built by the next start, and what was built of a removed one is gone", async () => {
  await project.write("src/extra.ts", "export const extra: number = 1;\n");
  const added = await project.run("start.mjs");
  const hadExtra = existsSync(path.join(project.folder, "dist/extra.js"));

  await rm(path.join(project.folder, "src/extra.ts"));
  const removed = await project.run("start.mjs");

  assert.equal(added.stderr, "Building…\n");
  assert.equal(removed.stderr, "Building…\n");
  assert.ok(hadExtra);
  assert.ok(!existsSync(path.join(project.folder, "dist/extra.js")));
});

test("a build that fails shows the compiler's words and leaves the one before", async () => {
  await project.write("src/extra.ts", "export const extra: number = 'no number';\n");

  const { stderr, stdout, end } = await project.run("start.mjs");

  assert.equal(end, 1);
  assert.equal(stdout, "");
  assert.match(
    stderr,
    /src\/extra\.ts\(1,14\): error TS2322: .*\n\nCould not build Kinora: tsc ended with exit code \d\.\n$/,
  );
  assert.ok(existsSync(path.join(project.folder, "dist/cli/main.js")));
  await rm(path.join(project.folder, "src/extra.ts"));
});

test("a lock file with another version of a package is installed by the next start", async () => {
  const before = await project.installs();
  const lockfile = await readFile(path.join(project.folder, "package-lock.json"), "utf8");
  await project.write(
    "package-lock.json",
    lockfile.replace(/("node_modules\/typescript": \{\s+"version": )"[^"]+"/, '$1"0.0.0"'),
  );

  const { end } = await project.run("start.mjs");

  assert.equal(end, 0);
  assert.equal(await project.installs(), before + 1);
});

test("without its own Node on a machine with an old one, a start says what to do", async () => {
  await rm(path.join(project.folder, "node_modules/node"), { recursive: true });
  const pretend =
    "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.19.0' } })";

  const { stderr, end } = await project.run("start.mjs", [], {
    NODE_OPTIONS: `--import="data:text/javascript,${pretend}"`,
  });

  assert.equal(end, 1);
  assert.match(stderr, /this machine's Node 20\.19\.0 is older than 22\.13\. Allow install scripts/);
});

async function printed(child: ChildProcess, line: string): Promise<void> {
  assert.ok(child.stdout !== null);
  let text = "";
  while (!text.includes(line)) {
    const [bytes] = (await once(child.stdout, "data")) as [Buffer];
    text += bytes.toString();
  }
}
