import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

const START_LIMIT_MS = 15_000;
const STOP_LIMIT_MS = 10_000;
/** Most that is kept of what a server says, for the error when it does not start. */
const MOST_OUTPUT = 10_000;

const running = new Set<ChildProcess>();
process.once("exit", () => running.forEach((child) => child.kill("SIGKILL")));
// Without a listener a signal ends the process with no "exit", and the servers would stay.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(1));

/** A server in a process of its own, to be measured. Ends with this process at the latest. */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  #output = "";

  constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
    this.#child = spawn(command, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    const keep = (text: string) => (this.#output = (this.#output + text).slice(-MOST_OUTPUT));
    this.#child.stdout?.setEncoding("utf8").on("data", keep);
    this.#child.stderr?.setEncoding("utf8").on("data", keep);
    running.add(this.#child);
    this.#closed = once(this.#child, "close").then(() => running.delete(this.#child));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The port it listens on, as soon as it says so: the first group of the pattern. */
  async portTold(pattern: RegExp): Promise<number> {
    let port: string | undefined;
    await this.#until(async () => (port = pattern.exec(this.#output)?.[1]) !== undefined);
    return Number(port);
  }

  /** Waits until it takes connections on a port. */
  async listensOn(port: number): Promise<void> {
    await this.#until(() => takesConnections(port));
  }

  /** Ends it as Ctrl-C does. */
  async stop(): Promise<void> {
    this.#child.kill("SIGINT");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), STOP_LIMIT_MS);
    await this.#closed;
    clearTimeout(timer);
  }

  async #until(condition: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + START_LIMIT_MS;
    while (!(await condition())) {
      if (this.#child.exitCode !== null || performance.now() > deadline) {
        throw new Error(`${this.#child.spawnargs[0] ?? ""} did not start to listen:\n${this.#output}`);
      }
      await sleep(10);
    }
  }
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
