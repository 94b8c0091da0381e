import { startProgram, type ProgramEnd } from "../../system/program.ts";

/** What a program said that was asked something. */
export interface Answer {
  /** How it ended. By a signal, where it took too long. */
  readonly end: ProgramEnd;
  /** What it wrote to its standard output: the first 64 KiB, or a little more. */
  readonly output: string;
  /** The first 1000 lines of its standard error. */
  readonly words: readonly string[];
}

const MOST_CHARACTERS = 65_536;
const MOST_LINES = 1_000;

/**
 * Runs a program that answers and ends. Whatever it does, it and all it has started has ended soon after `longestMs`, also where it
 * takes no notice of being asked to, and where what it started holds its output.
 */
export async function answerOf(command: string, args: readonly string[], longestMs: number): Promise<Answer> {
  const words: string[] = [];
  const onLine = (line: string): void => {
    if (words.length < MOST_LINES) words.push(line);
  };
  const program = startProgram({ command, args, onLine });
  const timer = setTimeout(() => void program.stop(), longestMs);
  const output = await beginningOf(program.output.setEncoding("utf8"));
  const end = await program.ended;
  clearTimeout(timer);
  await program.stop();
  return { end, output, words };
}

async function beginningOf(output: AsyncIterable<unknown>): Promise<string> {
  let text = "";
  try {
    for await (const chunk of output) {
      text += String(chunk);
      if (text.length >= MOST_CHARACTERS) break;
    }
  } catch {
    // It was stopped: what came until then is all there is.
  }
  return text;
}
