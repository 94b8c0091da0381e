import assert from "node:assert/strict";
import { test } from "node:test";
import ts from "typescript";
import { filesIn, importsOf, tableRows, textOf } from "./support/source-files.ts";

/** Who may import whom. A folder may always import itself. docs/architecture.md shows the same table. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "src/core": [],
  "src/wire": ["src/core"],
  "src/system": ["src/core"],
  "src/images": ["src/core"],
  "src/sources": ["src/core", "src/wire", "src/system"],
  "src/delivery": ["src/core", "src/wire", "src/system"],
  "src/app": ["src/core", "src/wire", "src/system", "src/images", "src/sources", "src/delivery"],
  "src/cli": ["src/core", "src/app"],
  ui: ["src/core", "src/wire"],
};

/** What `import "kinora"` gives: it only passes on what folders hold. */
const FRONT_DOOR = "src/index.ts";

const DOCUMENT = "docs/architecture.md";
const MOST_LINES = 400;

const sources = [...filesIn("src", ".ts"), ...filesIn("ui", ".ts")];

test("every file imports only what its folder may import", () => {
  const forbidden = sources
    .filter((file) => file !== FRONT_DOOR)
    .flatMap((file) => projectImports(file).map((imported) => ({ file, imported })))
    .filter(({ file, imported }) => !mayImport(folderOf(file), folderOf(imported)))
    .map(({ file, imported }) => `${file} imports ${imported}`);

  assert.deepEqual(forbidden, []);
});

test("no file imports itself, directly or through others", () => {
  const finished = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, trail: readonly string[]): void => {
    const start = trail.indexOf(file);
    if (start >= 0) cycles.push([...trail.slice(start), file].join(" → "));
    if (start >= 0 || finished.has(file)) return;
    finished.add(file);
    for (const imported of projectImports(file)) visit(imported, [...trail, file]);
  };

  for (const file of sources) visit(file, []);

  assert.deepEqual(cycles, []);
});

test("each package is imported in one file only, the one that docs/architecture.md names", () => {
  const imports = sources.flatMap((file) =>
    [...new Set(packageImports(file))].map((name) => `${name} in ${file}`),
  );
  const documented = tableRows(DOCUMENT).flatMap(([name = "", file = ""]) =>
    file.endsWith(".ts") ? [`${name} in ${file}`] : [],
  );

  assert.deepEqual(imports.sort(), [...documented].sort());
});

test("every package that is installed with Kinora is imported, and no other", () => {
  const { dependencies, optionalDependencies } = JSON.parse(textOf("package.json")) as Record<
    string,
    Record<string, string>
  >;

  const imported = new Set(sources.flatMap(packageImports));

  assert.deepEqual([...imported].sort(), Object.keys({ ...dependencies, ...optionalDependencies }).sort());
});

test("docs/architecture.md shows every folder with what it may import, and no other folder", () => {
  const documented = tableRows(DOCUMENT).flatMap(([folder = "", , imports = ""]) =>
    folder.endsWith("/")
      ? [[folder.slice(0, -1), imports === "nothing" ? [] : imports.split(", ")] as const]
      : [],
  );
  const folders = new Set(sources.filter((file) => file !== FRONT_DOOR).map(folderOf));

  assert.deepEqual(Object.fromEntries(documented), shortened(MAY_IMPORT));
  assert.deepEqual([...folders].sort(), Object.keys(MAY_IMPORT).sort());
});

test("core and wire use nothing that only Node has", () => {
  const users = sources
    .filter((file) => /^src\/(core|wire)\//.test(file))
    .filter((file) => identifiers(file).some((name) => name === "process" || name === "Buffer"));

  assert.deepEqual(users, []);
});

test("no file is longer than 400 lines", () => {
  const files = ["bench", "examples", "scripts", "src", "test", "ui"].flatMap((folder) => filesIn(folder));

  const long = files.filter((file) => /\.(ts|mjs)$/.test(file)).filter((file) => lines(file) > MOST_LINES);

  assert.deepEqual(long, []);
});

function mayImport(from: string, to: string): boolean {
  return from === to || MAY_IMPORT[from]?.includes(to) === true;
}

function folderOf(file: string): string {
  const [first = "", second = ""] = file.split("/");
  return first === "ui" ? first : `${first}/${second}`;
}

function projectImports(file: string): readonly string[] {
  return importsOf(file).filter((imported) => /^(src|ui|test|scripts)\//.test(imported));
}

/** Names of packages, without the path inside them. */
function packageImports(file: string): readonly string[] {
  const packages = importsOf(file).filter((imported) => !/^(src|ui|test|scripts|node:)/.test(imported));
  return packages.map((name) => name.split("/", name.startsWith("@") ? 2 : 1).join("/"));
}

/** The rules as the document writes them: `core` for `src/core`. */
function shortened(rules: typeof MAY_IMPORT): Record<string, string[]> {
  const entries = Object.entries(rules);
  return Object.fromEntries(
    entries.map(([folder, others]) => [folder, others.map((other) => other.slice(4))]),
  );
}

/** Every name in the code; comments and strings hold none. */
function identifiers(file: string): readonly string[] {
  const names: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) names.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, textOf(file), ts.ScriptTarget.Latest));
  return names;
}

function lines(file: string): number {
  return textOf(file).trimEnd().split("\n").length;
}
