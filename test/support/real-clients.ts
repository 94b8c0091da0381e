// Programs that people watch streams with, and what each of them has shown.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { frames } from "../../src/wire/index.ts";
import { pixelsOf, temporaryFolder } from "./pictures.ts";
import { pathOf, vlcCommand, type ProgramName } from "./programs.ts";
import { readCard } from "./read-card.ts";

/** A picture of the test card that a client has shown. */
export interface Sight {
  /** The number in it; undefined where there is none to read. */
  readonly number: number | undefined;
  /** When it was shown: milliseconds since the epoch. */
  readonly at: number;
}

/** Shows a stream with pictures of that width, until the caller has seen enough. */
export type Client = (
  t: TestContext,
  url: string,
  size: { readonly width: number; readonly height: number },
) => AsyncGenerator<Sight, void, undefined>;

/** The programs that need no screen. */
export const CLIENTS: readonly (readonly [ProgramName, Client])[] = [
  ["curl", curl],
  ["ffmpeg", ffmpeg],
  ["mpv", mpv],
  ["vlc", vlc],
];

/** No program outlives its test. */
const PATIENCE = { timeout: 30_000, killSignal: "SIGKILL" } as const;

/** curl, which passes on each byte as it comes. */
export async function* curl(_: TestContext, url: string): AsyncGenerator<Sight, void, undefined> {
  const child = spawn(pathOf("curl"), ["--silent", "--no-buffer", url], PATIENCE);
  try {
    for await (const jpeg of frames(child.stdout as AsyncIterable<Uint8Array>, null)) {
      const at = Date.now();
      const { rgba, width, height } = await pixelsOf(jpeg);
      yield { number: readCard(rgba, width, height), at };
    }
  } finally {
    await ended(child);
  }
}

async function* ffmpeg(
  _: TestContext,
  url: string,
  { width, height }: { readonly width: number; readonly height: number },
): AsyncGenerator<Sight, void, undefined> {
  const output = ["-fps_mode", "passthrough", "-pix_fmt", "rgba", "-f", "rawvideo", "-"];
  const child = spawn(pathOf("ffmpeg"), ["-nostdin", "-v", "error", "-i", url, ...output], PATIENCE);
  const bytes = width * height * 4;
  let rest: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      rest = Buffer.concat([rest, chunk]);
      for (; rest.length >= bytes; rest = rest.subarray(bytes)) {
        yield { number: readCard(rest.subarray(0, bytes), width, height), at: Date.now() };
      }
    }
  } finally {
    await ended(child);
  }
}

async function* mpv(t: TestContext, url: string): AsyncGenerator<Sight, void, undefined> {
  const folder = await temporaryFolder(t);
  const output = ["--vo=image", "--vo-image-format=jpg", `--vo-image-outdir=${folder}`];
  const child = spawn(pathOf("mpv"), ["--no-config", "--no-audio", ...output, url], {
    ...PATIENCE,
    stdio: "ignore",
  });
  yield* written(child, folder);
}

async function* vlc(t: TestContext, url: string): AsyncGenerator<Sight, void, undefined> {
  const folder = await temporaryFolder(t);
  const { command, args, env } = vlcCommand(folder);
  // Every third picture, as to write them is most of the work. Ends with the stream, should this process not live to end it.
  const scene = ["--play-and-exit", "--video-filter=scene", "--scene-format=png", "--scene-ratio=3"];
  const child = spawn(command, [...args, ...scene, `--scene-path=${folder}`, url], {
    env,
    stdio: "ignore",
    ...PATIENCE,
  });
  yield* written(child, folder);
}

/** Pictures that a program writes into a folder, one file each. */
async function* written(child: ChildProcess, folder: string): AsyncGenerator<Sight, void, undefined> {
  const read = new Set<string>();
  try {
    while (child.exitCode === null && child.signalCode === null) {
      const files = (await readdir(folder)).filter((file) => /\.(?:jpg|png)$/.test(file)).sort();
      // The newest one may still be being written.
      for (const file of files.slice(0, -1).filter((name) => !read.has(name))) {
        read.add(file);
        const path = join(folder, file);
        const { mtimeMs } = await stat(path);
        const { rgba, width, height } = await pixelsOf(await readFile(path));
        yield { number: readCard(rgba, width, height), at: mtimeMs };
      }
      await sleep(20);
    }
  } finally {
    await ended(child);
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, "close");
  child.kill("SIGKILL");
  await closed;
}
