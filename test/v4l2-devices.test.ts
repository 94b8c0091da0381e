import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import os from "node:os";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { fakeCamera, noFakeCamera, type FakeCameraOptions } from "./support/fakecam.ts";

const skip = noFakeCamera;
const execute = promisify(execFile);
const LIST = fileURLToPath(new URL("./support/fakecam/list-child.ts", import.meta.url));

async function list(
  t: TestContext,
  options: FakeCameraOptions,
  args: readonly string[] = [],
): Promise<Record<string, unknown>> {
  const camera = await fakeCamera({ size: "320x240", ...options });
  t.after(() => camera.close());
  const { stdout } = await execute(process.execPath, [...args, LIST], { env: camera.env });
  return JSON.parse(stdout) as Record<string, unknown>;
}

test(
  "every camera is listed with its formats, sizes and rates, and no metadata node",
  { skip },
  async (t) => {
    const found = await list(t, {
      devices: ["/dev/video0", "/dev/video2"],
      meta: "/dev/video1",
      modes: "320x240@15,30;160x120@29.97",
      formats: "YUYV,MJPG",
    });

    const sizes = [
      { width: 320, height: 240, fps: [30, 15] },
      { width: 160, height: 120, fps: [29.97] },
    ];
    const formats = [
      { fourcc: "YUYV", description: "YUYV 4:2:2", sizes },
      { fourcc: "MJPG", description: "Motion-JPEG", sizes },
    ];
    assert.deepEqual(found["cameras"], [
      {
        path: "/dev/video0",
        name: "Fake Camera",
        driver: "uvcvideo",
        bus: "usb-fake-1",
        formats,
        capturesMjpeg: true,
        capturesRaw: true,
      },
      {
        path: "/dev/video2",
        name: "Fake Camera 2",
        driver: "uvcvideo",
        bus: "usb-fake-2",
        formats,
        capturesMjpeg: true,
        capturesRaw: true,
      },
    ]);
    assert.deepEqual(found["refused"], []);
  },
);

test("of a range of sizes the ends and the usual size are listed", { skip }, async (t) => {
  const found = await list(t, { stepwise: "160x120-1920x1080/16x8@5-60", formats: "YUYV" });

  const fps = [60, 5];
  assert.deepEqual(found["cameras"], [
    {
      path: "/dev/video0",
      name: "Fake Camera",
      driver: "uvcvideo",
      bus: "usb-fake-1",
      formats: [
        {
          fourcc: "YUYV",
          description: "YUYV 4:2:2",
          sizes: [
            { width: 160, height: 120, fps },
            { width: 1280, height: 720, fps },
            { width: 1920, height: 1080, fps },
          ],
        },
      ],
      capturesMjpeg: false,
      capturesRaw: true,
    },
  ]);
});

test("a camera that may not be looked at is listed as refused, with the reason", { skip }, async (t) => {
  const found = await list(t, { fail: { open: os.constants.errno.EACCES } });

  assert.deepEqual(found["cameras"], []);
  assert.deepEqual(found["refused"], [
    {
      code: "ERR_CAMERA_PERMISSION",
      message:
        'camera /dev/video0 may not be opened: your user is not in its group "video"; ' +
        "run `sudo usermod -aG video $USER` and log in again",
    },
  ]);
});

test("without koffi one sentence says what to install", { skip }, async (t) => {
  const withoutKoffi =
    'data:text/javascript,import{registerHooks}from"node:module";registerHooks({resolve(s,c,n){if(s==="koffi")throw new Error("gone");return n(s,c)}})';
  const found = await list(t, {}, ["--import", withoutKoffi]);

  assert.deepEqual(found, {
    code: "ERR_MODULE_MISSING",
    message: "reading a camera needs the npm module koffi; install it with `npm install koffi`",
    retryable: false,
  });
});

test("off Linux one sentence says that cameras cannot be read", { skip }, async (t) => {
  const onMac = 'data:text/javascript,Object.defineProperty(process,"platform",{value:"darwin"})';
  const found = await list(t, {}, ["--import", onMac]);

  assert.deepEqual(found, {
    code: "ERR_MODULE_MISSING",
    message: "reading a camera needs Linux, this is darwin",
    retryable: false,
  });
});
