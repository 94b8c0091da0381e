import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { MjpegError } from "../core/errors.ts";
import { showDevices } from "./devices.ts";
import { probe, type ProbeFlags } from "./probe.ts";
import { push, type PushFlags } from "./push.ts";
import { serve, type ServeFlags } from "./serve.ts";

const EXAMPLES = `
Sources:
  test:                        a moving test card            ?size=1280x720&fps=30
  camera:/dev/video0           a camera of this machine      ?size=1280x720&fps=30   (camera: is the first one)
  screen:                      the desktop of this machine   ?region=800x600+100+50&fps=30
  window:TITLE                 a window of it                ?size=1280x720&cursor=false
  folder:PATH                  the images of a folder        ?fps=1&loop=true
  watch:PATH                   a picture file that is overwritten, or the newest of a folder
  pi:                          a Raspberry Pi's camera       ?size=1280x720&fps=30&rotation=180
  exec:COMMAND                 what a program writes         (multipart parts, JPEGs, AVI)
  stdin:                       what is piped into kinora     (the same)
  push:                        pictures that are published   (the page /publish, curl, ffmpeg, a program of yours)
  http://USER:PASS@HOST/PATH   an IP camera, stream or still #poll=500ms   #insecure
  rtsp://USER:PASS@HOST/PATH   a video stream                #fps=10   (also rtsps: rtmp: rtmps: srt: udp: rtp: tcp: and HLS)
  file:PATH                    a video file                  #loop&start=10s&speed=2
  ffmpeg:URL                   what else ffmpeg opens        #filter=hflip&quality=60
  [A, B]                       the first of these that gives pictures; B is the standby of A

Examples:
  kinora                                    every camera of this machine, else its screen
  kinora test:                              a test card, at http://127.0.0.1:8080/
  kinora 'test:?size=640x360&fps=15'        options are quoted, as shells read ? and &
  kinora --lan front=camera:/dev/video0     for the phones and tablets of this network, with a key
  kinora a=http://10.0.0.7/video b=folder:/pictures
  kinora 'front=[http://10.0.0.7/video, test:]'   the test card while the camera is away
  kinora devices                            which cameras, screens and windows there are
  kinora probe camera:                      what a source gives: size, format, rate; -o FILE saves a picture
  kinora push camera: 'http://HOST:8080/streams/NAME/live.mjpeg?key=KEY'   to another Kinora

A stream NAME is shown at /streams/NAME/live.mjpeg and /streams/NAME/snapshot.jpg, and all of them at /.`;

const PROBE_EXAMPLES = `
Examples:
  kinora probe camera:/dev/video0
  kinora probe http://10.0.0.7/video
  kinora probe 'test:?size=640x360' -o picture.jpg
  kinora probe camera: -o - > picture.jpg

It looks at 60 pictures, for 3 s at most, and waits 15 s for the first one.`;

const PUSH_EXAMPLES = `
Examples:
  kinora push camera: 'http://10.0.0.7:8080/streams/door/live.mjpeg?key=PUBLISHKEY'
  kinora push 'test:?fps=10' 'https://video.example/streams/test/live.mjpeg?key=PUBLISHKEY' --takeover

The other Kinora is started with --publish-key PUBLISHKEY. Where the connection is too slow pictures are left out, never
kept waiting; where it is lost it is made again.`;

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
    .argument(
      "[sources...]",
      "NAME=SOURCE or SOURCE; without one: every camera, else the screen, else a test card",
    )
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
    .option(
      "--publish-key <key>",
      "what publishers need to push pictures in, at least 8 characters; without one only programs of this machine may",
    )
    .option("--open", "listen beyond this machine without a key: everyone who reaches it may look")
    .option("--max-viewers <n>", "most viewers at once, of all streams (default: 10000)")
    .option("--max-viewers-per-stream <n>", "most viewers of one stream (default: 10000)")
    .option("--max-viewers-per-address <n>", "most viewers with one IP address (default: 10000)")
    .option(
      "--trust-proxy <list>",
      "proxies whose X-Forwarded-For is believed: addresses, subnets, loopback, linklocal, uniquelocal",
    )
    .option(
      "--cors <list>",
      'origins whose pages may read, such as https://a.example; "*" for any, "off" for none (default: "*")',
    )
    .option("--base-path <path>", "the path below which a proxy in front asks for everything, such as /cams")
    .option(
      "--compat <list>",
      "other kinds of servers whose addresses are answered: names of docs/compat.md, or off (default: all)",
    )
    .version(version(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .addHelpText("after", EXAMPLES)
    .showSuggestionAfterError()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, "kinora: ")) })
    .action((sources: string[], flags: ServeFlags) => serve(sources, flags));
  addOtherCommands(program);
  return exitOverridden(program);
}

function addOtherCommands(program: Command): void {
  program
    .command("devices")
    .description("list the cameras, screens and windows of this machine, each with the line that shows it")
    .helpOption("-h, --help", "print this help")
    .action(showDevices);
  program
    .command("probe <source>")
    .description("open a source and say what it gives: size, format, rate, bytes, time to the first picture")
    .option("-o, --output <file>", "save a picture there; - is the standard output")
    .helpOption("-h, --help", "print this help")
    .addHelpText("after", PROBE_EXAMPLES)
    .action((source: string, flags: ProbeFlags) => probe(source, flags));
  program
    .command("push <source> <url>")
    .description("send a source to another Kinora, which shows it: for a camera behind a router")
    .option("--takeover", "end whoever publishes that stream now")
    .helpOption("-h, --help", "print this help")
    .addHelpText("after", PUSH_EXAMPLES)
    .action((source: string, url: string, flags: PushFlags) => push(source, url, flags));
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
