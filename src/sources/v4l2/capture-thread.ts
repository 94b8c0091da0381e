import path from "node:path";
import { Worker } from "node:worker_threads";
import type { CaptureMessage, CaptureOrder } from "./capture-messages.ts";

/** Who listens to one capture. */
export interface CaptureListener {
  /** The thread told something. */
  message(message: CaptureMessage): void;
  /** The thread ended by itself, which it never should; nothing follows. */
  crashed(cause: unknown): void;
}

/** The worker runs from src/ as TypeScript and from dist/ as JavaScript, as this file does. */
const WORKER = new URL(`./capture-worker${path.extname(import.meta.url)}`, import.meta.url);

/**
 * Threads without a camera, for the next one. Threads are kept because koffi (3.3) never frees what it set up for one:
 * 3 mappings and 60 KB, measured over 1000 threads. A camera that is tried every 10 s would use up the 65 530 mappings
 * of a process in three days.
 */
const idle: Worker[] = [];

/**
 * Runs one capture in a thread of its own, which keeps this process alive until the message `ended`.
 * @returns lets the process end even though the thread has not.
 */
export function startCapture(order: CaptureOrder, listener: CaptureListener): () => void {
  const worker = idle.pop() ?? newWorker();
  let cause: unknown;
  const onMessage = (message: CaptureMessage): void => {
    if (message.kind === "ended") {
      leave();
      worker.unref();
      idle.push(worker);
    }
    listener.message(message);
  };
  const onError = (error: unknown): void => void (cause = error);
  const onExit = (code: number): void => {
    leave();
    listener.crashed(cause ?? new Error(`exit code ${code}`));
  };
  const leave = (): void => {
    worker.off("message", onMessage).off("error", onError).off("exit", onExit);
  };
  worker.on("message", onMessage).on("error", onError).on("exit", onExit);
  worker.ref();
  worker.postMessage(order);
  return () => worker.unref();
}

function newWorker(): Worker {
  // No arguments of this process: some, such as --test, are refused in a worker.
  const worker = new Worker(WORKER, { name: "camera", execArgv: [] });
  worker.on("exit", () => {
    const index = idle.indexOf(worker);
    if (index !== -1) idle.splice(index, 1);
  });
  return worker;
}
