/**
 * Numbers and layouts of linux/videodev2.h, for little-endian systems with the common ioctl encoding
 * (x86, ARM, RISC-V: all that koffi is built for).
 */

/** Opening for reading and writing, never waiting, not inherited by child processes. */
export const OPEN_FLAGS: number = 0o2 | 0o4000 | 0o2000000;
/** The clock that drivers stamp pictures with. */
export const CLOCK_MONOTONIC = 1;
/** The clock that tells the time of day. */
export const CLOCK_REALTIME = 0;

/** The device delivers pictures in one plane (webcams do). */
export const CAP_VIDEO_CAPTURE = 0x1;
/** The device streams through mapped buffers. */
export const CAP_STREAMING = 0x0400_0000;
/** `device_caps` is filled in. */
export const CAP_DEVICE_CAPS = 0x8000_0000;
/** The rate can be set. */
export const CAP_TIMEPERFRAME = 0x1000;
/** The buffer type of pictures in one plane. */
export const BUF_TYPE_VIDEO_CAPTURE = 1;
/** Buffers are the driver's, mapped by us. */
export const MEMORY_MMAP = 1;
/** Sizes and rates come as a list; other types are ranges. */
export const ENUM_DISCRETE = 1;
/** The driver knows that the picture is damaged. */
export const BUF_FLAG_ERROR = 0x40;
/** Which clock stamped the picture. */
export const BUF_FLAG_TIMESTAMP_MASK = 0xe000;
/** It was {@link CLOCK_MONOTONIC}. */
export const BUF_FLAG_TIMESTAMP_MONOTONIC = 0x2000;

/** Pixel formats that are JPEG, in the order of preference. */
export const JPEG_FORMATS: readonly number[] = [fourcc("MJPG"), fourcc("JPEG")];

/** Pixel formats that ffmpeg can make JPEGs of, with its names for them; the less work, the earlier. */
const RAW_FORMATS: readonly { readonly code: number; readonly name: string }[] = [
  { code: fourcc("YUYV"), name: "yuyv422" },
  { code: fourcc("UYVY"), name: "uyvy422" },
  { code: fourcc("NV12"), name: "nv12" },
  { code: fourcc("YU12"), name: "yuv420p" },
  { code: fourcc("YV12"), name: "yuv420p" },
  { code: fourcc("422P"), name: "yuv422p" },
  { code: fourcc("RGB3"), name: "rgb24" },
  { code: fourcc("BGR3"), name: "bgr24" },
  { code: fourcc("BGR4"), name: "bgr0" },
  { code: fourcc("RGBP"), name: "rgb565le" },
  { code: fourcc("H264"), name: "h264" },
  { code: fourcc("BA81"), name: "bayer_bggr8" },
  { code: fourcc("GBRG"), name: "bayer_gbrg8" },
  { code: fourcc("GRBG"), name: "bayer_grbg8" },
  { code: fourcc("RGGB"), name: "bayer_rggb8" },
  { code: fourcc("GREY"), name: "gray" },
];

/** The best of a camera's formats that ffmpeg can make JPEGs of; undefined where there is none. */
export function rawFormatOf(
  codes: readonly number[],
): { readonly code: number; readonly name: string } | undefined {
  return RAW_FORMATS.find(({ code }) => codes.includes(code));
}

/** Offsets that do not depend on the word size, and the sizes of those structures. */
export const CAPABILITY = {
  size: 104,
  driver: 0,
  card: 16,
  bus: 48,
  capabilities: 84,
  deviceCaps: 88,
} as const;
/** `struct v4l2_fmtdesc`. */
export const FMTDESC = { size: 64, index: 0, type: 4, description: 12, pixelFormat: 44 } as const;
/** `struct v4l2_frmsizeenum`; `first` begins the list entry or the range. */
export const FRMSIZE = { size: 44, index: 0, pixelFormat: 4, type: 8, first: 12 } as const;
/** `struct v4l2_frmivalenum`; `first` begins the list entry or the range. */
export const FRMIVAL = {
  size: 52,
  index: 0,
  pixelFormat: 4,
  width: 8,
  height: 12,
  type: 16,
  first: 20,
} as const;
/** `struct v4l2_streamparm` for capture. */
export const STREAMPARM = { size: 204, type: 0, capability: 4, interval: 12 } as const;
/** `struct v4l2_requestbuffers`. */
export const REQUESTBUFFERS = { size: 20, count: 0, type: 4, memory: 8 } as const;

