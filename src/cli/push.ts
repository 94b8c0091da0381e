import { Push, type PushFigures } from "../app/push.ts";
import { checkSource } from "../app/sources.ts";
import { abortedAtEnd } from "./end-signal.ts";
import { progressLine } from "./progress-line.ts";

/** The flags of `kinora push`, as they were typed. */
export interface PushFlags {
  readonly takeover?: boolean;
}

/** Sends a source to another server until it ends, or the process is told to. */
export async function push(source: string, url: string, { takeover = false }: PushFlags): Promise<void> {
  const line = progressLine();
  const signal = abortedAtEnd();
  const log = (text: string) => {
    line.clear();
    process.stderr.write(`${new Date().toISOString()} ${text.replaceAll(/\p{Cc}+/gu, " ")}\n`);
  };
  // What is plainly wrong is told at once, as by `kinora SOURCE`; what goes wrong later is tried again.
  await checkSource(source);
  const pushing = new Push({ source, url, takeover, signal, log });
  let before = pushing.figures;
  const timer = setInterval(() => {
    const now = pushing.figures;
    line.show(describe(now, before));
    before = now;
  }, 1_000);
  try {
    await pushing.run();
  } finally {
    clearInterval(timer);
    line.clear();
  }
  const { pictures, drops } = pushing.figures;
  process.stdout.write(`${pictures} pictures were sent, ${drops} left out.\n`);
}

/** What went in the last second. */
function describe(now: PushFigures, before: PushFigures): string {
  const kilobits = Math.round(((now.bytes - before.bytes) * 8) / 1000);
  return `${now.pictures - before.pictures} fps, ${kilobits} kbit/s, ${now.drops} left out`;
}
