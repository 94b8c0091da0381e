import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { filesIn, projectRoot, textOf } from "./support/source-files.ts";

const documents = filesIn(".", ".md");

test("every link between documents leads to something", () => {
  const broken = documents.flatMap((document) =>
    [...textOf(document).matchAll(/\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]*))?\)/g)]
      .filter(([, to = "", anchor]) => !leadsSomewhere(document, to, anchor))
      .map(([link]) => `${document}: ${link}`),
  );

  assert.deepEqual(broken, []);
});

test("every npm script that a document or a comment speaks of exists", () => {
  const { scripts } = JSON.parse(textOf("package.json")) as { scripts: Record<string, string> };
  const files = [
    ...documents,
    ...["bench", "examples", "scripts", "src"].flatMap((folder) => filesIn(folder)),
  ];

  const unknown = files
    .filter((file) => /\.(md|ts|mjs)$/.test(file))
    .flatMap((file) =>
      [...textOf(file).matchAll(/\bnpm run ([\w-]+(?::\w+)*)/g)].map(([, name = ""]) => ({ file, name })),
    )
    .filter(({ name }) => scripts[name] === undefined)
    .map(({ file, name }) => `${file}: npm run ${name}`);

  assert.deepEqual(unknown, []);
});

function leadsSomewhere(document: string, to: string, anchor: string | undefined): boolean {
  const target = to === "" ? document : path.join(path.dirname(document), to);
  if (!existsSync(path.join(projectRoot, target))) return false;
  return anchor === undefined || !target.endsWith(".md") || anchorsOf(target).includes(anchor);
}

/** The names that headings get as targets of links. */
function anchorsOf(document: string): readonly string[] {
  return [...textOf(document).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, "")
      .replaceAll(" ", "-"),
  );
}
