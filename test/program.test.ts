import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { groupRuns } from "../src/system/process-group.ts";
import { startProgram, type Program } from "../src/system/program.ts";
import { temporaryFolder } from "./support/pictures.ts";
import { until } from "./support/until.ts";

const POSIX = { skip: process.platform === "win32" ? "there are no process groups" : false };

/** A program of the shell that ends with its test. */
function shell(t: TestContext, script: string, graceMs = 5_000, onLine?: (line: string) => void): Program {
  const program = startProgram({
    command: "/bin/sh",
    args: ["-c", script],
    graceMs,
    ...(onLine && { onLine }),
  });
  t.after(() => program.stop());
  return program;
}

/** Whether a process lives. One that has ended and that nobody has asked for is still there, and does not. */
function lives(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "latin1"));
  } catch {
    return false;
  }
}

/** The number that a script writes there as soon as it runs. */
async function pidIn(file: string): Promise<number> {
  let text = "";
  await until(async () => {
    text = await readFile(file, "utf8").catch(() => "");
    return text.endsWith("\n");
  }, `${file} is written`);
  return Number(text);
}

function processesNamed(word: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "latin1").includes(word);
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** Something that only the processes of one test have on their command lines. */
const marker = (): string => `kinora-test-${process.pid}-${Math.random().toString(36).slice(2)}`;

const stdoutOf = async (program: Program): Promise<string> => {
  let text = "";
  for await (const chunk of program.output) text += String(chunk);
  return text;
};

test("a program's output, its code and its last words are read", POSIX, async (t) => {
  const program = shell(t, "echo out; echo first >&2; printf 'second\\rthird' >&2; exit 3");

  const output = await stdoutOf(program);
  const end = await program.ended;

  assert.equal(output, "out\n");
  assert.deepEqual(end, { code: 3, signal: null, failure: undefined });
  assert.deepEqual(program.lastLines(), ["first", "second", "third"]);
});

test("a program that a signal ended says which", POSIX, async (t) => {
  const program = shell(t, "kill -SEGV $$");

  assert.deepEqual(await program.ended, { code: null, signal: "SIGSEGV", failure: undefined });
});

test("a program that is not there, and one that may not be run, end with the reason", POSIX, async (t) => {
  const file = join(await temporaryFolder(t), "data");
  await writeFile(file, "no program");
  await chmod(file, 0o644);
  const missing = startProgram({ command: "kinora-no-such-program", args: [] });
  const data = startProgram({ command: file, args: [] });
  const impossible = startProgram({ command: "/bin/sh", args: ["a\0b"] });

  const ends = await Promise.all([missing.ended, data.ended, impossible.ended]);

  assert.deepEqual(
    ends.map(({ code, failure }) => [code, failure?.code]),
    [
      [null, "ENOENT"],
      [null, "EACCES"],
      [null, "ERR_INVALID_ARG_VALUE"],
    ],
  );
  for (const program of [missing, data, impossible]) {
    assert.equal(await stdoutOf(program).catch(() => ""), "");
    await program.stop();
  }
});

test("stopping ends a program with all that it has started", POSIX, async (t) => {
  const folder = await temporaryFolder(t);
  const files = ["a", "b", "c"].map((name) => join(folder, name));
  const [a, b, c] = files;
  const sleeper = (file = ""): string => `sh -c 'echo $$ >${file}; exec sleep 300'`;
  const program = shell(t, `${sleeper(a)} & ${sleeper(b)} | ${sleeper(c)}`);
  const pids = await Promise.all(files.map(pidIn));
  assert.deepEqual(pids.map(lives), [true, true, true]);

  const startedAt = performance.now();

  await program.stop();

  assert.deepEqual(pids.map(lives), [false, false, false]);
  assert.ok(performance.now() - startedAt < 2_000, "nobody waits for those that have ended");
});

