import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { readJpegInfo } from "../src/core/jpeg-markers.ts";
import { parseAddress } from "../src/sources/address.ts";
import { listPiCameras } from "../src/sources/pipe/pi-cameras.ts";
import { openPi } from "../src/sources/pipe/pi-source.ts";
import { looksLike, pixelAt, temporaryFolder } from "./support/pictures.ts";
import { Player } from "./support/player.ts";
import { problemOf } from "./support/problem.ts";

const POSIX = { skip: process.platform === "win32" ? "the stand-in is started by a shell" : false };
const STAND_IN = fileURLToPath(new URL("support/rpicam-vid.ts", import.meta.url));

/** Puts a camera program first in PATH, or takes every one out of it; until the end of the test. */
async function install(t: TestContext, name: string | undefined, trouble = ""): Promise<string> {
  const folder = await temporaryFolder(t);
  const before = process.env["PATH"] ?? "";
  const seen = join(folder, "arguments.json");
  t.after(() => (process.env["PATH"] = before));
  if (name === undefined) {
    process.env["PATH"] = folder;
    return seen;
  }
  const env = `FAKE_RPICAM='${trouble}' FAKE_RPICAM_ARGUMENTS='${seen}'`;
  const script = `#!/bin/sh\n${env} exec '${process.execPath}' '${STAND_IN}' "$@"\n`;
  await writeFile(join(folder, name), script, { mode: 0o755 });
  process.env["PATH"] = `${folder}:${before}`;
  return seen;
}

const play = (t: TestContext, address: string): Player => new Player(t, openPi(parseAddress(address)));

describe("pi:", POSIX, () => {
  test("shows the first camera of a Raspberry Pi, with the arguments of its program", async (t) => {
    const seen = await install(t, "rpicam-vid");
    const player = play(t, "pi:");

    const image = await player.next();

    const { width, height } = readJpegInfo(image?.jpeg ?? new Uint8Array()) ?? {};
    assert.deepEqual([width, height], [1280, 720]);
    assert.deepEqual(JSON.parse(await readFile(seen, "utf8")), {
      camera: "0",
      codec: "mjpeg",
      quality: "80",
      width: "1280",
      height: "720",
      framerate: "30",
      rotation: "0",
      timeout: "0",
      nopreview: true,
      flush: true,
      output: "-",
    });
    player.stop();
    assert.equal(await player.next(), undefined);
  });

  test("sets size, rate, quality, rotation and camera, by the program's old name as well", async (t) => {
    const seen = await install(t, "libcamera-vid");
    const player = play(t, "pi:?size=320x240&fps=12.5&quality=35&rotation=180&camera=1");

    const { jpeg = new Uint8Array() } = (await player.next()) ?? {};

    const { width, height } = readJpegInfo(jpeg) ?? {};
    assert.deepEqual([width, height], [320, 240]);
    assert.ok(looksLike(await pixelAt(jpeg, 100, 100), [30, 30, 200]), "it stands on its head");
    const given = JSON.parse(await readFile(seen, "utf8")) as Record<string, string>;
    assert.deepEqual(
      [given["framerate"], given["quality"], given["rotation"], given["camera"]],
      ["12.5", "35", "180", "1"],
    );
  });

  test("without a camera program says what to install, before and when it is watched", async (t) => {
    await install(t, undefined);
    const source = openPi(parseAddress("pi:"));
    const expected = {
      code: "ERR_PROGRAM_MISSING",
      message: "pi: the program rpicam-vid is not installed; on a Raspberry Pi: sudo apt install rpicam-apps",
    };

    await assert.rejects(async () => source.check?.(), expected);
    const { code, message } = await problemOf(new Player(t, source));

    assert.deepEqual({ code, message }, expected);
    assert.deepEqual(await listPiCameras(), []);
  });

  const troubles: readonly [trouble: string, address: string, code: string, message: RegExp][] = [
    ["no camera", "pi:", "ERR_CAMERA_MISSING", /^pi: no camera is connected; .*ribbon cable/],
    ["", "pi:?camera=2", "ERR_CAMERA_MISSING", /^pi camera 2: there is no camera of this number/],
    ["busy", "pi:", "ERR_CAMERA_BUSY", /^pi: another program uses the camera; end it/],
    ["no rights", "pi:", "ERR_CAMERA_PERMISSION", /usermod -aG video/],
    ["stalled", "pi:", "ERR_CAMERA_STALLED", /^pi: the camera sends no pictures/],
    [
      "other",
      "pi:",
      "ERR_SOURCE_FAILED",
      /^pi: the camera program ended with code 255; it said: ERROR: \*\*\* failed to configure streams/,
    ],
  ];
  for (const [trouble, address, code, message] of troubles) {
    test(`says what is wrong: ${trouble === "" ? "no such camera" : trouble}`, async (t) => {
      await install(t, "rpicam-vid", trouble);

      const error = await problemOf(play(t, address));

      assert.equal(error.code, code);
      assert.match(error.message, message);
      assert.equal(error.retryable, true);
    });
  }

  test("a camera that fails later gives its pictures first, then the reason", async (t) => {
    await install(t, "rpicam-vid", "dies later");
    const player = play(t, "pi:?size=64x48&fps=20");

    await player.next();
    await player.next();
    await player.next();

    assert.equal((await problemOf(player)).code, "ERR_CAMERA_STALLED");
  });

  test("refuses what the program would refuse", () => {
    const bad = ["rotation=90", "quality=0", "quality=101", "fps=0", "size=1x1", "camera=-1", "hflip=1"];
    for (const option of bad) {
      assert.throws(() => openPi(parseAddress(`pi:?${option}`)), { code: "ERR_OPTION_INVALID" }, option);
    }
    assert.throws(() => openPi(parseAddress("pi:1")), { code: "ERR_ADDRESS_INVALID" });
  });
});

describe("the cameras of a Raspberry Pi", POSIX, () => {
  const CAMERAS = [
    {
      index: 0,
      name: "imx708",
      modes: [
        { width: 1536, height: 864, fps: 120.13 },
        { width: 2304, height: 1296, fps: 56.03 },
        { width: 4608, height: 2592, fps: 14.35 },
      ],
    },
    {
      index: 1,
      name: "ov5647",
      modes: [
        { width: 640, height: 480, fps: 58.92 },
        { width: 1296, height: 972, fps: 46.34 },
      ],
    },
  ];

  for (const [trouble, program] of [
    ["", "rpicam-vid"],
    ["old", "libcamera-vid"],
  ] as const) {
    test(`are listed with their modes by ${program}`, async (t) => {
      await install(t, program, trouble);

      assert.deepEqual(await listPiCameras(), CAMERAS);
    });
  }

  test("are none where none is connected, and where the program hangs", async (t) => {
    await install(t, "rpicam-vid", "no camera");
    assert.deepEqual(await listPiCameras(), []);

    await install(t, "rpicam-vid", "hangs");
    const startedAt = performance.now();
    assert.deepEqual(await listPiCameras(), []);
    assert.ok(performance.now() - startedAt < 8_000);
  });
});
