import { dieBy, Stopped } from "./stop.mjs";

/** Something a script could not do: a sentence for people, and what the failing program said. */
export class Failure extends Error {
  /**
   * @param {string} message
   * @param {string} [output] all that the failing program printed
   */
  constructor(message, output = "") {
    super(message);
    this.output = output;
  }
}

/**
 * Runs a script's main function: its result is the exit code, a {@link Failure} becomes one sentence below the program's output.
 * @param {() => Promise<number | void>} task
 */
export async function main(task) {
  try {
    process.exitCode = (await task()) ?? 0;
  } catch (error) {
    if (error instanceof Stopped) return dieBy(error.signal);
    if (!(error instanceof Failure)) throw error;
    if (error.output !== "") process.stderr.write(`${error.output.trimEnd()}\n\n`);
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
