import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";
import { Command } from "./support/command.ts";
import { fakeCamera, noFakeCamera } from "./support/fakecam.ts";
import { temporaryFolder } from "./support/pictures.ts";
import { needs } from "./support/programs.ts";
import { startXServer, WindowMaker } from "./support/x-server.ts";

const NO_SCREEN = { DISPLAY: "", WAYLAND_DISPLAY: "", XDG_SESSION_TYPE: "" };

test(
  "devices lists the desktop, its windows and ffmpeg, each with the line that shows it",
  needs("xvfb", "ffmpeg"),
  async (t) => {
    const { display } = await startXServer(t, { width: 400, height: 300 });
    const maker = await WindowMaker.open(t, display);
    const area = { x: 0, y: 0, width: 50, height: 50, colour: 0 };
    await maker.make({ ...area, title: "plain" });
    await maker.make({ ...area, title: "it's 100 %\u001b[31m" });

    const { stdout, stderr, code } = await Command.run(["devices"], { ...NO_SCREEN, DISPLAY: display });

    assert.match(stdout, /^The desktop {2}\(.*400x300\)\n {4}kinora screen:$/m);
    assert.match(stdout, /^Windows\n/m);
    assert.match(stdout, /^ {4}kinora window:plain$/m);
    assert.match(stdout, /^ {4}kinora 'window:it'\\''s 100 %25 ?\[31m'$/m);
    assert.match(stdout, /^ffmpeg \d+(\.\d+)? {2}\(.*ffmpeg\)$/m);
    assert.ok(!stdout.includes("\u001b"));
    assert.deepEqual([stderr, code], ["", 0]);
  },
);

test("devices lists the cameras of a Raspberry Pi with their sizes", async (t) => {
  const folder = await temporaryFolder(t);
  const program = join(folder, "rpicam-vid");
  const listing = [
    "Available cameras",
    "-----------------",
    "0 : imx708 [4608x2592 10-bit RGGB] (/base/soc/i2c0mux/i2c@1/imx708@1a)",
    "    Modes: 'SRGGB10_CSI2P' : 1536x864 [120.13 fps - (768, 432)/3072x1728 crop]",
    "                             4608x2592 [14.35 fps - (0, 0)/4608x2592 crop]",
    "1 : ov5647 [2592x1944 10-bit GBRG] (/base/soc/i2c0mux/i2c@0/ov5647@36)",
  ];
  await writeFile(program, `#!/bin/sh\ncat <<'END'\n${listing.join("\n")}\nEND\n`, { mode: 0o755 });

  const { stdout, code } = await Command.run(["devices"], {
    ...NO_SCREEN,
    PATH: `${folder}:${process.env["PATH"] ?? ""}`,
  });

  assert.match(stdout, /^imx708 .*\n {4}kinora pi:\n {8}1536x864 +120\.13 fps\n {8}4608x2592 +14\.35 fps\n/m);
  assert.match(stdout, /^ov5647 .*\n {4}kinora 'pi:\?camera=1'$/m);
  assert.doesNotMatch(stdout, /No camera was found/);
  assert.equal(code, 0);
});

test("what is not there is said in its place, and is no error", async () => {
  const { stdout, stderr, code } = await Command.run(["devices"], {
    ...NO_SCREEN,
    KINORA_FFMPEG: "/no/such/ffmpeg",
  });

  assert.match(stdout, /^No camera was found|\/dev\/video/m);
  assert.match(stdout, /^Without ffmpeg there are no screens, .*\/no\/such\/ffmpeg/m);
  assert.deepEqual([stderr, code], ["", 0]);
});

test("a camera without JPEG is shown through ffmpeg", { skip: noFakeCamera }, async (t) => {
  const camera = await fakeCamera({ formats: "YUYV" });
  t.after(() => camera.close());

  const { stdout, code } = await Command.run(["devices"], { ...camera.env, ...NO_SCREEN });

  assert.match(stdout, /kinora camera:\/dev\/video0 {3}\(ffmpeg makes the pictures\)\n {4}YUYV/);
  assert.equal(code, 0);
});