test(
  "a program that has ended, and whose code nobody asks for, is not waited for",
  { skip: process.platform === "linux" ? false : "elsewhere somebody always asks" },
  async (t) => {
    const file = join(await temporaryFolder(t), "pid");
    // In a group of its own; its parent becomes a program that knows nothing of it.
    shell(t, `setsid sh -c 'echo $$ >${file}' & exec sleep 300`);
    const pid = await pidIn(file);

    await until(() => !lives(pid), "it has ended");

    assert.doesNotThrow(() => process.kill(-pid, 0), "its group is there");
    assert.equal(groupRuns(pid), false);
  },
);

test("all of a pipeline have the grace time, though its shell is gone at once", POSIX, async (t) => {
  const folder = await temporaryFolder(t);
  const [ready, done] = [join(folder, "ready"), join(folder, "done")];
  const program = shell(
    t,
    `sh -c 'trap "sleep 0.3; echo 1 >${done}; exit" TERM; echo 1 >${ready}; while :; do sleep 0.05; done' & exec sleep 300`,
  );
  await pidIn(ready);

  await program.stop();

  assert.equal(await readFile(done, "utf8").catch(() => "killed"), "1\n");
});

test("a program that ignores being asked is killed after its grace time, not before", POSIX, async (t) => {
  const program = shell(t, "trap '' TERM; echo ready; while :; do sleep 0.05; done", 300);
  await once(program.output, "data");
  const startedAt = performance.now();

  await program.stop();

  const tookMs = performance.now() - startedAt;
  assert.equal((await program.ended).signal, "SIGKILL");
  assert.ok(tookMs > 250 && tookMs < 5_000, `${tookMs} ms`);
});

test("a stopped process (SIGSTOP) is ended, too", POSIX, async (t) => {
  const file = join(await temporaryFolder(t), "pid");
  const program = shell(t, `echo $$ >${file}; kill -STOP $$; sleep 300`, 100);
  const pid = await pidIn(file);

  await program.stop();

  assert.equal(lives(pid), false);
});

test(
  "a program that closes its output and lives on has an output that ends, and has not ended",
  POSIX,
  async (t) => {
    const program = shell(t, "echo last; exec >&-; exec sleep 300");

    const output = await stdoutOf(program);
    const end = await Promise.race([program.ended, Promise.resolve("runs")]);

    assert.equal(output, "last\n");
    assert.equal(end, "runs");
  },
);

test("a program that leaves another one behind has ended; stopping ends what it left", POSIX, async (t) => {
  const file = join(await temporaryFolder(t), "pid");
  const program = shell(
    t,
    `sh -c 'trap "" TERM; echo $$ >${file}; while :; do sleep 0.1; done' & while [ ! -s ${file} ]; do :; done; exit 7`,
    300,
  );
  program.output.resume();

  const end = await program.ended;
  const pid = await pidIn(file);

  assert.equal(end.code, 7);
  assert.equal(lives(pid), true);
  await program.stop();
  assert.equal(lives(pid), false);
});

test("a flood of words costs little time and keeps only the last ones", POSIX, async (t) => {
  const lines: number[] = [];
  // Small pieces, each below what counts as a flood by itself.
  const flood =
    "i=0; while [ $i -lt 8 ]; do yes 'words words words words words' >&2 & i=$((i+1)); done; wait";
  const before = process.memoryUsage.rss();
  const program = shell(t, flood, 1_000, (line) => lines.push(line.length));
  await until(() => lines.length > 1_000, "it writes");
  const usage = process.cpuUsage();
  const startedAt = performance.now();

  await new Promise((resolve) => setTimeout(resolve, 1_500));

  const { user, system } = process.cpuUsage(usage);
  const share = (user + system) / 1_000 / (performance.now() - startedAt);
  assert.ok(share < 0.5, `${Math.round(share * 100)} % of a core`);
  assert.ok(program.lastLines().join("\n").length <= 4_096);
  assert.ok(process.memoryUsage.rss() - before < 80e6);
  await program.stop();
});

