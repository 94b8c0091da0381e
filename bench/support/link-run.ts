import { execFile } from "node:child_process";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { Seen } from "./link-client.ts";
import { SERVER_ADDRESS, type Network } from "./link-network.ts";
import { ServerProcess } from "./server-process.ts";

const execute = promisify(execFile);

/** The port of every server: no network has two. */
export const SERVER_PORT = 8080;

/** A program that streams a camera on {@link SERVER_PORT} of every address. */
export interface LinkServer {
  /** As a table names it, with its version. */
  readonly name: string;
  readonly command: readonly string[];
  /** Path and query of its stream. */
  readonly stream: string;
}

/** What the servers show. */
export interface StampedCamera {
  /** The environment to start a server with. */
  readonly env: NodeJS.ProcessEnv;
  /** The folder of the camera's pictures, which it stamps with the time. */
  readonly pictures: string;
}

/** How long to watch, in seconds. */
export interface Span {
  readonly measured: number;
  /** Before that: TCP finds out how fast the line is, and queues fill. */
  readonly warmUp: number;
}

/** What came over a line. */
export interface Outcome {
  /** Age of a picture at its last byte, in milliseconds: half of them were at most so old. */
  readonly medianMs: number;
  /** And 95 % at most so old. */
  readonly p95Ms: number;
  /** Whole pictures a second. */
  readonly fps: number;
  /** Pictures that were not one of the camera's, byte by byte, those of the warm-up included. */
  readonly wrong: number;
  /** Median of what the server's kernel held for the client, in bytes: sent and not confirmed, and not sent. */
  readonly heldBytes: number;
  /** Median of what of that was not sent, in bytes. */
  readonly unsentBytes: number;
}

/** Starts a server at one end of a line and a client at the other, watches, and stops both. */
export async function watchOver(
  network: Network,
  server: LinkServer,
  camera: StampedCamera,
  span: Span,
): Promise<Outcome> {
  const [program = "", ...args] = [...network.atServer, ...server.command];
  const running = new ServerProcess(program, args, camera.env);
  try {
    await listening(network, server.name);
    const watching = new AbortController();
    const held = holding(network, span, watching.signal);
    const seen = await watch(network, server, camera, span).finally(() => watching.abort());
    return outcome(seen, span, await held);
  } finally {
    await running.stop();
  }
}

/** Waits until a server listens at its end of a line. */
export async function listening(network: Network, name: string): Promise<void> {
  const deadline = performance.now() + 15_000;
  while ((await sockets(network, "listening")) === "") {
    if (performance.now() > deadline) throw new Error(`${name} did not start to listen`);
    await sleep(50);
  }
}

async function watch(network: Network, server: LinkServer, camera: StampedCamera, span: Span): Promise<Seen> {
  const client = path.join(import.meta.dirname, "link-client.ts");
  const url = `http://${SERVER_ADDRESS}:${SERVER_PORT}${server.stream}`;
  const args = [client, url, String(span.measured), String(span.warmUp), camera.pictures];
  const [program = "", ...all] = [...network.atClient, process.execPath, ...args];
  const timeout = (span.warmUp + span.measured + 10) * 1000;
  const { stdout } = await execute(program, all, { timeout, maxBuffer: 10_000_000 });
  return JSON.parse(stdout) as Seen;
}

interface Held {
  readonly all: number;
  readonly unsent: number;
}

/** Looks ten times a second, behind the warm-up. */
async function holding(network: Network, { warmUp }: Span, signal: AbortSignal): Promise<readonly Held[]> {
  const held: Held[] = [];
  const from = performance.now() + warmUp * 1000;
  while (!signal.aborted) {
    await sleep(100);
    if (performance.now() < from) continue;
    const line = await sockets(network, "established");
    const [, all] = /^\s*\d+\s+(\d+)/.exec(line) ?? [];
    if (all !== undefined)
      held.push({ all: Number(all), unsent: Number(/notsent:(\d+)/.exec(line)?.[1] ?? 0) });
  }
  return held;
}

async function sockets(network: Network, state: string): Promise<string> {
  const ss = ["ss", "-Htin", "state", state, `sport = :${SERVER_PORT}`];
  const [program = "", ...args] = [...network.atServer, ...ss];
  return (await execute(program, args, { timeout: 10_000 })).stdout;
}

function outcome({ ages, wrong }: Seen, { measured }: Span, held: readonly Held[]): Outcome {
  const share = (values: readonly number[], of: number): number =>
    values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * of)] ?? NaN;
  return {
    medianMs: share(ages, 0.5),
    p95Ms: share(ages, 0.95),
    fps: ages.length / measured,
    wrong,
    heldBytes: share(
      held.map(({ all }) => all),
      0.5,
    ),
    unsentBytes: share(
      held.map(({ unsent }) => unsent),
      0.5,
    ),
  };
}
