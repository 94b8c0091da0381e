import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { before, test } from "node:test";
import { promisify } from "node:util";
import { filesIn, projectRoot } from "./support/source-files.ts";

interface PackedFile {
  readonly path: string;
  readonly mode: number;
}

/** What `npm publish` would send: the build is the one that `npm test` has made. */
let packed: readonly PackedFile[];

before(async () => {
  const pack = ["pack", "--dry-run", "--json", "--ignore-scripts"];
  const { stdout } = await promisify(execFile)("npm", pack, { cwd: projectRoot });
  packed = (JSON.parse(stdout) as [{ files: PackedFile[] }])[0].files;
});

test("the package holds what was built and the documents that npm shows, and nothing else", () => {
  const others = paths().filter((file) => !file.startsWith("dist/"));

  assert.deepEqual(others.sort(), ["CHANGELOG.md", "LICENSE", "README.md", "package.json"]);
  assert.deepEqual(
    paths().filter((file) => path.basename(file).startsWith(".")),
    [],
  );
});

/** `kinora/view`, which is bundled. */
const VIEW = ["view/kinora-view.js", "view/kinora-view.d.ts", "view/view-types.d.ts"];

test("the package holds what every source became, and nothing of a source that is gone", () => {
  const expected = filesIn("src").flatMap((file) => {
    const built = file.replace(/^src/, "dist");
    return built.endsWith(".ts") ? [built.replace(/ts$/, "js"), built.replace(/ts$/, "d.ts")] : [built];
  });

  const built = paths().filter((file) => file.startsWith("dist/") && !file.startsWith("dist/ui/"));

  assert.deepEqual(built.sort(), [...expected, ...VIEW.map((file) => `dist/${file}`)].sort());
});

test("the package holds each page as one script and its workers, with what they refer to", () => {
  // The icons are in each page.
  const copied = filesIn("ui").filter((file) => !file.endsWith(".ts") && file !== "ui/icons.svg");
  const names = ["page", "publish", "publish-encoder", "publish-ticker", "kinora-view", "kinora-view-worker"];
  const scripts = names.map((name) => `ui/${name}.js`);

  const pages = paths().filter((file) => file.startsWith("dist/ui/"));

  assert.deepEqual(pages.sort(), [...scripts, ...copied].map((file) => `dist/${file}`).sort());
});

test("the command can be run as it is", async () => {
  const command = packed.find((file) => file.path === "dist/cli/main.js");
  const code = await readFile(path.join(projectRoot, "dist/cli/main.js"), "utf8");

  assert.equal(command?.mode, 0o755);
  assert.match(code, /^#!\/usr\/bin\/env node\n/);
});

test("every way in that package.json names can be imported", async () => {
  const { exports } = JSON.parse(await readFile(path.join(projectRoot, "package.json"), "utf8")) as {
    exports: Record<string, unknown>;
  };
  const names = Object.keys(exports).filter((name) => !name.endsWith(".json"));

  for (const name of names) {
    const module = (await import(path.posix.join("kinora", name))) as object;

    assert.ok(Object.keys(module).length > 0, `${name} exports nothing`);
  }
});

function paths(): string[] {
  return packed.map((file) => file.path);
}
