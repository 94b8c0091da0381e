import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Outcome } from "./link-run.ts";

const DOCUMENT = fileURLToPath(new URL("../../docs/performance.md", import.meta.url));
const BEGIN = "<!-- slow-link: written by npm run bench -- slow-link --write -->";
const END = "<!-- slow-link: end -->";

/** What came over one line from one server. */
export interface LinkRun {
  readonly line: string;
  readonly server: string;
  readonly outcome: Outcome;
}

const HEADINGS = ["line", "server", "age: median", "95 %", "fps", "kernel held", "of it unsent"];

/** One row a run, as Prettier leaves it. */
export function linkTable(runs: readonly LinkRun[]): string {
  const rows = [HEADINGS, ...runs.map(cells)];
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lineOf = (row: readonly string[]) => `| ${row.join(" | ")} |`;
  const lines = rows.map((row) => lineOf(row.map((cell, column) => cell.padEnd(widths[column] ?? 0))));
  return lines.toSpliced(1, 0, lineOf(widths.map((width) => "-".repeat(width)))).join("\n");
}

function cells({ line, server, outcome }: LinkRun): readonly string[] {
  const ages = [outcome.medianMs, outcome.p95Ms].map((age) => `${age.toFixed(0)} ms`);
  const held = [outcome.heldBytes, outcome.unsentBytes].map((bytes) => `${(bytes / 1000).toFixed(0)} KB`);
  return [line, server, ...ages, outcome.fps.toFixed(1), ...held];
}

/** Puts the text into docs/performance.md, between its two marks. */
export async function writeIntoDocument(text: string): Promise<void> {
  const document = await readFile(DOCUMENT, "utf8");
  const [begin, end] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (begin === -1 || end < begin) throw new Error(`docs/performance.md lacks the line ${BEGIN} or ${END}`);
  await writeFile(DOCUMENT, `${document.slice(0, begin)}${BEGIN}\n\n${text}\n\n${document.slice(end)}`);
}
