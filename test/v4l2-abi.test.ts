import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { noFakeCamera } from "./support/fakecam.ts";
import * as abi from "../src/sources/v4l2/v4l2-abi.ts";

test("layouts and request numbers are those of this system's C headers", { skip: noFakeCamera }, (t) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), "kinora-abi-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const program = path.join(folder, "abi");
  spawnSync("cc", ["-x", "c", "-", "-o", program], {
    input: programInC(Object.keys(IN_C)),
    stdio: ["pipe", 2, 2],
  });

  const [long = 0, ...values] = execFileSync(program, { encoding: "utf8" }).trim().split("\n").map(Number);

  const inC = Object.fromEntries(Object.keys(IN_C).map((expression, i) => [expression, values[i]]));
  const here = Object.fromEntries(
    Object.entries(IN_C).map(([expression, ours]) => [expression, ours(abi.wordAbi(long))]),
  );
  assert.deepEqual(here, inC);
});

test("the numbers of 32-bit systems are those that strace shows there", () => {
  const { request } = abi.wordAbi(4);

  assert.equal(request.S_FMT, 0xc0cc5605);
  assert.equal(request.QUERYBUF, 0xc0445609);
  assert.equal(request.QBUF, 0xc044560f);
  assert.equal(request.DQBUF, 0xc0445611);
});

