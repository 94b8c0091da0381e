import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import type { FakeCamera } from "../fakecam.ts";

/** What a child process is to do with the camera. */
export interface CaptureTask {
  readonly address: string;
  /** Ends each round after so many pictures. */
  readonly pictures?: number;
  /** How often the camera is opened, whether it failed or not. Default 1. */
  readonly rounds?: number;
  /** Ends the first round after no time, and each further one so many milliseconds later than the one before. */
  readonly stopStepMs?: number;
  /** Pause between two rounds, in milliseconds. */
  readonly retryMs?: number;
}

/** What a process holds. */
export interface Resources {
  readonly fds: number;
  readonly threads: number;
  readonly mapped: number;
  readonly residentMb: number;
}

/** What the child process tells. Times are milliseconds since the epoch. */
export type CaptureEvent =
  | {
      readonly event: "picture";
      readonly number: number;
      readonly size: string;
      readonly hasTables: boolean;
      readonly bytes: number;
      readonly capturedAt: number;
      readonly seenAt: number;
      readonly stampedAt: number | undefined;
    }
  | { readonly event: "note"; readonly text: string }
  | { readonly event: "dropped"; readonly count: number }
  | { readonly event: "error"; readonly code: string; readonly message: string; readonly retryable: boolean }
  | { readonly event: "closed"; readonly afterMs: number; readonly now: Resources }
  | { readonly event: "end"; readonly start: Resources; readonly now: Resources };

/** One kind of event. */
export type EventOf<K extends CaptureEvent["event"]> = Extract<CaptureEvent, { readonly event: K }>;

/** A child process that reads a camera. */
export interface RunningCapture {
  /** All that was told so far. */
  readonly events: readonly CaptureEvent[];
  /** All of one kind so far. */
  all<K extends CaptureEvent["event"]>(kind: K): EventOf<K>[];
  /** Waits for the `count`th event of one kind, counted from the start. */
  wait<K extends CaptureEvent["event"]>(kind: K, count?: number): Promise<EventOf<K>>;
  /** Tells the child: `stop`, or `block 500`. */
  send(line: string): void;
  /** Waits until the child has ended by itself; its exit code. */
  ended(): Promise<number | null>;
}

/** The longest test needs 4 s on an idle machine. */
const LONGEST_MS = 30_000;

/** Starts a child process that reads the camera. The test ends it. */
export function runCapture(t: TestContext, camera: FakeCamera, task: CaptureTask): RunningCapture {
  const file = fileURLToPath(new URL("./capture-child.ts", import.meta.url));
  const child = spawn(process.execPath, [file, JSON.stringify(task)], {
    env: camera.env,
    stdio: ["pipe", "pipe", "inherit"],
  });
  // A camera that never answers must fail its test, not hold up all others.
  const timer = setTimeout(() => child.kill("SIGKILL"), LONGEST_MS);
  t.after(() => {
    clearTimeout(timer);
    child.kill("SIGKILL");
  });
  const closed = once(child, "close");
  const events: CaptureEvent[] = [];
  let news = Promise.withResolvers<undefined>();
  const wake = () => {
    news.resolve(undefined);
    news = Promise.withResolvers();
  };
  createInterface(child.stdout).on("line", (line) => {
    events.push(JSON.parse(line) as CaptureEvent);
    wake();
  });
  let isOver = false;
  void closed.then(() => {
    isOver = true;
    wake();
  });
  const all = <K extends CaptureEvent["event"]>(kind: K): EventOf<K>[] =>
    events.filter((event): event is EventOf<K> => event.event === kind);
  return {
    events,
    all,
    async wait(kind, count = 1) {
      for (;;) {
        const found = all(kind)[count - 1];
        if (found !== undefined) return found;
        if (isOver)
          throw new Error(`the child ended without "${kind}" ${count}: ${JSON.stringify(events.slice(-5))}`);
        await news.promise;
      }
    },
    send: (line) => void child.stdin.write(`${line}\n`),
    async ended() {
      await closed;
      return child.exitCode;
    },
  };
}
