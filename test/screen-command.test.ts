import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { readJpegInfo } from "../src/core/jpeg-markers.ts";
import { Command } from "./support/command.ts";
import { needs } from "./support/programs.ts";
import { stateOf } from "./support/status.ts";
import { Watcher, type WatchedPart } from "./support/watcher.ts";
import { startXServer, WindowMaker } from "./support/x-server.ts";

const SCREEN = { width: 321, height: 243 };

describe("the screen behind the command", { concurrency: true, ...needs("xvfb", "ffmpeg") }, () => {
  test("without a source and without a camera, the screen is shown", async (t) => {
    const { display } = await startXServer(t, SCREEN);

    const { command, url } = await Command.serve(t, [], { DISPLAY: display, WAYLAND_DISPLAY: "" });
    const answer = await fetch(`${url}/streams/screen/snapshot.jpg`);

    assert.match(command.stdout, /, so the screen of this machine is shown; kinora --help names every/);
    const info = readJpegInfo(new Uint8Array(await answer.arrayBuffer()));
    assert.deepEqual([info?.width, info?.height], [321, 243]);
  });

  test("in a Wayland session a test card is shown instead, with what works", async (t) => {
    const { display } = await startXServer(t, SCREEN);

    const { command } = await Command.serve(t, [], { DISPLAY: display, WAYLAND_DISPLAY: "wayland-0" });

    assert.match(command.stdout, / and no screen \(this is a Wayland session, .*\), so a test card is shown/);
  });

  test("without ffmpeg that is told, with the program that was looked for", async (t) => {
    const { display } = await startXServer(t, SCREEN);

    const { code, stderr } = await Command.run(["--port", "0", `screen:?display=${display}`], {
      KINORA_FFMPEG: "/nowhere/ffmpeg",
    });

    assert.equal(code, 1);
    assert.match(stderr, /^kinora: the ffmpeg that KINORA_FFMPEG names, \/nowhere\/ffmpeg, is not there/);
  });

  test("an ffmpeg that ends at once is told, and started again", async (t) => {
    const { display } = await startXServer(t, SCREEN);
    const folder = await mkdtemp(join(tmpdir(), "kinora-"));
    t.after(() => rm(folder, { recursive: true }));
    const program = join(folder, "ffmpeg");
    await writeFile(program, "#!/bin/sh\nexit 0\n", { mode: 0o755 });
    const { url, port } = await Command.serve(t, [`s=screen:?display=${display}`], {
      KINORA_FFMPEG: program,
    });
    const watcher = new Watcher(port, "s");
    t.after(() => watcher.close());

    const { reason } = await stateOf(url, "s", "down");

    assert.match(reason ?? "", /^screen :\d+: ffmpeg has stopped grabbing 321x243\+0\+0$/);
  });

  test("when a window is closed its viewers stay, are told, and see it again", async (t) => {
    const { display } = await startXServer(t, SCREEN);
    const maker = await WindowMaker.open(t, display);
    const look = { title: "Editor", x: 0, y: 0, width: 100, height: 60, colour: 0xff0000 };
    const id = await maker.make(look);
    const { url, port } = await Command.serve(t, ["w=window:editor"], { DISPLAY: display });
    const watcher = new Watcher(port, "w");
    t.after(() => watcher.close());
    await watcher.next(hasWidth(100), "a picture of the window");

    await maker.close(id);
    const down = await stateOf(url, "w", "down");
    const seen = watcher.parts.length;
    await maker.make({ ...look, width: 120 });
    await watcher.next(hasWidth(120), "a picture of the new window", { from: seen });

    assert.match(
      down.reason ?? "",
      /^the window "Editor" was closed; it is shown again when one with "editor" in its title is opened$/,
    );
    assert.equal(watcher.trouble, undefined);
  });
});

function hasWidth(width: number): (part: WatchedPart) => boolean {
  return ({ jpeg }) => readJpegInfo(jpeg)?.width === width;
}
