import { execFile, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** Why there can be no fake camera here, for a test's `skip`; false where there can be one. */
export const noFakeCamera: string | false = whyNot();

/** How a fake camera is and which faults it has; without options a healthy one with 1280x720 at 30 fps. */
export interface FakeCameraOptions {
  /** Rate of the only mode. Ignored where `modes` is given. Default 30. */
  readonly fps?: number;
  /** Size of the only mode, as `1280x720`. Ignored where `modes` is given. */
  readonly size?: string;
  /** Sizes and rates, as `1280x720@30,15;640x480@30`. The pictures have the size that was chosen. */
  readonly modes?: string;
  /** Instead of modes, a range: `160x120-1920x1080/16x8@5-60`. The pictures are those of `size`. */
  readonly stepwise?: string;
  /** Different pictures, each with its number; they come round and round. Default 120. */
  readonly pictures?: number;
  /** Pixel formats, as `YUYV,MJPG`. */
  readonly formats?: string;
  /** Pictures come without Huffman tables, as from many webcams. */
  readonly withoutTables?: boolean;
  /** Device paths. Default `/dev/video0` alone. */
  readonly devices?: readonly string[];
  /** A further path that is a metadata node. */
  readonly meta?: string;
  /** Sends this many pictures, then none. */
  readonly stallAfter?: number;
  /** Is unplugged after this many pictures, once, and for ever unless `replugMs` is given. */
  readonly unplugAfter?: number;
  /** How long it stays unplugged, in milliseconds. */
  readonly replugMs?: number;
  /** Every Nth picture is cut in half. */
  readonly badEvery?: number;
  /** Calls that fail, with the errno: `{ open: 13, S_FMT: 16 }`; also QUERYCAP, REQBUFS and STREAMON. */
  readonly fail?: Readonly<Record<string, number>>;
  /** Keeps its first mode, whatever is asked for. */
  readonly fixed?: boolean;
  /** Does not tell its sizes and rates. */
  readonly silent?: boolean;
  /** Starting takes this long, in milliseconds. */
  readonly slowMs?: number;
  /** Writes the time of capture into each picture, as the comment `TS:<seconds>`. */
  readonly stamp?: boolean;
}

/** A fault that can be switched on and off while a program reads the camera. */
export type Fault = "unplugged" | "stalled" | "cut";

/** A camera for one child process. */
export interface FakeCamera {
  /** The environment to start the child process with: the tests' own, and the camera. */
  readonly env: NodeJS.ProcessEnv;
  /** Where the pictures lie, in a folder for each size; shared with other tests, not to be changed. */
  readonly folder: string;
  /** Switches a fault on; it shows with the next picture. `device` (`video2`) alone, or all. */
  fault(name: Fault, device?: string): Promise<void>;
  /** Switches it off again. */
  mend(name: Fault, device?: string): Promise<void>;
  /** Removes what is not shared. */
  close(): Promise<void>;
}

/**
 * A USB camera for programs started with its `env`: `spawn(process.execPath, [...], { env: camera.env })`.
 *
 * Its pictures have one colour each, a number from 0 that `readCard` reads, the same number as the comment `N:17`,
 * and noise that makes 1280x720 about as large as a webcam's (80 KB).
 */
export async function fakeCamera(options: FakeCameraOptions = {}): Promise<FakeCamera> {
  const modes = options.modes ?? `${options.size ?? "1280x720"}@${options.fps ?? 30}`;
  const [library, folder] = await Promise.all([compile(), drawAll(modes, options)]);
  const faults = await mkdtemp(path.join(os.tmpdir(), "kinora-faults-"));
  const fileOf = (name: Fault, device?: string): string =>
    path.join(faults, device === undefined ? name : `${name}-${device}`);
  return {
    env: {
      ...process.env,
      ...variables(options),
      LD_PRELOAD: library,
      FAKECAM_DIR: folder,
      FAKECAM_FAULTS: faults,
      FAKECAM_MODES: modes,
    },
    folder,
    fault: (name, device) => writeFile(fileOf(name, device), ""),
    mend: (name, device) => rm(fileOf(name, device), { force: true }),
    close: () => rm(faults, { recursive: true, force: true }),
  };
}

function variables(options: FakeCameraOptions): Record<string, string> {
  const fail = Object.entries(options.fail ?? {}).map(([call, errno]) => `${call}=${errno}`);
  const all = {
    FAKECAM_STEPWISE: options.stepwise,
    FAKECAM_FORMATS: options.formats,
    FAKECAM_DEVICE: options.devices?.join(","),
    FAKECAM_META: options.meta,
    FAKECAM_STALL_AFTER: options.stallAfter,
    FAKECAM_UNPLUG_AFTER: options.unplugAfter,
    FAKECAM_REPLUG_MS: options.replugMs,
    FAKECAM_BAD_EVERY: options.badEvery,
    FAKECAM_FAIL: fail.length === 0 ? undefined : fail.join(","),
    FAKECAM_FIXED: options.fixed === true ? 1 : undefined,
    FAKECAM_SILENT: options.silent === true ? 1 : undefined,
    FAKECAM_SLOW_MS: options.slowMs,
    FAKECAM_STAMP: options.stamp === true ? 1 : undefined,
  };
  return Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
}

const SOURCE = new URL("./fakecam/fakecam.c", import.meta.url);
const CACHE = path.join(os.tmpdir(), `kinora-fakecam-${os.userInfo().uid}`);

/** Compiled once for each content of the source. */
async function compile(): Promise<string> {
  const source = await readFile(SOURCE);
  const library = path.join(CACHE, `${digest(source)}-${process.arch}.so`);
  if (existsSync(library)) return library;
  await mkdir(CACHE, { recursive: true });
  const draft = `${library}.${process.pid}`;
  const flags = ["-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-U_FORTIFY_SOURCE"];
  await execute("cc", [...flags, "-o", draft, SOURCE.pathname, "-ldl", "-lpthread"]);
  await rename(draft, library);
  return library;
}

/** Drawn once for each size. Tests in other processes may do the same at the same time. */
async function drawAll(modes: string, options: FakeCameraOptions): Promise<string> {
  // Not imported above: without sharp, a test must still be able to learn that it has to be skipped.
  const { drawPicture } = await import("./fakecam/draw-picture.ts");
  const count = options.pictures ?? 120;
  const withoutTables = options.withoutTables ?? false;
  const code = await readFile(new URL("./fakecam/draw-picture.ts", import.meta.url));
  const folder = path.join(CACHE, `${digest(code)}-${count}${withoutTables ? "-without-tables" : ""}`);
  const sizes = [...modes.matchAll(/(\d+)x(\d+)@/g)].map(([, width, height]) => [
    Number(width),
    Number(height),
  ]);
  for (const [width = 0, height = 0] of sizes) {
    const done = path.join(folder, `${width}x${height}`);
    if (existsSync(done)) continue;
    await mkdir(folder, { recursive: true });
    const draft = await mkdtemp(`${done}.`);
    for (let number = 0; number < count; number++) {
      const jpeg = await drawPicture(number, { width, height }, withoutTables);
      await writeFile(path.join(draft, `${String(number).padStart(4, "0")}.jpg`), jpeg);
    }
    // Whoever is second finds the name taken, by the same pictures.
    await rename(draft, done).catch(() => rm(draft, { recursive: true, force: true }));
  }
  return folder;
}

function digest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex").slice(0, 16);
}

function whyNot(): string | false {
  if (process.platform !== "linux") return "the fake camera needs Linux";
  if (spawnSync("cc", ["--version"]).status !== 0) return "cc (a C compiler) is missing";
  for (const name of ["koffi", "sharp"]) {
    try {
      import.meta.resolve(name);
    } catch {
      return `the npm module ${name} is missing`;
    }
  }
  return false;
}
