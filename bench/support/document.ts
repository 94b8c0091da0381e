import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const DOCUMENT = fileURLToPath(new URL("../../docs/performance.md", import.meta.url));

/** A Markdown table as Prettier leaves it; the first row is its heading. */
export function markdownTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const lines = rows.map((row) => line(row.map((cell, column) => cell.padEnd(widths[column] ?? 0))));
  return lines.toSpliced(1, 0, line(widths.map((width) => "-".repeat(width)))).join("\n");
}

/** Puts what a benchmark found into docs/performance.md, between its two marks. */
export async function writeIntoDocument(benchmark: string, text: string): Promise<void> {
  const begin = `<!-- ${benchmark}: written by npm run bench -- ${benchmark} --write -->`;
  const end = `<!-- ${benchmark}: end -->`;
  const document = await readFile(DOCUMENT, "utf8");
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`docs/performance.md lacks the line ${begin} or ${end}`);
  await writeFile(DOCUMENT, `${document.slice(0, from)}${begin}\n\n${text}\n\n${document.slice(to)}`);
}
