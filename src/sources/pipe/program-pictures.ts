import { MjpegError, SourceError } from "../../core/errors.ts";
import type { CapturedImage } from "../../core/frame.ts";
import { startProgram, type Program, type ProgramEnd } from "../../system/program.ts";
import { Silence } from "../silence.ts";
import { newestPictures, type PictureReader } from "../newest-pictures.ts";
import type { SourceReport } from "../source.ts";

/** A program that writes pictures to its standard output, and how its trouble is told. */
export interface ProgramTask {
  /** What its errors begin with: `exec raspivid`. */
  readonly label: string;
  /** Its name, looked for in PATH, or its path. */
  readonly command: string;
  /** Its arguments, each as it is. */
  readonly args: readonly string[];
  /** On Windows: the arguments are quoted already. */
  readonly isQuoted?: boolean;
  /** How long it may go without a picture, in milliseconds. */
  readonly silenceMs: number;
  /** Makes what cuts the pictures out of its output. */
  reader(onPicture: (jpeg: Uint8Array) => void): PictureReader;
  /** Takes secrets out of its words. */
  hide(text: string): string;
  /**
   * The sentence for its end, which it comes to by itself.
   * @param lines its last words, secrets hidden, oldest first
   */
  explain(end: ProgramEnd, lines: readonly string[], hadPictures: boolean): SourceError;
}

/** How long a program may take to put away what it holds. */
const GRACE_MS = 1_500;
/** A program that has closed its output ends soon, and its output ends with it. One that does not is ended. */
const ENDING_MS = 2_000;

/** What was seen of a program's run. */
interface Run {
  readonly task: ProgramTask;
  readonly program: Program;
  readonly silence: Silence;
  hadPictures: boolean;
  /** What it has written so far, pictures or not, in bytes. */
  bytes: number;
}

/**
 * Runs a program and yields its pictures, until the caller stops or `signal` aborts; then it and all it has started is ended.
 * @throws SourceError when the program ends by itself, writes no pictures for too long (`ERR_SOURCE_SILENT`), or what it
 *   writes is something else.
 */
export async function* programPictures(
  task: ProgramTask,
  signal: AbortSignal,
  report: Pick<SourceReport, "dropped">,
): AsyncGenerator<CapturedImage, void, undefined> {
  const { command, args, isQuoted = false } = task;
  const program = startProgram({ command, args, isQuoted, graceMs: GRACE_MS });
  const silence = new Silence(task.silenceMs, () => void program.stop());
  const stop = (): void => {
    silence.end();
    void program.stop();
  };
  const run: Run = { task, program, silence, hadPictures: false, bytes: 0 };
  const stopped = (): boolean => signal.aborted;
  signal.addEventListener("abort", stop);
  if (stopped()) stop();
  // What it has left behind may hold its output open for ever.
  void program.ended.then(() => setTimeout(() => void program.stop(), ENDING_MS).unref());
  try {
    yield* picturesOf(run, signal, report);
    if (stopped()) return;
    throw await failureOf(run);
  } catch (error) {
    if (!stopped()) throw error;
  } finally {
    silence.end();
    signal.removeEventListener("abort", stop);
    await program.stop();
  }
}

async function* picturesOf(
  run: Run,
  signal: AbortSignal,
  report: Pick<SourceReport, "dropped">,
): AsyncGenerator<CapturedImage, void, undefined> {
  const { task, program, silence } = run;
  try {
    const makeReader = (onPicture: (jpeg: Uint8Array) => void): PictureReader => {
      const reader = task.reader((jpeg) => {
        silence.broken();
        run.hadPictures = true;
        onPicture(jpeg);
      });
      return {
        push(bytes) {
          run.bytes += bytes.length;
          reader.push(bytes);
        },
        end: () => reader.end(),
      };
    };
    yield* newestPictures(program.output, report, makeReader, signal);
  } catch (error) {
    throw error instanceof MjpegError ? unreadable(run, error) : error;
  }
}

async function failureOf(run: Run): Promise<SourceError> {
  const { task, program, silence } = run;
  if (silence.isOver) return silent(run);
  const end = await Promise.race([program.ended, later()]);
  if (end === undefined) {
    const text = `${task.label} has closed its output and runs on; it is started again`;
    return new SourceError("ERR_SOURCE_FAILED", text, { retryable: true });
  }
  return task.explain(end, words(run), run.hadPictures);
}

function silent(run: Run): SourceError {
  const { task, hadPictures, bytes } = run;
  const isOther = !hadPictures && bytes > 0;
  const what = hadPictures
    ? "has written no picture"
    : isOther
      ? `has written ${amount(bytes)} and no picture`
      : "has not written a picture yet";
  const [said] = words(run).slice(-1);
  const text =
    `${task.label} ${what} for ${task.silenceMs / 1_000} s and is started again` +
    (isOther ? ": JPEGs are wanted, alone, in multipart parts or in AVI" : "") +
    (said === undefined ? "" : `; it said: ${said}`);
  return new SourceError("ERR_SOURCE_SILENT", text, { retryable: true });
}

function unreadable(run: Run, cause: MjpegError): SourceError {
  const text = `${run.task.label} writes something else than pictures (JPEGs, multipart parts, or Motion JPEG in AVI): ${cause.message}`;
  return new SourceError("ERR_SOURCE_FAILED", text, { retryable: true, cause });
}

function amount(bytes: number): string {
  return bytes < 1_000 ? `${bytes} bytes` : `${Math.round(bytes / 1_000)} KB`;
}

function words({ task, program }: Run): readonly string[] {
  return program.lastLines().map((line) => task.hide(line));
}

function later(): Promise<undefined> {
  return new Promise((resolve) => setTimeout(resolve, ENDING_MS, undefined).unref());
}
