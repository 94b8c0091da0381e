import os from "node:os";
import path from "node:path";

/** Whether only a check is wanted (`--quick`): one short run, whose times mean little. */
export const QUICK: boolean = process.argv.includes("--quick");

const RUNS = 7;

/** How much one run does. */
export interface Work {
  /** What is counted; of bytes the speed is told in GB/s, of anything else the time each takes. */
  readonly unit: string;
  readonly count: number;
}

/** What {@link report} measured. */
export interface Measured {
  /** How often the work was done, the runs before the measured ones included. */
  readonly runs: number;
  /** The median run: GB/s for bytes, microseconds a unit for anything else. */
  readonly median: number;
  /** The best run: what else the machine does makes a run slower, never faster. */
  readonly best: number;
}

/** Says what this was measured on and how to do it again. Once, before the first result. */
export function reportMachine(): void {
  const cpu = os.cpus()[0]?.model.trim() ?? "unknown processor";
  const script = path.relative(process.cwd(), process.argv[1] ?? "");
  console.log(`${cpu}, ${os.cpus().length} cores, Node ${process.version}`);
  console.log(`node ${[script, ...process.argv.slice(2)].join(" ")}`);
}

/** The version of the kernel, without what its maker hangs on to it. */
export function kernelVersion(): string {
  return /^[\d.]+/.exec(os.release())?.[0] ?? os.release();
}

/** Does the work until it is warm, then several times more, and prints the median and the best run. The caller checks the result. */
export async function report(name: string, work: Work, run: () => void | Promise<void>): Promise<Measured> {
  const seconds: number[] = [];
  const runs = QUICK ? 1 : RUNS;
  for (let index = 0; index < runs + (QUICK ? 0 : 4); index++) {
    const start = process.hrtime.bigint();
    await run();
    seconds.push(Number(process.hrtime.bigint() - start) / 1e9);
  }
  const measured = seconds.slice(-runs).toSorted((a, b) => a - b);
  const isBytes = work.unit === "byte";
  const show = (time = NaN): number => (isBytes ? work.count / time / 1e9 : (time * 1e6) / work.count);
  const median = show(measured[Math.floor(measured.length / 2)]);
  const best = show(measured[0]);
  const digits = isBytes ? 2 : 1;
  const unit = isBytes ? "GB/s" : `µs/${work.unit}`;
  console.log(`${name}: ${median.toFixed(digits)} ${unit}, best ${best.toFixed(digits)}`);
  return { runs: seconds.length, median, best };
}
