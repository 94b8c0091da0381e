// A stand-in for rpicam-vid (libcamera-vid): the arguments that Kinora gives it, its words on standard error and its output, as
// rpicam-apps 1.x have them. `FAKE_RPICAM` says what is wrong with the camera; by default it is fine.
//   rpicam-vid --list-cameras
//   rpicam-vid --codec mjpeg --width 640 --height 480 --framerate 30 --timeout 0 --nopreview --flush --output -
import { writeFileSync, writeSync } from "node:fs";
import { parseArgs } from "node:util";
import { picture } from "./pictures.ts";

const LIST = `Available cameras
-----------------
0 : imx708 [4608x2592 10-bit RGGB] (/base/axi/pcie@120000/rp1/i2c@88000/imx708@1a)
    Modes: 'SRGGB10_CSI2P' : 1536x864 [120.13 fps - (768, 432)/3072x1728 crop]
                             2304x1296 [56.03 fps - (0, 0)/4608x2592 crop]
                             4608x2592 [14.35 fps - (0, 0)/4608x2592 crop]

1 : ov5647 [2592x1944 10-bit GBRG] (/base/axi/pcie@120000/rp1/i2c@80000/ov5647@36)
    Modes: 'SGBRG10_CSI2P' : 640x480 [58.92 fps - (16, 0)/2560x1920 crop]
                             1296x972 [46.34 fps - (0, 0)/2592x1944 crop]
           'SGBRG16' : 640x480 [58.92 fps - (16, 0)/2560x1920 crop]
                       1296x972 [46.34 fps - (0, 0)/2592x1944 crop]

`;

const START = `[0:03:19.444176880] [3274]  INFO Camera camera_manager.cpp:284 libcamera v0.2.0+120-eb00c13d
[0:03:19.471667159] [3282]  INFO RPI pisp.cpp:1154 Registered camera /base/axi/pcie@120000/rp1/i2c@88000/imx708@1a to CFE device /dev/media1
`;
const BUSY = `[0:03:19.472244161] [3274]  INFO Camera camera.cpp:990 Pipeline handler in use by another process
ERROR: *** failed to acquire camera /base/axi/pcie@120000/rp1/i2c@88000/imx708@1a ***
`;
const SILENT = `[0:03:29.472244161] [3282]  WARN V4L2 v4l2_videodevice.cpp:2007 /dev/video0[13:cap]: Dequeue timer of 1000000.00us has expired!
[0:03:29.472244161] [3274] ERROR RPI pipeline_base.cpp:1334 Camera frontend has timed out!
ERROR: *** Device timeout detected ***
`;

const { values } = parseArgs({
  options: {
    "list-cameras": { type: "boolean" },
    camera: { type: "string", default: "0" },
    codec: { type: "string", default: "h264" },
    quality: { type: "string", default: "50" },
    width: { type: "string", default: "0" },
    height: { type: "string", default: "0" },
    framerate: { type: "string", default: "30" },
    rotation: { type: "string", default: "0" },
    timeout: { type: "string", default: "5000" },
    nopreview: { type: "boolean" },
    flush: { type: "boolean" },
    output: { type: "string", default: "" },
  },
});
const trouble = process.env["FAKE_RPICAM"] ?? "";
const argumentsFile = process.env["FAKE_RPICAM_ARGUMENTS"];
if (argumentsFile !== undefined) writeFileSync(argumentsFile, JSON.stringify(values));

await run();

async function run(): Promise<void> {
  if (values["list-cameras"]) {
    list();
    return;
  }
  if (trouble === "no camera") fail("ERROR: *** no cameras available ***\n");
  writeSync(2, START);
  if (Number(values.camera) > 1) fail("ERROR: *** selected camera is not available ***\n");
  if (trouble === "busy") fail(BUSY);
  if (trouble === "no rights") fail("ERROR: *** Could not open any dmaHeap device ***\n");
  if (trouble === "stalled") fail(SILENT);
  if (trouble === "other") fail("ERROR: *** failed to configure streams ***\n");
  if (values.codec !== "mjpeg" || values.output !== "-" || values.timeout !== "0" || !values.nopreview) {
    fail("ERROR: *** this stand-in writes Motion JPEG to its standard output only ***\n");
  }
  const [width, height] = [Number(values.width), Number(values.height)];
  const up = await picture("jpeg", width, height, [200, 30, 30]);
  const down = await picture("jpeg", width, height, [30, 30, 200]);
  const jpeg = values.rotation === "180" ? down : up;
  let frame = 0;
  setInterval(
    () => {
      writeSync(1, jpeg);
      writeSync(2, `#${frame++} (${Number(values.framerate).toFixed(2)} fps) exp 33239.00 ag 1.12 dg 1.00\n`);
      if (trouble === "dies later" && frame === 3) fail(SILENT);
    },
    1_000 / Number(values.framerate),
  );
}

function list(): void {
  if (trouble === "hangs") setInterval(() => {}, 1_000);
  else if (trouble === "no camera") writeSync(1, "No cameras available!\n");
  else writeSync(trouble === "old" ? 2 : 1, LIST);
}

/** As `return -1` of its main() does. */
function fail(words: string): never {
  writeSync(2, words);
  process.exit(255);
}
