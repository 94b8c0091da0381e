import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { clip, parseRegion } from "../src/sources/screen/area.ts";
import { desktopHere } from "../src/sources/screen/desktop.ts";
import { avfoundationArguments, gdiArguments, x11Arguments } from "../src/sources/screen/grab-arguments.ts";
import { findCookie } from "../src/sources/screen/x11-authority.ts";
import { parseDisplay } from "../src/sources/screen/x11-display.ts";

const OPTIONS = { cursor: true, fps: 30, quality: 80, size: undefined };
const REGION = { width: 801, height: 600, x: 100, y: 50 };

describe("what shows pictures on a machine", () => {
  test("an X session is its display", () => {
    const desktop = desktopHere(undefined, { DISPLAY: ":1", XDG_SESSION_TYPE: "x11" }, "linux");

    assert.ok(desktop.kind === "x11" && desktop.display.number === 1 && !desktop.isXwayland);
  });

  test("a display that is asked for goes before everything else", () => {
    const desktop = desktopHere(parseDisplay(":7"), { WAYLAND_DISPLAY: "wayland-0" }, "darwin");

    assert.ok(desktop.kind === "x11" && desktop.display.number === 7 && !desktop.isXwayland);
  });

  for (const session of [{ WAYLAND_DISPLAY: "wayland-0" }, { XDG_SESSION_TYPE: "wayland" }]) {
    test(`with ${Object.keys(session).join()} it is Wayland, whose X display is only for X11 programs`, () => {
      const desktop = desktopHere(undefined, { DISPLAY: ":0", ...session }, "linux");

      assert.ok(desktop.kind === "x11" && desktop.isXwayland);
    });

    test(`with ${Object.keys(session).join()} and no X display, what works instead is told`, () => {
      assert.throws(() => desktopHere(undefined, session, "linux"), {
        code: "ERR_SCREEN_UNSUPPORTED",
        message: /^this is a Wayland session, .*: log in to an Xorg session, .* \/publish, .* exec:/,
      });
    });
  }

  test("without a display that is told, with what to write", () => {
    assert.throws(() => desktopHere(undefined, {}, "linux"), {
      code: "ERR_SCREEN_MISSING",
      message: /^there is no screen here, as DISPLAY is not set; /,
    });
  });

  test("Windows and Macs have one desktop each", () => {
    assert.deepEqual(desktopHere(undefined, {}, "win32"), { kind: "windows" });
    assert.deepEqual(desktopHere(undefined, { DISPLAY: "/private/tmp/x:0" }, "darwin"), { kind: "mac" });
  });
});

describe("what ffmpeg is told to grab", () => {
  test("of an X display: a region by its corner and size", () => {
    const { input, filters } = x11Arguments(":1.0", undefined, REGION, { ...OPTIONS, cursor: false });

    assert.equal(
      input.slice(6).join(" "),
      "-f x11grab -framerate 30 -draw_mouse 0 -video_size 801x600 -grab_x 100 -grab_y 50 -i :1.0",
    );
    assert.deepEqual(filters, []);
  });

  test("of a window: its number, and a region within it", () => {
    const { input } = x11Arguments(":1", 0x1e0_00_07, { width: 8, height: 6, x: 0, y: 2 }, OPTIONS);

    assert.equal(
      input.slice(6).join(" "),
      "-f x11grab -framerate 30 -draw_mouse 1 -window_id 31457287 -video_size 8x6 -grab_x 0 -grab_y 2 -i :1",
    );
  });

  test("on Windows: the desktop, a region of it, a window by its title", () => {
    const start = "-f gdigrab -framerate 30 -draw_mouse 1";
    const inputOf = (target: Parameters<typeof gdiArguments>[0], region?: typeof REGION) =>
      gdiArguments(target, region, OPTIONS).input.slice(6).join(" ");

    assert.equal(inputOf("desktop"), `${start} -i desktop`);
    assert.equal(
      inputOf("desktop", REGION),
      `${start} -offset_x 100 -offset_y 50 -video_size 801x600 -i desktop`,
    );
    assert.equal(inputOf("title=A – B"), `${start} -i title=A – B`);
  });

  test("on a Mac: a screen, of which a region is cut out, and which is scaled after that", () => {
    const size = { width: 640, height: 360 };

    const { input, filters } = avfoundationArguments(0, REGION, { ...OPTIONS, size, cursor: false });

    assert.equal(
      input.slice(6).join(" "),
      "-f avfoundation -framerate 30 -capture_cursor 0 -i Capture screen 0:none",
    );
    assert.deepEqual(filters, ["crop=801:600:100:50", "scale=640:360:force_original_aspect_ratio=decrease"]);
  });
});

