import { MjpegError, SourceError } from "../../core/errors.ts";
import type { ProgramEnd } from "../../system/program.ts";
import type { SourceAddress } from "../address.ts";
import type { Source } from "../source.ts";
import { anyPictureReader } from "./any-pictures.ts";
import { commandSecrets } from "./command-secrets.ts";
import { programPictures, type ProgramTask } from "./program-pictures.ts";

const SILENCE_MS = 10_000;
const WORDS_SHOWN = 3;
/** What a shell ends with when a command of it could not be run. */
const NOT_EXECUTABLE = 126;
const NOT_FOUND = 127;
/** A shell tells so that a program of its pipeline was ended by a signal. */
const SIGNAL_CODES = 128;

/**
 * `exec:COMMAND …#timeout=10s`: the pictures that a command line of the system's shell writes: multipart parts, JPEGs one
 * after another, or Motion JPEG in AVI. Whoever may choose this address may run anything.
 * @throws MjpegError `ERR_ADDRESS_INVALID` without a command; `ERR_OPTION_INVALID` for a timeout out of its range or an
 *   unknown option.
 */
export function openExec(address: SourceAddress): Source {
  const { options } = address;
  const silenceMs = options.duration("timeout", 100, 3_600_000) ?? SILENCE_MS;
  options.end();
  const command = address.target.trim();
  if (command === "" || command.includes("\0")) {
    throw new MjpegError("ERR_ADDRESS_INVALID", '"exec:" names no command; write exec:COMMAND …');
  }
  const hide = commandSecrets(command);
  const label = `exec ${hide(firstWord(command))}`;
  return {
    label,
    capture(signal, report) {
      return programPictures(
        {
          label,
          ...shellCommand(command),
          silenceMs,
          reader: (onPicture) => anyPictureReader(report, onPicture),
          hide,
          explain: (end, lines, hadPictures) => explain(label, end, lines, hadPictures),
        },
        signal,
        report,
      );
    },
  };
}

function shellCommand(command: string): Pick<ProgramTask, "command" | "args" | "isQuoted"> {
  if (process.platform !== "win32") return { command: "/bin/sh", args: ["-c", command] };
  // With /s, cmd takes off the outer quotes and leaves all others to the command.
  const shell = process.env["ComSpec"] ?? "cmd.exe";
  return { command: shell, args: ["/d", "/s", "/c", `"${command}"`], isQuoted: true };
}

/** The program of a command line: not what is set for it, which may be a key, nor a quote or bracket before it. */
function firstWord(command: string): string {
  const words = command.split(/\s+/).map((word) => word.replace(/^["'({]+|["')};]+$/g, ""));
  return words.find((word) => word !== "" && !/^\w+=/.test(word)) ?? "command";
}

function explain(
  label: string,
  end: ProgramEnd,
  lines: readonly string[],
  hadPictures: boolean,
): SourceError {
  const said = lines.length === 0 ? "" : `; it said: ${lines.slice(-WORDS_SHOWN).join("; ")}`;
  if (end.failure !== undefined) {
    const why = end.failure.code ?? end.failure.name;
    return failed(`${label} could not be started: the shell could not be run (${why})`);
  }
  if (end.code === NOT_FOUND && !hadPictures) {
    const text = `${label}: there is no such program; install it, or write its whole path${said}`;
    return new SourceError("ERR_PROGRAM_MISSING", text, { retryable: true });
  }
  if (end.code === NOT_EXECUTABLE && !hadPictures) {
    return failed(`${label} may not be executed; make it executable with chmod +x${said}`);
  }
  const without = hadPictures ? "" : " without having written a picture";
  return failed(`${label} ended${how(end)}${without}${said}`);
}

function how({ code, signal }: ProgramEnd): string {
  if (code === null) return ` by ${signal ?? "a signal"}`;
  return code > SIGNAL_CODES ? ` with code ${code} (signal ${code - SIGNAL_CODES})` : ` with code ${code}`;
}

function failed(text: string): SourceError {
  return new SourceError("ERR_SOURCE_FAILED", text, { retryable: true });
}