test("a line without an end is told in pieces that are bounded", POSIX, async (t) => {
  const lines: string[] = [];
  const program = shell(t, "head -c 3000000 /dev/zero | tr '\\0' x >&2; echo >&2", 500, (line) =>
    lines.push(line),
  );

  await program.ended;

  assert.ok(lines.every((line) => line.length < 200_000));
  assert.ok(program.lastLines().join("").length <= 4_096);
});

test("200 starts leave no process, no file descriptor and no listener", POSIX, async (t) => {
  const word = marker();
  const descriptors = (): number => readdirSync("/proc/self/fd").length;
  await shell(t, ":").stop(); // the guard is there from now on
  const before = descriptors();

  for (let round = 0; round < 20; round++) {
    const programs = Array.from({ length: 10 }, (_, index) =>
      startProgram({
        command: "/bin/sh",
        args: ["-c", index % 2 === 0 ? ":" : "sleep 300 | sleep 300", word],
        graceMs: 2_000,
      }),
    );
    await Promise.all(programs.map((program) => program.stop()));
  }

  await until(() => descriptors() <= before, "descriptors are closed");
  assert.deepEqual(processesNamed(word).filter(lives), []);
});

/** A process that starts programs as Kinora does, to be killed. */
function starter(t: TestContext, script: string): ChildProcess {
  const code = `
    import { startProgram } from ${JSON.stringify(new URL("../src/system/program.ts", import.meta.url).href)};
    const start = (script) => startProgram({ command: "/bin/sh", args: ["-c", script] });
    ${script}
    setInterval(() => {}, 1000);
  `;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  return child;
}

test(
  "when Kinora is killed, nothing of what it started is left, though it ignores being asked",
  POSIX,
  async (t) => {
    const folder = await temporaryFolder(t);
    const files = ["a", "b", "c"].map((name) => join(folder, name));
    const [a, b, c] = files;
    const child = starter(
      t,
      `start("echo $$ >${a}; exec sleep 300"); start("trap '' TERM PIPE; sh -c 'echo $$ >${b}; while :; do sleep 0.1; done' & wait");
     start("sh -c 'echo $$ >${c}; exec sleep 300' | cat");`,
    );
    const pids = await Promise.all(files.map(pidIn));
    assert.deepEqual(pids.map(lives), [true, true, true]);

    child.kill("SIGKILL");

    await until(() => pids.every((pid) => !lives(pid)), "all are ended");
  },
);

test("a guard that somebody has killed is replaced, with all it had to guard", POSIX, async (t) => {
  const folder = await temporaryFolder(t);
  const [a = "", b = ""] = ["a", "b"].map((name) => join(folder, name));
  const child = starter(
    t,
    `start("echo $$ >${a}; exec sleep 300"); setTimeout(() => start("echo $$ >${b}; exec sleep 300"), 300);`,
  );
  const pids = [await pidIn(a), await pidIn(b)];
  const guards = (): number[] =>
    processesNamed("kinora-guard").filter((pid) => lives(pid) && parentOf(pid) === child.pid);
  await until(() => guards().length === 1, "there is a guard");
  await new Promise((resolve) => setTimeout(resolve, 1_000)); // one that lives shorter is not replaced at once
  const [first = 0] = guards();

  process.kill(first, "SIGKILL");
  await until(() => guards().some((pid) => pid !== first), "there is a new guard");
  child.kill("SIGKILL");

  await until(() => pids.every((pid) => !lives(pid)), "all are ended");
});

function parentOf(pid: number): number {
  try {
    return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1]);
  } catch {
    return 0;
  }
}

test("a process that has nothing else to do ends, and its guard with it", POSIX, async (t) => {
  const child = starter(
    t,
    `await start("true").stop(); process.exitCode = 4; process.on("exit", () => {}); globalThis.setInterval = () => {};`,
  );

  const [code] = (await once(child, "exit")) as [number];

  assert.equal(code, 4);
  await until(
    () => processesNamed("kinora-guard").every((pid) => parentOf(pid) !== child.pid),
    "it has gone",
  );
});
