import { execFile } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { Shown, Watched } from "./adapt-client.ts";
import { makeNetwork, SERVER_ADDRESS, type Line } from "./link-network.ts";
import { listening, SERVER_PORT, type LinkServer, type StampedCamera } from "./link-run.ts";
import { ServerProcess } from "./server-process.ts";

const execute = promisify(execFile);
/** The comment that the camera writes into each picture. */
const STAMP_BYTES = 40;

/** A line that is slow at first and then no more. */
export interface Returning extends Line {
  /** Megabits a second at first. */
  readonly rateMbit: number;
  /** Megabits a second afterwards. */
  readonly returnsMbit: number;
}

/** How long to watch, in seconds. */
export interface Times {
  /** How long the line is slow. */
  readonly slow: number;
  /** How much of that is not measured: the viewer has just come. */
  readonly warmUp: number;
  /** How long it is watched after that. */
  readonly fast: number;
}

/** What a viewer saw over a line that was slow and returned. */
export interface Adapting {
  /** Whole pictures a second while the line was slow. */
  readonly fps: number;
  /** Age of pictures at their last byte while the line was slow, in milliseconds: half of them, and 95 %. */
  readonly medianMs: number;
  readonly p95Ms: number;
  /** Pixels across that were shown longest while the line was slow. */
  readonly width: number;
  /** Seconds from the line's return to the first picture that is the source's, untouched; not a number where none came. */
  readonly backAfter: number;
  /** Pictures that could not be decoded. */
  readonly wrong: number;
  /** When which size was shown first, in seconds, to be looked at. */
  readonly sizes: readonly string[];
}

/** Watches over the line while it is slow and when it has returned. */
export async function watchAdapting(
  line: Returning,
  server: LinkServer,
  camera: StampedCamera,
  times: Times,
): Promise<Adapting> {
  const network = await makeNetwork(line);
  const [program = "", ...args] = [...network.atServer, ...server.command];
  const running = new ServerProcess(program, args, camera.env);
  try {
    await listening(network, server.name);
    const url = `http://${SERVER_ADDRESS}:${SERVER_PORT}${server.stream}`;
    const client = path.join(import.meta.dirname, "adapt-client.ts");
    const seconds = times.slow + times.fast;
    const command = [...network.atClient, process.execPath, client, url, String(seconds)];
    const watching = execute(command[0] ?? "", command.slice(1), {
      timeout: (seconds + 20) * 1000,
      maxBuffer: 10_000_000,
    });
    const startedAt = Date.now();
    await sleep(times.slow * 1000);
    network.become(line.returnsMbit);
    const returnedAt = Date.now();
    const watched = JSON.parse((await watching).stdout) as Watched;
    return adapting(watched, untouchedBytes(camera), startedAt + times.warmUp * 1000, returnedAt);
  } finally {
    await running.stop();
    await network.close();
  }
}

/** How many bytes a camera's pictures have, with the stamp in them. */
function untouchedBytes({ pictures }: StampedCamera): ReadonlySet<number> {
  return new Set(readdirSync(pictures).map((name) => statSync(path.join(pictures, name)).size + STAMP_BYTES));
}

function adapting(
  { shown, wrong }: Watched,
  untouched: ReadonlySet<number>,
  from: number,
  returnedAt: number,
): Adapting {
  const slow = shown.filter(({ at }) => at >= from && at < returnedAt);
  const ages = slow.map(({ ageMs }) => ageMs).toSorted((a, b) => a - b);
  const changes = shown.filter(({ width }, at) => width !== shown[at - 1]?.width);
  const full = shown.find(({ at, bytes }) => at >= returnedAt && untouched.has(bytes));
  return {
    fps: (slow.length * 1000) / (returnedAt - from),
    medianMs: ages[Math.floor((ages.length - 1) * 0.5)] ?? NaN,
    p95Ms: ages[Math.floor((ages.length - 1) * 0.95)] ?? NaN,
    width: usual(slow),
    backAfter: full === undefined ? NaN : (full.at - returnedAt) / 1000,
    wrong,
    sizes: changes.map(({ at, width }) => `${((at - returnedAt) / 1000).toFixed(1)} s: ${width}`),
  };
}

function usual(shown: readonly Shown[]): number {
  const counts = new Map<number, number>();
  for (const { width } of shown) counts.set(width, (counts.get(width) ?? 0) + 1);
  return [...counts].toSorted(([, one], [, other]) => other - one)[0]?.[0] ?? NaN;
}
