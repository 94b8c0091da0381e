import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

/** The project's folder. */
export const projectRoot: string = fileURLToPath(new URL("../..", import.meta.url));

/** What is made from the project or installed into it. */
const NOT_OURS = new Set([".cache", ".git", "coverage", "dist", "node_modules"]);

/** Paths of the project's own files in a folder, from the project's root, sorted. None where there is no such folder. */
export function filesIn(folder: string, ending = ""): readonly string[] {
  if (!existsSync(path.join(projectRoot, folder))) return [];
  const names = readdirSync(path.join(projectRoot, folder), { withFileTypes: true });
  return names
    .filter(({ name }) => !NOT_OURS.has(name))
    .flatMap((entry) => {
      const place = path.join(folder, entry.name);
      if (entry.isDirectory()) return filesIn(place, ending);
      return entry.isFile() && place.endsWith(ending) ? [place] : [];
    })
    .sort();
}

/** The text of one of the project's files. */
export function textOf(file: string): string {
  return readFileSync(path.join(projectRoot, file), "utf8");
}

/** What a source file imports, types included: the project's files by their path from its root, packages and `node:` by their name. */
export function importsOf(file: string): readonly string[] {
  const { importedFiles } = ts.preProcessFile(textOf(file), true, true);
  return importedFiles.map(({ fileName }) =>
    fileName.startsWith(".") ? path.join(path.dirname(file), fileName) : fileName,
  );
}

/** The cells of every row of a document's tables, without the marks around code. */
export function tableRows(document: string): readonly (readonly string[])[] {
  return textOf(document)
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll("`", "")),
    );
}
