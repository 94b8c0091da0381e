import assert from "node:assert/strict";
import test from "node:test";
import { systemCameraInput } from "../src/sources/ffmpeg/system-camera.ts";
import { camerasIn } from "../src/sources/ffmpeg/system-cameras.ts";

/** As ffmpeg 3 and 4 say it. */
const OLD_WINDOWS = String.raw`
[dshow @ 00000000001c23c0] DirectShow video devices (some may be both video and audio devices)
[dshow @ 00000000001c23c0]  "Integrated Webcam"
[dshow @ 00000000001c23c0]     Alternative name "@device_pnp_\\?\usb#vid_0c45&pid_6448&mi_00#7&2645f9e4&0&0000#{65e8773d}\global"
[dshow @ 00000000001c23c0]  "screen-capture-recorder"
[dshow @ 00000000001c23c0]     Alternative name "@device_sw_{860BB310-5D01-11D0-BD3B-00A0C911CE86}\{4EA69364}"
[dshow @ 00000000001c23c0] DirectShow audio devices
[dshow @ 00000000001c23c0]  "Microphone (High Definition Audio)"
[dshow @ 00000000001c23c0]     Alternative name "@device_cm_{33D9A762-90C8-11D0-BD43-00A0C911CE86}\wave_{E26AD2BE}"
dummy: Immediate exit requested`;

/** As ffmpeg says it from 5 on. */
const WINDOWS = String.raw`
[dshow @ 000001f2e1d4c640] "HD Pro Webcam C920" (video)
[dshow @ 000001f2e1d4c640]   Alternative name "@device_pnp_\\?\usb#vid_046d&pid_082d&mi_00#7&1&0&0000#{65e8773d}\global"
[dshow @ 000001f2e1d4c640] "OBS Virtual Camera" (none)
[dshow @ 000001f2e1d4c640] "Capture Card (HDMI)" (audio, video)
[dshow @ 000001f2e1d4c640] "Microphone (HD Pro Webcam C920)" (audio)
[dshow @ 000001f2e1d4c640]   Alternative name "@device_cm_{33D9A762-90C8-11D0-BD43-00A0C911CE86}\wave_{0D6C93D3}"
[in#0 @ 000001f2e1d4c340] Error opening input: Immediate exit requested`;

const MAC = `
[AVFoundation indev @ 0x7fb1f6d05a40] AVFoundation video devices:
[AVFoundation indev @ 0x7fb1f6d05a40] [0] FaceTime HD Camera
[AVFoundation indev @ 0x7fb1f6d05a40] [1] Jane's iPhone Camera
[AVFoundation indev @ 0x7fb1f6d05a40] [2] Capture screen 0
[AVFoundation indev @ 0x7fb1f6d05a40] AVFoundation audio devices:
[AVFoundation indev @ 0x7fb1f6d05a40] [0] MacBook Pro Microphone
: Input/output error`;

test("cameras of Windows are told from its microphones, by headlines and by the word behind each", () => {
  assert.deepEqual(camerasIn(OLD_WINDOWS, "dshow"), ["Integrated Webcam", "screen-capture-recorder"]);
  assert.deepEqual(camerasIn(WINDOWS.replaceAll("\n", "\r\n"), "dshow"), [
    "HD Pro Webcam C920",
    "Capture Card (HDMI)",
  ]);
});

test("cameras of a Mac are told from its screens and microphones", () => {
  assert.deepEqual(camerasIn(MAC, "avfoundation"), ["FaceTime HD Camera", "Jane's iPhone Camera"]);
});

test("where nothing is listed there is no camera", () => {
  assert.deepEqual(camerasIn("Unknown input format: 'dshow'", "dshow"), []);
  assert.deepEqual(camerasIn("", "avfoundation"), []);
});

test("a camera of Windows is opened by its name, with the size and rate that were asked for", () => {
  const name = "HD Pro Webcam C920";

  const asked = systemCameraInput({ name, size: { width: 1280, height: 720 }, fps: 30 }, "dshow");
  const plain = systemCameraInput({ name, size: undefined, fps: undefined }, "dshow");

  assert.match(asked.join(" "), /^-f dshow -rtbufsize 100M -video_size 1280x720 -framerate 30 /);
  assert.deepEqual(asked.slice(-2), ["-i", "video=HD Pro Webcam C920"]);
  assert.ok(!plain.includes("-video_size") && !plain.includes("-framerate"));
});

test("a camera of a Mac is asked for 30 pictures a second, as it refuses ffmpeg's 29.97, and for no sound", () => {
  const args = systemCameraInput(
    { name: "FaceTime HD Camera", size: undefined, fps: undefined },
    "avfoundation",
  );

  assert.match(args.join(" "), /^-f avfoundation -framerate 30 /);
  assert.deepEqual(args.slice(-2), ["-i", "FaceTime HD Camera:none"]);
});
