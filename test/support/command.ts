import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { TestContext } from "node:test";

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

/** A server that does not end when told to must not outlive its test. */
const STOP_MS = 10_000;

const running = new Set<ChildProcess>();
process.once("exit", () => running.forEach((child) => child.kill("SIGKILL")));

/** The `kinora` command as a process of its own, run from its sources. */
export class Command {
  readonly child: ChildProcess;
  stdout = "";
  stderr = "";
  /** Resolves with the exit code, or the signal that ended it. */
  readonly exit: Promise<number | string>;

  constructor(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.child = spawn(process.execPath, [MAIN, ...args], {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child.stdout?.setEncoding("utf8").on("data", (text: string) => (this.stdout += text));
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
    running.add(this.child);
    this.exit = once(this.child, "close").then(([code, signal]: (number | string)[]) => {
      running.delete(this.child);
      return code ?? signal ?? "";
    });
  }

  /** Runs the command to its end. */
  static async run(
    args: readonly string[],
    env: NodeJS.ProcessEnv = {},
  ): Promise<Command & { code: number | string }> {
    const command = new Command(args, env);
    // A command that serves where it should fail must not outlive its test.
    const timer = setTimeout(() => command.child.kill("SIGKILL"), 30_000);
    void command.exit.then(() => clearTimeout(timer));
    return Object.assign(command, { code: await command.exit });
  }

  /** Starts a server on a free port, which ends with the test. */
  static async serve(
    t: TestContext,
    args: readonly string[],
    env: NodeJS.ProcessEnv = {},
  ): Promise<{ command: Command; port: number; url: string }> {
    const command = new Command(["--port", "0", ...args], env);
    t.after(() => command.stop());
    const port = await command.port();
    return { command, port, url: `http://127.0.0.1:${port}` };
  }

  /** The port it listens on, as soon as it says so. */
  async port(timeoutMs = 15_000): Promise<number> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const match = /http:\/\/127\.0\.0\.1:(\d+)\//.exec(this.stdout);
      if (match !== null) return Number(match[1]);
      if (this.child.exitCode !== null || performance.now() > deadline) {
        throw new Error(`kinora did not start to listen:\n${this.stdout}${this.stderr}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Ends it as Ctrl-C does. */
  async stop(): Promise<number | string> {
    this.child.kill("SIGINT");
    const timer = setTimeout(() => this.child.kill("SIGKILL"), STOP_MS);
    void this.exit.then(() => clearTimeout(timer));
    return this.exit;
  }
}