describe("regions", () => {
  test("one without edges begins in the upper left corner, and a plus sign may have become a space", () => {
    assert.deepEqual(parseRegion("800x600"), { width: 800, height: 600, x: 0, y: 0 });
    assert.deepEqual(parseRegion("800x600 100 50"), { width: 800, height: 600, x: 100, y: 50 });
    assert.equal(parseRegion(undefined), undefined);
  });

  test("what lies beyond the screen is cut off on every side", () => {
    const screen = { width: 100, height: 80 };

    assert.deepEqual(clip({ x: -10, y: -20, width: 200, height: 200 }, screen), { x: 0, y: 0, ...screen });
    assert.deepEqual(clip({ x: 90, y: 70, width: 20, height: 20 }, screen), {
      x: 90,
      y: 70,
      width: 10,
      height: 10,
    });
    assert.equal(clip({ x: 100, y: 0, width: 20, height: 20 }, screen), undefined);
    assert.equal(clip({ x: -20, y: 0, width: 20, height: 20 }, screen), undefined);
  });
});

describe("names of X displays", () => {
  const names = {
    ":0": { host: undefined, number: 0, screen: 0, path: undefined },
    "unix:1.2": { host: undefined, number: 1, screen: 2, path: undefined },
    "localhost:10.0": { host: "localhost", number: 10, screen: 0, path: undefined },
    "[fe80::1]:3": { host: "fe80::1", number: 3, screen: 0, path: undefined },
    "/private/tmp/a/org.xquartz:0": {
      host: undefined,
      number: 0,
      screen: 0,
      path: "/private/tmp/a/org.xquartz:0",
    },
  };
  for (const [name, meaning] of Object.entries(names)) {
    test(`${name} is understood`, () => {
      assert.deepEqual(parseDisplay(name), { name, ...meaning });
    });
  }
});

describe("the file with the secrets of displays", () => {
  const [first, second, third] = [Buffer.alloc(16, 1), Buffer.alloc(16, 2), Buffer.alloc(16, 3)];
  const file = Buffer.concat([
    entry(256, Buffer.from("desk"), "0", first),
    entry(0, Buffer.from([10, 0, 0, 7]), "0", second),
    entry(65_535, Buffer.alloc(0), "5", third),
  ]);

  test("a secret is for one display of one host, or for that display of any", () => {
    assert.deepEqual(findCookie(file, 0, undefined, "desk"), first);
    assert.deepEqual(findCookie(file, 0, "10.0.0.7", "desk"), second);
    assert.deepEqual(findCookie(file, 5, "10.0.0.9", "desk"), third);
    assert.equal(findCookie(file, 0, undefined, "other"), undefined);
    assert.equal(findCookie(file, 1, undefined, "desk"), undefined);
  });

  test("a file that is cut off anywhere gives whole secrets or none", () => {
    for (let length = 0; length < file.length; length++) {
      const found = findCookie(file.subarray(0, length), 5, undefined, "desk");

      assert.equal(found, undefined, `cut at ${length}`);
    }
  });
});

function entry(family: number, host: Buffer, display: string, secret: Buffer): Buffer {
  const number = (value: number) => Buffer.from([value >> 8, value & 0xff]);
  const fields = [host, Buffer.from(display), Buffer.from("MIT-MAGIC-COOKIE-1"), secret];
  return Buffer.concat([number(family), ...fields.flatMap((field) => [number(field.length), field])]);
}
