import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";

/** A real RTSP server, GStreamer's; rtsp-server.py tells what it serves. */
export interface RtspServer {
  /** `127.0.0.1:PORT` of what everyone may see: `/h264`, `/mjpeg`, and `/udp`, which is not sent over TCP. */
  readonly open: string;
  /** `127.0.0.1:PORT` of `/mjpeg` for {@link USER} alone. */
  readonly locked: string;
  /** Ends it, with its connections. */
  stop(): Promise<void>;
}

/** Who may see what is locked. Hard to write into a URL, as passwords are. */
export const USER = { name: "us er", password: "p@ss:w/ord", inUrl: "us%20er:p%40ss%3Aw%2Ford" } as const;

const SCRIPT = fileURLToPath(new URL("rtsp-server.py", import.meta.url));

/**
 * Starts a server that ends with the test.
 * @param video an MP4 file with H.264
 * @param port where to listen; any free port without it
 */
export async function startRtspServer(t: TestContext, video: string, port = "0"): Promise<RtspServer> {
  // The system's own Python: no other one has GStreamer.
  const child = spawn("/usr/bin/python3", [SCRIPT, port, video, USER.name, USER.password], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(child, "close");
  const stop = async (): Promise<void> => {
    child.kill("SIGKILL");
    await ended;
  };
  t.after(stop);
  const [line] = (await Promise.race([
    once(createInterface(child.stdout), "line"),
    ended.then(() => [""]),
  ])) as [string];
  const [open, locked] = line.split(" ");
  if (locked === undefined) throw new Error("the RTSP server did not start");
  return { open: `127.0.0.1:${open}`, locked: `127.0.0.1:${locked}`, stop };
}
