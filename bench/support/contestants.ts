// The servers of the fan-out benchmark: the floor, Kinora, and the peers that are installed, all with the same pictures.
import { execFileSync } from "node:child_process";
import { accessSync, constants, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { fakeCamera, type FakeCamera } from "../../test/support/fakecam.ts";
import { freePort } from "../../test/support/free-port.ts";
import { PICTURE_SIZE, type BenchPictures } from "./bench-pictures.ts";
import { floorProgram, type Target } from "./load.ts";
import { ServerProcess } from "./server-process.ts";

/** The names of the peers there could be. */
export const PEERS: readonly string[] = ["ustreamer", "mjpg-streamer"];

/** Pictures a second of every source. */
const FPS = 30;

const SIZE = `${PICTURE_SIZE.width}x${PICTURE_SIZE.height}`;
const KINORA = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** A server that can be measured, again and again, each time in a new process. */
export interface Contestant {
  readonly name: string;
  readonly version: string;
  /** Whether its pictures come from the fake camera. */
  readonly hasCamera: boolean;
  start(): Promise<Contender>;
}

/** A contestant's process. */
export interface Contender extends Target {
  stop(): Promise<void>;
}

/** The floor first, then Kinora, then the peers that are installed. `close` removes what they shared. */
export async function contestants(
  pictures: BenchPictures,
): Promise<{ readonly all: readonly Contestant[]; readonly close: () => Promise<void> }> {
  // Its own pictures are not shown: those of the benchmark are, to all alike.
  const camera = await fakeCamera({ size: SIZE, fps: FPS, stamp: true, pictures: 1 });
  const env = { ...camera.env, FAKECAM_DIR: pictures.folder };
  const all = [floor(pictures), ...kinora(pictures, env), ...ustreamer(env), ...mjpgStreamer(env)];
  return { all, close: () => camera.close() };
}

function floor(pictures: BenchPictures): Contestant {
  return {
    name: "floor",
    version: "bare C",
    hasCamera: false,
    async start() {
      const server = new ServerProcess(await floorProgram(), [String(FPS), ...pictures.files]);
      return contender(server, await server.portTold(/^(\d+)\n/), "/");
    },
  };
}

function kinora(pictures: BenchPictures, env: FakeCamera["env"]): readonly Contestant[] {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  const contestant = (name: string, source: string, environment: NodeJS.ProcessEnv): Contestant => ({
    name,
    version,
    hasCamera: environment === env,
    async start() {
      const args = [KINORA, "--port", "0", `bench=${source}`];
      const server = new ServerProcess(process.execPath, args, environment);
      const port = await server.portTold(/http:\/\/127\.0\.0\.1:(\d+)\//);
      return contender(server, port, "/streams/bench/live.mjpeg");
    },
  });
  return [
    contestant("Kinora, camera", `camera:/dev/video0?size=${SIZE}&fps=${FPS}`, env),
    contestant("Kinora, folder", `folder:${pictures.folder}?fps=${FPS}`, process.env),
  ];
}

/** Debian's package ustreamer. */
function ustreamer(env: FakeCamera["env"]): readonly Contestant[] {
  const command = onPath("ustreamer");
  if (command === undefined) return [];
  const camera = ["--device=/dev/video0", "--format=MJPEG", "--encoder=HW", `--resolution=${SIZE}`];
  const args = (port: number) => [...camera, `--desired-fps=${FPS}`, "--host=127.0.0.1", `--port=${port}`];
  return [peer("ustreamer", command, args, "/stream", env)];
}

/** Built from source, as no distribution has it: its path is given in MJPG_STREAMER, or it is on the PATH. */
function mjpgStreamer(env: FakeCamera["env"]): readonly Contestant[] {
  const command = process.env["MJPG_STREAMER"] ?? onPath("mjpg_streamer");
  if (command === undefined) return [];
  // Its -f would turn Motion JPEG off; the camera has one rate.
  const input = `input_uvc.so -n -d /dev/video0 -r ${SIZE}`;
  const args = (port: number) => ["-i", input, "-o", `output_http.so -l 127.0.0.1 -p ${port}`];
  // A build that was not installed has its plugins beside it.
  const libraries = [path.dirname(command), process.env["LD_LIBRARY_PATH"] ?? ""].filter((one) => one !== "");
  const environment = { ...env, LD_LIBRARY_PATH: libraries.join(":") };
  return [peer("mjpg-streamer", command, args, "/?action=stream", environment)];
}

function peer(
  name: string,
  command: string,
  args: (port: number) => readonly string[],
  streamPath: string,
  env: NodeJS.ProcessEnv,
): Contestant {
  const said = execFileSync(command, ["--version"], { env, encoding: "utf8", timeout: 10_000 });
  return {
    name,
    version: /\d+(\.\d+)+/.exec(said)?.[0] ?? "of unknown version",
    hasCamera: true,
    async start() {
      const port = await freePort();
      const server = new ServerProcess(command, args(port), env);
      await server.listensOn(port);
      return contender(server, port, streamPath);
    },
  };
}

function contender(server: ServerProcess, port: number, streamPath: string): Contender {
  return { pid: server.pid, port, path: streamPath, stop: () => server.stop() };
}

function onPath(command: string): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(":");
  return folders.map((folder) => path.join(folder, command)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
