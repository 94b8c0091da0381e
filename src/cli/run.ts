import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { MjpegError } from "../core/errors.ts";
import { showDevices } from "./devices.ts";
import { serve, type ServeFlags } from "./serve.ts";

const EXAMPLES = `
Sources:
  test:                        a moving test card            ?size=1280x720&fps=30
  camera:/dev/video0           a camera of this machine      ?size=1280x720&fps=30   (camera: is the first one)
  folder:PATH                  the images of a folder        ?fps=1&loop=true
  http://USER:PASS@HOST/PATH   an IP camera, stream or still #poll=500ms   #insecure

Examples:
  kinora                                    every camera of this machine
  kinora test:                              a test card, at http://127.0.0.1:8080/
  kinora 'test:?size=640x360&fps=15'        options are quoted, as shells read ? and &
  kinora --lan front=camera:/dev/video0     for the phones and tablets of this network, with a key
  kinora a=http://10.0.0.7/video b=folder:/pictures
  kinora devices                            which cameras there are, with sizes and rates

A stream NAME is shown at /streams/NAME/live.mjpeg and /streams/NAME/snapshot.jpg, and all of them at /.`;

/** Exit codes: 0 all went well, 1 it could not be done, 2 it was asked wrongly. */
const FAILED = 1;
const ASKED_WRONGLY = 2;

/** The `kinora` command. Resolves with the exit code, after the server has ended. */
export async function run(argv: readonly string[]): Promise<number> {
  try {
    await command().parseAsync(argv);
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : ASKED_WRONGLY;
    process.stderr.write(`kinora: ${error instanceof MjpegError ? error.message : unexpected(error)}\n`);
    return error instanceof MjpegError && isUsage(error) ? ASKED_WRONGLY : FAILED;
  }
}

function command(): Command {
  const program = new Command("kinora")
    .description("Any pictures to live video in every browser.")
    .argument("[sources...]", "NAME=SOURCE or SOURCE; without one: every camera, else a test card")
    .option("-p, --port <number>", "port to listen on; 0 takes any free one", "8080")
    .option("--host <address>", 'address to listen on (default: "127.0.0.1")')
    .option(
      "--lan",
      "listen on all networks, with a key, and print the address for other devices as a QR code",
    )
    .option(
      "--key <key>",
      "what viewers need to look, at least 8 characters; --lan makes one where none is given",
    )
    .option("--open", "listen beyond this machine without a key: everyone who reaches it may look")
    .option("--max-viewers <n>", "most viewers at once, of all streams (default: 10000)")
    .option("--max-viewers-per-stream <n>", "most viewers of one stream (default: 10000)")
    .option("--max-viewers-per-address <n>", "most viewers with one IP address (default: 10000)")
    .option(
      "--trust-proxy <list>",
      "proxies whose X-Forwarded-For is believed: addresses, subnets, loopback, linklocal, uniquelocal",
    )
    .version(version(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .addHelpText("after", EXAMPLES)
    .showSuggestionAfterError()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, "kinora: ")) })
    .action((sources: string[], flags: ServeFlags) => serve(sources, flags));
  program.command("devices").description("list the cameras of this machine").action(showDevices);
  return exitOverridden(program);
}

/** Commander would call process.exit(); the exit code is ours to return. */
function exitOverridden(program: Command): Command {
  for (const each of [program, ...program.commands]) each.exitOverride();
  return program;
}

function version(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  const parsed: unknown = JSON.parse(text);
  return typeof parsed === "object" && parsed !== null && "version" in parsed
    ? String(parsed.version)
    : "unknown";
}

function isUsage(error: MjpegError): boolean {
  return (
    error.code === "ERR_OPTION_INVALID" ||
    error.code === "ERR_ADDRESS_INVALID" ||
    error.code === "ERR_STREAM_EXISTS"
  );
}

/** A mistake of ours: people get one line, and whoever is asked for more sets NODE_DEBUG=kinora. */
function unexpected(error: unknown): string {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const text = /\bkinora\b/.test(process.env["NODE_DEBUG"] ?? "") ? detail : String(error);
  return `something went wrong that should not have: ${text} (NODE_DEBUG=kinora shows where)`;
}
