import { markdownTable } from "./document.ts";
import type { Delivered } from "./load.ts";

/** One run of one server, with the floor's run of the same round beside it. */
export interface FanOutRun {
  readonly viewers: number;
  readonly server: string;
  readonly delivered: Delivered;
  readonly floor: Delivered;
}

const HEADINGS = [
  "viewers",
  "server",
  "CPU s/GB",
  "× floor",
  "% of a core",
  "age p50 · p99",
  "fps",
  "memory",
];

/** One row for each server at each number of viewers, in the order of the runs: medians of its runs. */
export function fanOutTable(runs: readonly FanOutRun[]): string {
  const groups = Map.groupBy(runs, ({ viewers, server }) => `${viewers} ${server}`);
  let shown = NaN;
  const rows = [...groups.values()]
    .toSorted(([one], [other]) => (one?.viewers ?? 0) - (other?.viewers ?? 0))
    .map((group) => {
      const { viewers = 0, server = "" } = group[0] ?? {};
      const isNext = viewers !== shown;
      shown = viewers;
      return [isNext ? String(viewers) : "", server, ...figures(group)];
    });
  return markdownTable([HEADINGS, ...rows]);
}

/** The ratio is the median of the rounds' ratios: what slows a round down slows the floor beside it down, too. */
function figures(group: readonly FanOutRun[]): readonly string[] {
  const median = (value: (run: FanOutRun) => number): number => medianOf(group.map(value));
  const ages = [median((run) => run.delivered.ageP50Ms), median((run) => run.delivered.ageP99Ms)];
  const fps = [median((run) => run.delivered.leastFps), median((run) => run.delivered.mostFps)];
  return [
    median((run) => run.delivered.cpuSecondsPerGb).toFixed(3),
    median((run) => run.delivered.cpuSecondsPerGb / run.floor.cpuSecondsPerGb).toFixed(2),
    median((run) => run.delivered.cpuPercent).toFixed(1),
    Number.isNaN(ages[0]) ? "–" : `${ages.map((age) => age.toFixed(1)).join(" · ")} ms`,
    fps.map((value) => value.toFixed(1)).join("–"),
    `${median((run) => run.delivered.peakMib).toFixed(0)} MiB`,
  ];
}

/** The middle one; the mean of the two in the middle. */
function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number) => sorted[Math.floor(index)] ?? NaN;
  return (at((sorted.length - 1) / 2) + at(sorted.length / 2)) / 2;
}
