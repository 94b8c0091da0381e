import { writeFile } from "node:fs/promises";
import { probeSource, type Probe } from "../app/probe.ts";
import { MjpegError } from "../core/errors.ts";
import { abortedAtEnd } from "./end-signal.ts";
import { progressLine } from "./progress-line.ts";

/** The flags of `kinora probe`, as they were typed. */
export interface ProbeFlags {
  readonly output?: string;
}

/** Looks at a source, prints what it is, and saves a picture of it where that is wanted. */
export async function probe(source: string, { output }: ProbeFlags): Promise<void> {
  const seen = await look(source);
  const toStdout = output === "-";
  (toStdout ? process.stderr : process.stdout).write(`${describe(seen)}\n`);
  if (toStdout) process.stdout.write(seen.picture);
  else if (output !== undefined) await save(output, seen.picture);
  if (seen.failure !== undefined) throw seen.failure;
}

async function look(source: string): Promise<Probe> {
  const line = progressLine();
  const since = performance.now();
  let what = "looking";
  const tick = () => line.show(`${what} (${Math.round((performance.now() - since) / 1000)} s)`);
  const timer = setInterval(tick, 500);
  try {
    return await probeSource(source, { signal: abortedAtEnd(), onWaiting: (reason) => (what = reason) });
  } finally {
    clearInterval(timer);
    line.clear();
  }
}

function describe(seen: Probe): string {
  const { label, firstMs, bytes, fps, notes, sizes, dropped } = seen;
  const rows = [
    ["size", sizes.join(", then ")],
    ["format", formatOf(seen)],
    ["rate", rateOf(seen)],
    [
      "a picture",
      `${kilobytes(bytes.mean)} KB on average (${kilobytes(bytes.least)} to ${kilobytes(bytes.most)})`,
    ],
    ...(fps === undefined ? [] : [["bandwidth", `${((fps * bytes.mean * 8) / 1e6).toFixed(1)} Mbit/s`]]),
    ["first", `after ${Math.round(firstMs)} ms`],
    ...(dropped === 0 ? [] : [["lost", `${dropped} pictures`]]),
    ...notes.map((note) => ["note", note]),
  ];
  const lines = rows.map(([name = "", value = ""]) => `  ${name.padEnd(9)}  ${value}`);
  return [label, ...lines].join("\n").replaceAll(/[^\P{Cc}\n]+/gu, " ");
}

function formatOf({ format, lacksTables }: Probe): string {
  if (format === undefined) return "JPEG";
  const { coding, bits, components, subsampling } = format;
  const colour = components === 1 ? "grey" : (subsampling ?? `${components} components`);
  const depth = bits === 8 ? [] : [`${bits} bits`];
  const tables = lacksTables ? ["without Huffman tables, which Kinora puts in"] : [];
  return ["JPEG", coding, colour, ...depth, ...tables].join(", ");
}

function rateOf({ fps, pictures, spanMs }: Probe): string {
  if (fps === undefined) return "unknown: one picture came";
  return `${fps.toFixed(1)} fps (${pictures} pictures in ${(spanMs / 1000).toFixed(1)} s)`;
}

function kilobytes(bytes: number): string {
  return (bytes / 1000).toFixed(1);
}

async function save(path: string, picture: Uint8Array): Promise<void> {
  try {
    await writeFile(path, picture);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new MjpegError("ERR_FILE_UNWRITABLE", `the picture cannot be saved: ${why}`, { cause: error });
  }
}
