// The load and the floor that servers are measured against: two small C programs, compiled where they are needed.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { program } from "../../test/support/programs.ts";

const execute = promisify(execFile);
const CACHE = path.join(os.tmpdir(), `kinora-load-${os.userInfo().uid}`);

/** A server to put the load on. */
export interface Target {
  readonly pid: number;
  readonly port: number;
  /** Path of the stream. */
  readonly path: string;
}

/** How much load, and for how long. */
export interface Load {
  readonly viewers: number;
  /** Before the counting begins. */
  readonly warmSeconds: number;
  readonly seconds: number;
}

/** What came over the counted time, and what the server spent on it. */
export interface Delivered {
  /** Processor time of the server and its child processes. */
  readonly cpuSeconds: number;
  /** The same for each 10⁹ bytes delivered; NaN where none were. */
  readonly cpuSecondsPerGb: number;
  readonly cpuPercent: number;
  readonly leastFps: number;
  readonly mostFps: number;
  /** Median and 99th percentile of the pictures' ages at their last byte; NaN where pictures tell no time. */
  readonly ageP50Ms: number;
  readonly ageP99Ms: number;
  /** Peak of resident memory since the server started. */
  readonly peakMib: number;
}

/** Lets viewers watch a server and measures. @throws Error when a viewer was cut off or was sent half a picture. */
export async function putLoadOn(target: Target, load: Load): Promise<Delivered> {
  const { pid, port } = target;
  const numbers = [load.viewers, load.warmSeconds, load.seconds, pid];
  const args = [String(port), target.path, ...numbers.map(String)];
  const timeout = (load.warmSeconds + load.seconds + 30) * 1000;
  const { stdout } = await execute(await compiled("viewers"), args, { timeout });
  const counted = JSON.parse(stdout) as Counted;
  const { lost, broken, seconds, cpuSeconds } = counted;
  if (lost > 0) throw new Error(`${lost} of ${load.viewers} viewers were cut off`);
  if (broken > 0) throw new Error(`${broken} parts of those looked at were no whole pictures`);
  const fps = (bytes: number) => bytes / counted.partBytes / seconds;
  const known = (ageMs: number) => (ageMs < 0 ? NaN : ageMs);
  return {
    cpuSeconds,
    cpuSecondsPerGb: cpuSeconds / (counted.bytes / 1e9),
    cpuPercent: (cpuSeconds / seconds) * 100,
    leastFps: fps(counted.leastBytes),
    mostFps: fps(counted.mostBytes),
    ageP50Ms: known(counted.ageP50Ms),
    ageP99Ms: known(counted.ageP99Ms),
    peakMib: counted.peakMib,
  };
}

/** What `viewers` prints. */
interface Counted {
  readonly seconds: number;
  readonly bytes: number;
  readonly leastBytes: number;
  readonly mostBytes: number;
  readonly partBytes: number;
  readonly lost: number;
  readonly broken: number;
  readonly ageP50Ms: number;
  readonly ageP99Ms: number;
  readonly cpuSeconds: number;
  readonly peakMib: number;
}

/** The path of the floor: `floor FPS PICTURE.jpg...` prints its port and sends the pictures, stamped, to whoever connects. */
export function floorProgram(): Promise<string> {
  return compiled("floor");
}

/** The path of one of the programs in load/, compiled once for each content of its source. */
async function compiled(name: "viewers" | "floor"): Promise<string> {
  const compiler = program("cc");
  if (compiler === undefined) {
    throw new Error(
      "the load of this benchmark is a C program, and there is no C compiler: install gcc and libc6-dev",
    );
  }
  const file = fileURLToPath(new URL(`./load/${name}.c`, import.meta.url));
  const digest = createHash("sha256")
    .update(await readFile(file))
    .digest("hex")
    .slice(0, 16);
  const binary = path.join(CACHE, `${name}-${digest}-${process.arch}`);
  if (existsSync(binary)) return binary;
  await mkdir(CACHE, { recursive: true });
  const draft = `${binary}.${process.pid}`;
  await execute(compiler, ["-O2", "-o", draft, file]);
  await rename(draft, binary);
  return binary;
}
