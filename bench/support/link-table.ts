import { markdownTable } from "./document.ts";
import type { Outcome } from "./link-run.ts";

/** What came over one line from one server. */
export interface LinkRun {
  readonly line: string;
  readonly server: string;
  readonly outcome: Outcome;
}

const HEADINGS = ["line", "server", "age: median", "95 %", "fps", "kernel held", "of it unsent"];

/** One row a run, as Prettier leaves it. */
export function linkTable(runs: readonly LinkRun[]): string {
  return markdownTable([HEADINGS, ...runs.map(cells)]);
}

function cells({ line, server, outcome }: LinkRun): readonly string[] {
  const ages = [outcome.medianMs, outcome.p95Ms].map((age) => `${age.toFixed(0)} ms`);
  const held = [outcome.heldBytes, outcome.unsentBytes].map((bytes) => `${(bytes / 1000).toFixed(0)} KB`);
  return [line, server, ...ages, outcome.fps.toFixed(1), ...held];
}
