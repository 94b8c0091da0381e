import { MjpegError, SourceError } from "../../core/errors.ts";
import type { CapturedImage } from "../../core/frame.ts";
import { startProgram, type Program, type ProgramEnd } from "../../system/program.ts";
import { newestPictures, pictureReader } from "../newest-pictures.ts";
import type { SourceReport } from "../source.ts";
import { picturesArguments, type PicturesOrder } from "./ffmpeg-arguments.ts";
import { codecListener, lastWords } from "./ffmpeg-words.ts";
import { ffmpegMissing, findFfmpeg, forgetFfmpeg, type Ffmpeg } from "./find-ffmpeg.ts";
import { Silence } from "../silence.ts";

/** What ffmpeg is to make pictures of, and how its trouble is told. */
export interface FfmpegTask extends Omit<PicturesOrder, "input"> {
  /** What its errors begin with: `file /videos/a.mp4`. */
  readonly label: string;
  /** Everything up to and with `-i X`; a function where it depends on ffmpeg's version. */
  readonly input: readonly string[] | ((version: number) => readonly string[]);
  /** Takes secrets out of ffmpeg's words. */
  hide(text: string): string;
  /**
   * Turns ffmpeg's last words, secrets hidden, into a sentence; undefined where the general one will do.
   * Asked when ffmpeg has failed.
   */
  explain?(lines: readonly string[], end: ProgramEnd): SourceError | undefined;
  /** Ends ffmpeg when so many milliseconds have brought no picture (`ERR_SOURCE_SILENT`). For ever without it. */
  readonly silenceMs?: number;
  /** Whether `silenceMs` is for the first picture only, and those after it may take as long as they like. */
  readonly mayStandStill?: boolean;
  /**
   * Whether the input never ends by itself: its end is a failure then. ffmpeg ends well, too, when a device is unplugged or a
   * connection breaks.
   */
  readonly endless?: boolean;
  /** Told the codec of the video, as ffmpeg names it, before the first picture: `h264`, `mjpeg`. */
  onVideo?(codec: string): void;
}

/** The multipart stream that ffmpeg writes. */
const CONTENT_TYPE = "multipart/x-mixed-replace;boundary=ffmpeg";
/** An ffmpeg that has closed its output ends at once; one that does not is ended. */
const ENDING_MS = 2_000;

/**
 * Runs ffmpeg and yields its pictures, `capturedAt` when each was complete. Returns when ffmpeg has read its input to the
 * end; by then, and whenever the caller stops, it and all it has started has ended.
 * @throws SourceError `ERR_FFMPEG_MISSING`, `ERR_SOURCE_SILENT`, what `explain` makes of its last words, or
 *   `ERR_SOURCE_FAILED` with these.
 */
export async function* ffmpegPictures(
  task: FfmpegTask,
  signal: AbortSignal,
  report: Pick<SourceReport, "dropped">,
): AsyncGenerator<CapturedImage, void, undefined> {
  const ffmpeg = await findFfmpeg();
  const stopped = (): boolean => signal.aborted;
  if (stopped()) return;
  const program = start(ffmpeg, task);
  const silence = new Silence(task.silenceMs, () => void program.stop());
  // Whoever aborts may never ask for another picture: nothing may be left to wait for then.
  const stop = (): void => {
    silence.end();
    void program.stop();
  };
  signal.addEventListener("abort", stop);
  try {
    yield* picturesOf(task, program, report, silence);
  } catch (error) {
    // Its output breaks when it is stopped; what else goes wrong there is what it wrote.
    if (!stopped() && !silence.isOver) throw unreadable(task, error);
  } finally {
    silence.end();
    signal.removeEventListener("abort", stop);
    await endOf(program);
  }
  if (stopped()) return;
  if (silence.isOver) throw silent(task, program);
  const end = await program.ended;
  if (end.code !== 0 || task.endless === true) throw failed(ffmpeg, task, program, end);
}

function start(ffmpeg: Ffmpeg, task: FfmpegTask): Program {
  const input = typeof task.input === "function" ? task.input(ffmpeg.version) : task.input;
  const onVideo = task.onVideo?.bind(task);
  return startProgram({
    command: ffmpeg.path,
    args: picturesArguments({ ...task, input }, ffmpeg.version),
    ...(onVideo && { onLine: codecListener(onVideo) }),
  });
}

function picturesOf(
  { mayStandStill = false }: FfmpegTask,
  program: Program,
  report: Pick<SourceReport, "dropped">,
  silence: Silence,
): AsyncGenerator<CapturedImage, void, undefined> {
  return newestPictures(program.output, report, (onPicture) =>
    pictureReader(CONTENT_TYPE, report, (jpeg) => {
      if (mayStandStill) silence.end();
      else silence.broken();
      onPicture(jpeg);
    }),
  );
}

/** Waits until it has ended by itself, as its code tells how, but not for ever. */
async function endOf(program: Program): Promise<void> {
  if (program.output.readableEnded) {
    const { promise: late, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(resolve, ENDING_MS, undefined);
    await Promise.race([program.ended, late]);
    clearTimeout(timer);
  }
  await program.stop();
}

function unreadable({ label }: FfmpegTask, error: unknown): unknown {
  if (!(error instanceof MjpegError)) return error;
  const text = `${label}: what ffmpeg wrote holds no pictures (${error.message}); is KINORA_FFMPEG an ffmpeg?`;
  return new SourceError("ERR_SOURCE_FAILED", text, { retryable: true, cause: error });
}

function silent(task: FfmpegTask, program: Program): SourceError {
  const { label, silenceMs = 0 } = task;
  const words = lastWords(program.lastLines())
    .slice(-1)
    .map((line) => `; ffmpeg says: ${task.hide(line)}`);
  const text = `${label} has sent no picture for ${silenceMs / 1_000} s${words.join("")}`;
  return new SourceError("ERR_SOURCE_SILENT", text, { retryable: true });
}

function failed(ffmpeg: Ffmpeg, task: FfmpegTask, program: Program, end: ProgramEnd): SourceError {
  if (end.failure !== undefined) {
    forgetFfmpeg();
    return ffmpegMissing(ffmpeg.path, end.failure);
  }
  const lines = lastWords(program.lastLines()).map((line) => task.hide(line));
  return task.explain?.(lines, end) ?? general(task.label, lines, end);
}

const WORDS_SHOWN = 2;

function general(label: string, lines: readonly string[], { code, signal }: ProgramEnd): SourceError {
  const how = code === 0 ? "has ended" : code === null ? `was ended by ${signal}` : `ended with code ${code}`;
  const words =
    lines.length === 0 ? "and did not say why" : `and said: ${lines.slice(-WORDS_SHOWN).join("; ")}`;
  return new SourceError("ERR_SOURCE_FAILED", `${label}: ffmpeg ${how} ${words}`, { retryable: true });
}