/** C expressions and what we hold in their place. */
const IN_C: Record<string, (word: abi.WordAbi) => number> = {
  "O_RDWR | O_NONBLOCK | O_CLOEXEC": () => abi.OPEN_FLAGS,
  CLOCK_MONOTONIC: () => abi.CLOCK_MONOTONIC,
  CLOCK_REALTIME: () => abi.CLOCK_REALTIME,
  V4L2_CAP_VIDEO_CAPTURE: () => abi.CAP_VIDEO_CAPTURE,
  V4L2_CAP_STREAMING: () => abi.CAP_STREAMING,
  V4L2_CAP_DEVICE_CAPS: () => abi.CAP_DEVICE_CAPS,
  V4L2_CAP_TIMEPERFRAME: () => abi.CAP_TIMEPERFRAME,
  V4L2_BUF_TYPE_VIDEO_CAPTURE: () => abi.BUF_TYPE_VIDEO_CAPTURE,
  V4L2_MEMORY_MMAP: () => abi.MEMORY_MMAP,
  V4L2_FRMSIZE_TYPE_DISCRETE: () => abi.ENUM_DISCRETE,
  V4L2_FRMIVAL_TYPE_DISCRETE: () => abi.ENUM_DISCRETE,
  V4L2_BUF_FLAG_ERROR: () => abi.BUF_FLAG_ERROR,
  V4L2_BUF_FLAG_TIMESTAMP_MASK: () => abi.BUF_FLAG_TIMESTAMP_MASK,
  V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC: () => abi.BUF_FLAG_TIMESTAMP_MONOTONIC,
  V4L2_PIX_FMT_MJPEG: () => abi.JPEG_FORMATS[0] ?? 0,
  V4L2_PIX_FMT_JPEG: () => abi.JPEG_FORMATS[1] ?? 0,
  "sizeof(struct v4l2_capability)": () => abi.CAPABILITY.size,
  "offsetof(struct v4l2_capability, card)": () => abi.CAPABILITY.card,
  "offsetof(struct v4l2_capability, bus_info)": () => abi.CAPABILITY.bus,
  "offsetof(struct v4l2_capability, capabilities)": () => abi.CAPABILITY.capabilities,
  "offsetof(struct v4l2_capability, device_caps)": () => abi.CAPABILITY.deviceCaps,
  "sizeof(struct v4l2_fmtdesc)": () => abi.FMTDESC.size,
  "offsetof(struct v4l2_fmtdesc, type)": () => abi.FMTDESC.type,
  "offsetof(struct v4l2_fmtdesc, description)": () => abi.FMTDESC.description,
  "offsetof(struct v4l2_fmtdesc, pixelformat)": () => abi.FMTDESC.pixelFormat,
  "sizeof(struct v4l2_frmsizeenum)": () => abi.FRMSIZE.size,
  "offsetof(struct v4l2_frmsizeenum, pixel_format)": () => abi.FRMSIZE.pixelFormat,
  "offsetof(struct v4l2_frmsizeenum, type)": () => abi.FRMSIZE.type,
  "offsetof(struct v4l2_frmsizeenum, discrete.width)": () => abi.FRMSIZE.first,
  "offsetof(struct v4l2_frmsizeenum, discrete.height)": () => abi.FRMSIZE.first + 4,
  "offsetof(struct v4l2_frmsizeenum, stepwise.max_width)": () => abi.FRMSIZE.first + 4,
  "offsetof(struct v4l2_frmsizeenum, stepwise.step_width)": () => abi.FRMSIZE.first + 8,
  "offsetof(struct v4l2_frmsizeenum, stepwise.min_height)": () => abi.FRMSIZE.first + 12,
  "offsetof(struct v4l2_frmsizeenum, stepwise.max_height)": () => abi.FRMSIZE.first + 16,
  "offsetof(struct v4l2_frmsizeenum, stepwise.step_height)": () => abi.FRMSIZE.first + 20,
  "sizeof(struct v4l2_frmivalenum)": () => abi.FRMIVAL.size,
  "offsetof(struct v4l2_frmivalenum, pixel_format)": () => abi.FRMIVAL.pixelFormat,
  "offsetof(struct v4l2_frmivalenum, width)": () => abi.FRMIVAL.width,
  "offsetof(struct v4l2_frmivalenum, height)": () => abi.FRMIVAL.height,
  "offsetof(struct v4l2_frmivalenum, type)": () => abi.FRMIVAL.type,
  "offsetof(struct v4l2_frmivalenum, discrete.numerator)": () => abi.FRMIVAL.first,
  "offsetof(struct v4l2_frmivalenum, stepwise.max.numerator)": () => abi.FRMIVAL.first + 8,
  "sizeof(struct v4l2_streamparm)": () => abi.STREAMPARM.size,
  "offsetof(struct v4l2_streamparm, parm.capture.capability)": () => abi.STREAMPARM.capability,
  "offsetof(struct v4l2_streamparm, parm.capture.timeperframe.numerator)": () => abi.STREAMPARM.interval,
  "offsetof(struct v4l2_streamparm, parm.capture.timeperframe.denominator)": () =>
    abi.STREAMPARM.interval + 4,
  "sizeof(struct v4l2_requestbuffers)": () => abi.REQUESTBUFFERS.size,
  "offsetof(struct v4l2_requestbuffers, type)": () => abi.REQUESTBUFFERS.type,
  "offsetof(struct v4l2_requestbuffers, memory)": () => abi.REQUESTBUFFERS.memory,
  "sizeof(struct v4l2_format)": ({ format }) => format.size,
  "offsetof(struct v4l2_format, fmt.pix.width)": ({ format }) => format.width,
  "offsetof(struct v4l2_format, fmt.pix.height)": ({ format }) => format.height,
  "offsetof(struct v4l2_format, fmt.pix.pixelformat)": ({ format }) => format.pixelFormat,
  "sizeof(struct v4l2_buffer)": ({ buffer }) => buffer.size,
  "offsetof(struct v4l2_buffer, index)": ({ buffer }) => buffer.index,
  "offsetof(struct v4l2_buffer, type)": ({ buffer }) => buffer.type,
  "offsetof(struct v4l2_buffer, bytesused)": ({ buffer }) => buffer.bytesUsed,
  "offsetof(struct v4l2_buffer, flags)": ({ buffer }) => buffer.flags,
  "offsetof(struct v4l2_buffer, timestamp.tv_sec)": ({ buffer }) => buffer.seconds,
  "offsetof(struct v4l2_buffer, timestamp.tv_usec)": ({ buffer }) => buffer.microseconds,
  "offsetof(struct v4l2_buffer, sequence)": ({ buffer }) => buffer.sequence,
  "offsetof(struct v4l2_buffer, memory)": ({ buffer }) => buffer.memory,
  "offsetof(struct v4l2_buffer, m.offset)": ({ buffer }) => buffer.offset,
  "offsetof(struct v4l2_buffer, length)": ({ buffer }) => buffer.length,
  VIDIOC_QUERYCAP: ({ request }) => request.QUERYCAP,
  VIDIOC_ENUM_FMT: ({ request }) => request.ENUM_FMT,
  VIDIOC_S_FMT: ({ request }) => request.S_FMT,
  VIDIOC_REQBUFS: ({ request }) => request.REQBUFS,
  VIDIOC_QUERYBUF: ({ request }) => request.QUERYBUF,
  VIDIOC_QBUF: ({ request }) => request.QBUF,
  VIDIOC_DQBUF: ({ request }) => request.DQBUF,
  VIDIOC_STREAMON: ({ request }) => request.STREAMON,
  VIDIOC_STREAMOFF: ({ request }) => request.STREAMOFF,
  VIDIOC_G_PARM: ({ request }) => request.G_PARM,
  VIDIOC_S_PARM: ({ request }) => request.S_PARM,
  VIDIOC_ENUM_FRAMESIZES: ({ request }) => request.ENUM_FRAMESIZES,
  VIDIOC_ENUM_FRAMEINTERVALS: ({ request }) => request.ENUM_FRAMEINTERVALS,
};

function programInC(expressions: readonly string[]): string {
  const lines = expressions.map((expression) => `printf("%llu\\n", (unsigned long long)(${expression}));`);
  return `
    #define _GNU_SOURCE
    #include <fcntl.h>
    #include <linux/videodev2.h>
    #include <poll.h>
    #include <stddef.h>
    #include <stdio.h>
    #include <time.h>
    int main(void) { printf("%zu\\n", sizeof(long)); ${lines.join("\n")} return 0; }`;
}
