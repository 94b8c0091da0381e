import assert from "node:assert/strict";
import { chmod, readFile } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { copyProject, type ProjectCopy } from "./support/project-copy.ts";

let project: ProjectCopy;

before(async () => {
  project = await copyProject();
  await project.write("test/good.test.ts", testFile('test("adds", () => {});'));
  await project.write("test/deep/bad.test.ts", testFile('test("sums up", () => assert.equal(1 + 1, 3));'));
  await project.write("test/broken.test.ts", 'throw new Error("cannot be loaded");');
  await project.write(
    "test/skips.test.ts",
    testFile('test("plays", { skip: "vlc is not installed" }, () => {});'),
  );
  await project.write("bin/apt-get", '#!/bin/sh\necho "$DEBIAN_FRONTEND $@" >> apt-calls\n');
  await chmod(path.join(imitations(), "apt-get"), 0o755);
  await project.run("start.mjs");
});

after(() => project.remove());

test("given files are run alone, without the checks", async () => {
  const { stdout, end } = await runTests("test/good.test.ts");

  assert.equal(end, 0);
  assert.match(
    stdout,
    /^✓ build .* s\n✓ test\/good\.test\.ts 1 tests \d+\.\d s\n\nℹ tests 1\n(ℹ .*\n)*ℹ fail 0\n(ℹ .*\n)*$/,
  );
});

test("a failure is shown with its reason below its file, and once more by name at the end", async () => {
  const { stdout, end } = await runTests("test/deep/bad.test.ts");

  assert.equal(end, 1);
  assert.match(
    stdout,
    /✗ test\/deep\/bad\.test\.ts 1 tests .*\n {2}✗ sums up \(line 3\)\n {4}AssertionError.*\n\n {4}2 !== 3\n/,
  );
  assert.match(stdout, /\nFailed: test\/deep\/bad\.test\.ts:3: sums up\n\nℹ tests 1\n/);
});

test("a file that cannot be loaded fails the run, with what it printed", async () => {
  const { stdout, end } = await runTests("test/broken.test.ts");

  assert.equal(end, 1);
  assert.match(stdout, /✗ test\/broken\.test\.ts: the file itself failed.*\n[^]*Error: cannot be loaded/);
});

test("the last lines name each missing program, and how to get it", async () => {
  const { stdout, end } = await runTests("test/skips.test.ts");

  assert.equal(end, 0);
  assert.match(
    stdout,
    /\nMissing: vlc: 1 test skipped; install it with: apt-get install .*vlc-bin vlc-plugin-base\n$/,
  );
});

test("with CI=true a skipped test fails the run", async () => {
  const { stdout, end } = await runTests("test/skips.test.ts", { CI: "true" });

  assert.equal(end, 1);
  assert.match(stdout, /\nCI=true: a skipped test fails the run\.\n$/);
});

test("programs that tests need are installed with apt by root on Debian, and by nobody else", async () => {
  const { end } = await runTests("test/good.test.ts", { PATH: imitations() });

  const calls = await readFile(path.join(project.folder, "apt-calls"), "utf8").catch(() => "");
  assert.equal(end, 0);
  if (process.getuid?.() !== 0 || !(await isDebian())) {
    assert.equal(calls, "");
    return;
  }
  const [update, install, ...more] = calls.trimEnd().split("\n");
  assert.match(update ?? "", /^noninteractive .* update$/);
  assert.match(
    install ?? "",
    /^noninteractive -q -y .* install --no-install-recommends gcc libc6-dev chromium curl ffmpeg /,
  );
  assert.match(install ?? "", / firefox-esr mpv nginx-light python3-gi .* vlc-bin vlc-plugin-base xvfb$/);
  assert.deepEqual(more, []);
});

function testFile(body: string): string {
  return `import assert from "node:assert/strict";\nimport { test } from "node:test";\n${body}\nassert.ok(true);\n`;
}

/** Runs `npm test` in the copy; what it lacks it gets from an imitation of apt. */
function runTests(file: string, env: NodeJS.ProcessEnv = {}): ReturnType<ProjectCopy["run"]> {
  return project.run("test.mjs", [file], { PATH: `${imitations()}:${process.env["PATH"] ?? ""}`, ...env });
}

function imitations(): string {
  return path.join(project.folder, "bin");
}

async function isDebian(): Promise<boolean> {
  return /^ID=debian$/m.test(await readFile("/etc/os-release", "utf8").catch(() => ""));
}
