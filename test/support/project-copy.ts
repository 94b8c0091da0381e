import { spawn, type ChildProcess } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { projectRoot } from "./source-files.ts";

/** What a program printed and how it ended. */
export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  /** The exit code, or the signal that ended it. */
  readonly end: number | string | null;
}

/** A small project with the real scripts, in a temporary folder: its command is a few lines, its npm is an imitation. */
export interface ProjectCopy {
  readonly folder: string;
  /** Starts one of its scripts as `npm` would, `start.mjs` say, in a process group of its own. */
  spawn(script: string, args?: readonly string[], env?: NodeJS.ProcessEnv): ChildProcess;
  /** Runs one of its scripts to the end. */
  run(script: string, args?: readonly string[], env?: NodeJS.ProcessEnv): Promise<Outcome>;
  /** How often its npm was called with `ci`. */
  installs(): Promise<number>;
  /** Writes a file of it. */
  write(file: string, content: string): Promise<void>;
  /** Ends what still runs of it, and removes the folder. */
  remove(): Promise<void>;
}

/** Says what it was started with, and ends as it is told to. */
const COMMAND = `#!/usr/bin/env node
const [what, ...rest] = process.argv.slice(2);
process.stdout.write(\`command \${process.argv.slice(2).join("|")}\\n\`);
if (what === "exit") process.exitCode = Number(rest[0]);
if (what === "crash") process.kill(process.pid, "SIGKILL");
if (what === "serve") {
  setInterval(() => undefined, 1_000);
  process.on("SIGTERM", () => { process.stdout.write("told to stop\\n"); process.exit(3); });
}
`;

/** Installs what the copy needs by linking to the project's own packages, after a moment in which others may come. */
const NPM = `
import { appendFileSync, cpSync, existsSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
appendFileSync("npm-calls", process.argv[2] + "\\n");
if (process.env.NPM_FAILS) { console.log("npm said: no network"); process.exit(1); }
await new Promise((resolve) => setTimeout(resolve, 300));
process.chdir(import.meta.dirname);
const real = process.env.REAL_MODULES;
mkdirSync("node_modules/node/bin", { recursive: true });
for (const name of [...readdirSync(real), "node/bin/node"]) {
  if (name.startsWith(".") || name === "node" || existsSync("node_modules/" + name)) continue;
  symlinkSync(real + "/" + name, "node_modules/" + name);
}
cpSync(real + "/.package-lock.json", "node_modules/.package-lock.json");
`;

/** Makes the copy; nothing is installed or built in it yet. */
export async function copyProject(): Promise<ProjectCopy> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "kinora-scripts-"));
  const write = async (file: string, content: string): Promise<void> => {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await writeFile(path.join(folder, file), content);
  };
  const shared = (await readdir(projectRoot)).filter((name) => /^(package.*|tsconfig.*)\.json$/.test(name));
  for (const name of ["scripts", "test/support/programs.json", ...shared]) {
    await cp(path.join(projectRoot, name), path.join(folder, name), { recursive: true });
  }
  await write("src/cli/main.ts", COMMAND);
  await write("ui/page.ts", "document.title = 'page';\n");
  for (const script of ["publish", "encoder", "ticker"]) await write(`ui/publish/${script}.ts`, "close();\n");
  for (const script of ["kinora-view", "view-types", "engine/worker"]) {
    await write(`ui/view/${script}.ts`, "export {};\n");
  }
  await write("npm-cli.js", NPM);

  const children: ChildProcess[] = [];
  const start = (script: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): ChildProcess => {
    const child = spawn(process.execPath, [path.join(folder, "scripts", script), ...args], {
      cwd: folder,
      detached: true,
      env: { ...asNpm(folder), ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    children.push(child);
    return child;
  };

  return {
    folder,
    write,
    spawn: start,
    run: (script, args, env) => outcomeOf(start(script, args, env)),
    installs: async () => (await readFile(path.join(folder, "npm-calls"), "utf8")).split("\n").length - 1,
    remove: async () => {
      for (const child of children) killGroup(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Waits for a process to end. */
export async function outcomeOf(child: ChildProcess): Promise<Outcome> {
  const ended = new Promise<number | string | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve(code ?? signal));
  });
  const [stdout, stderr, end] = await Promise.all([
    streamText(child.stdout),
    streamText(child.stderr),
    ended,
  ]);
  return { stdout, stderr, end };
}

/** Ends a process that was started detached, with all that it started. */
export function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // Nobody is left, as it should be.
  }
}

function streamText(stream: ChildProcess["stdout"]): Promise<string> {
  return stream === null ? Promise.resolve("") : text(stream);
}

/** The environment that npm gives to scripts. Without what this test's own runner left there. */
function asNpm(folder: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    NODE_TEST_CONTEXT: undefined,
    CI: undefined,
    npm_execpath: path.join(folder, "npm-cli.js"),
    npm_node_execpath: process.execPath,
    npm_lifecycle_event: "start",
    REAL_MODULES: path.join(projectRoot, "node_modules"),
  };
}
