import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { needs, program, vlcCommand } from "./support/programs.ts";

test("a program that is not on the PATH is missing, and says so as the reason of the skip", (t) => {
  t.after(setPath("/nowhere"));

  assert.equal(program("ffmpeg"), undefined);
  assert.deepEqual(needs("ffmpeg"), { skip: "ffmpeg is not installed" });
});

test("a program is found by the first of its names that the PATH has", async (t) => {
  const folder = await mkdtemp(path.join(os.tmpdir(), "kinora-programs-"));
  t.after(() => rm(folder, { recursive: true }));
  t.after(setPath(folder));
  await symlink(process.execPath, path.join(folder, "google-chrome"));

  assert.equal(program("chromium"), path.join(folder, "google-chrome"));
  assert.deepEqual(needs("chromium"), { skip: false });
});

test("VLC opens an address, as root too", needs("vlc"), async (t) => {
  const home = await mkdtemp(path.join(os.tmpdir(), "kinora-vlc-"));
  t.after(() => rm(home, { recursive: true, force: true }));
  const server = createServer().listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;

  const { command, args, env } = vlcCommand(home);
  const vlc = spawn(command, [...args, `http://127.0.0.1:${port}/`], { env, stdio: "ignore" });
  const ended = once(vlc, "close");
  const opened = once(server, "request") as Promise<[IncomingMessage]>;
  const [request] = await Promise.race([
    opened,
    ended.then(() => assert.fail("VLC ended without a request")),
  ]);
  vlc.kill("SIGKILL");
  await ended;
  request.socket.destroy();

  assert.match(request.headers["user-agent"] ?? "", /^VLC\//);
});

/** Sets PATH and gives the function that sets it back. */
function setPath(value: string): () => void {
  const before = process.env["PATH"];
  process.env["PATH"] = value;
  return () => void (process.env["PATH"] = before);
}