/** Layouts and request numbers that depend on the size of C's `long`. */
export interface WordAbi {
  /** `struct v4l2_format`; the picture's fields are relative to the structure. */
  readonly format: {
    readonly size: number;
    readonly width: number;
    readonly height: number;
    readonly pixelFormat: number;
  };
  /** `struct v4l2_buffer`; 32-bit systems have the one with 32-bit times. */
  readonly buffer: {
    readonly size: number;
    readonly index: number;
    readonly type: number;
    readonly bytesUsed: number;
    readonly flags: number;
    readonly seconds: number;
    readonly microseconds: number;
    readonly sequence: number;
    readonly memory: number;
    readonly offset: number;
    readonly length: number;
  };
  /** The requests. */
  readonly request: Readonly<Record<RequestName, number>>;
}

/** A request by its name without `VIDIOC_`. */
export type RequestName =
  | "QUERYCAP"
  | "ENUM_FMT"
  | "S_FMT"
  | "REQBUFS"
  | "QUERYBUF"
  | "QBUF"
  | "DQBUF"
  | "STREAMON"
  | "STREAMOFF"
  | "S_PARM"
  | "G_PARM"
  | "ENUM_FRAMESIZES"
  | "ENUM_FRAMEINTERVALS";

/** The layouts for a `long` of 8 or 4 bytes. */
export function wordAbi(longBytes: number): WordAbi {
  const is64 = longBytes === 8;
  // The union in v4l2_format holds pointers, so it starts at a word's boundary.
  const pix = is64 ? 8 : 4;
  const format = { size: pix + 200, width: pix, height: pix + 4, pixelFormat: pix + 8 };
  const buffer = is64
    ? { size: 88, seconds: 24, microseconds: 32, sequence: 56, memory: 60, offset: 64, length: 72 }
    : { size: 68, seconds: 20, microseconds: 24, sequence: 44, memory: 48, offset: 52, length: 56 };
  return {
    format,
    buffer: { ...buffer, index: 0, type: 4, bytesUsed: 8, flags: 12 },
    request: {
      QUERYCAP: request(READ, 0, CAPABILITY.size),
      ENUM_FMT: request(READ | WRITE, 2, FMTDESC.size),
      S_FMT: request(READ | WRITE, 5, format.size),
      REQBUFS: request(READ | WRITE, 8, REQUESTBUFFERS.size),
      QUERYBUF: request(READ | WRITE, 9, buffer.size),
      QBUF: request(READ | WRITE, 15, buffer.size),
      DQBUF: request(READ | WRITE, 17, buffer.size),
      STREAMON: request(WRITE, 18, 4),
      STREAMOFF: request(WRITE, 19, 4),
      G_PARM: request(READ | WRITE, 21, STREAMPARM.size),
      S_PARM: request(READ | WRITE, 22, STREAMPARM.size),
      ENUM_FRAMESIZES: request(READ | WRITE, 74, FRMSIZE.size),
      ENUM_FRAMEINTERVALS: request(READ | WRITE, 75, FRMIVAL.size),
    },
  };
}

/** The number of a four-letter pixel format. */
function fourcc(name: string): number {
  return [0, 1, 2, 3].reduce((code, i) => code + name.charCodeAt(i) * 256 ** i, 0);
}

/** The letters of a pixel format, for people. */
export function fourccName(code: number): string {
  return String.fromCharCode(...[0, 8, 16, 24].map((shift) => (code >>> shift) & 0x7f)).trimEnd();
}

const WRITE = 1;
const READ = 2;

/** The `_IOC` macro of linux/ioctl.h for the letter V. */
function request(direction: number, number: number, bytes: number): number {
  return ((direction << 30) | (bytes << 16) | (0x56 << 8) | number) >>> 0;
}
