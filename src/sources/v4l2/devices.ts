import { existsSync } from "node:fs";
import { SourceError } from "../../core/errors.ts";
import type { Size } from "../address.ts";
import { noCamera } from "./camera-error.ts";
import type { Libc } from "../../system/libc.ts";
import { loadCameraLibc } from "./camera-libc.ts";
import { DEFAULT_SIZE, fpsOf, nearestInRange, type SizeOffer } from "./negotiate.ts";
import { fourccName, JPEG_FORMATS, rawFormatOf } from "./v4l2-abi.ts";
import { V4l2Device } from "./v4l2-device.ts";

/** A camera of this machine. */
export interface Camera {
  /** Its device: `/dev/video0`. */
  readonly path: string;
  /** Its name: `HD Pro Webcam C920`. */
  readonly name: string;
  /** Its driver: `uvcvideo`. */
  readonly driver: string;
  /** Where it is plugged in: `usb-0000:00:14.0-2`. */
  readonly bus: string;
  /** What it can deliver. */
  readonly formats: readonly CameraFormat[];
  /** Whether `camera:` shows it as it is: one of its formats is JPEG. */
  readonly capturesMjpeg: boolean;
  /** Whether one of its formats is such that ffmpeg makes JPEGs of it: how one without JPEG is shown. */
  readonly capturesRaw: boolean;
}

/** A pixel format of a camera. */
export interface CameraFormat {
  /** Its four letters: `MJPG`. */
  readonly fourcc: string;
  /** What the driver calls it: `Motion-JPEG`. */
  readonly description: string;
  /** Its sizes with their rates. Of a range: the smallest, the one nearest to 1280x720, the largest. */
  readonly sizes: readonly CameraSize[];
}

/** A size of a camera. */
export interface CameraSize extends Size {
  /** Pictures a second that can be chosen, the fastest first; of a range its ends. */
  readonly fps: readonly number[];
}

/** What {@link listCameras} found. */
export interface CameraList {
  /** The cameras, by the number of their device. */
  readonly cameras: readonly Camera[];
  /** Devices that are there but could not be looked at, each with its reason: permission, busy. */
  readonly refused: readonly SourceError[];
}

/** What can be told of a camera without asking for its sizes. */
interface Node {
  readonly device: V4l2Device;
  readonly name: string;
  readonly driver: string;
  readonly bus: string;
}

/** Linux numbers video devices from 0 to 255. Looking for all of them takes 1 ms; reading /dev would miss a preloaded one. */
const DEVICES = 256;

/**
 * Lists the cameras of this machine with formats, sizes and rates. Opens each for a moment, which does not disturb
 * whoever captures from it. Nodes that deliver no pictures (metadata, codecs) are left out.
 * @throws SourceError `ERR_MODULE_MISSING` off Linux and without koffi.
 */
export async function listCameras(): Promise<CameraList> {
  const libc = loadCameraLibc();
  const refused: SourceError[] = [];
  const cameras = await eachNode(libc, refused, ({ device, name, driver, bus }): Camera => {
    const formats = device.formats();
    return {
      path: device.path,
      name,
      driver,
      bus,
      formats: formats.map(({ code, description }) => ({
        fourcc: fourccName(code),
        description,
        sizes: sizesOf(device, code),
      })),
      capturesMjpeg: formats.some(({ code }) => JPEG_FORMATS.includes(code)),
      capturesRaw: rawFormatOf(formats.map(({ code }) => code)) !== undefined,
    };
  });
  return { cameras, refused };
}

/**
 * The device of the first camera that delivers JPEG, or else, where those will do, of the first one that ffmpeg can read.
 * @throws SourceError `ERR_CAMERA_MISSING` when there is none, or why the first one there is could not be looked at.
 */
export async function firstCamera(libc: Libc, rawWillDo: boolean): Promise<string> {
  const refused: SourceError[] = [];
  const found = await eachNode(libc, refused, ({ device, name }) => {
    const codes = device.formats().map(({ code }) => code);
    const isJpeg = codes.some((code) => JPEG_FORMATS.includes(code));
    return {
      path: device.path,
      isJpeg,
      isRaw: rawFormatOf(codes) !== undefined,
      text: `${device.path} (${name}: ${codes.map(fourccName).join(", ")})`,
    };
  });
  const first = found.find(({ isJpeg }) => isJpeg) ?? found.find(({ isRaw }) => rawWillDo && isRaw);
  if (first !== undefined) return first.path;
  throw refused[0] ?? noCamera(found.map(({ text }) => text));
}

/** The cameras there are, as people should read them: `/dev/video0 (HD Pro Webcam C920)`. */
export function cameraNames(libc: Libc): Promise<string[]> {
  return eachNode(libc, [], ({ device, name }) => `${device.path} (${name})`);
}

/**
 * What a device offers of one pixel format. Of a range, the size nearest to `size` and the ends.
 */
export function offersOf(device: V4l2Device, format: number, size: Size): SizeOffer[] {
  const sizes = device.sizes(format);
  const list = "min" in sizes ? [sizes.min, nearestInRange(sizes, size), sizes.max] : sizes;
  return list.map((entry) => ({ ...entry, rates: device.rates(format, entry) }));
}

function sizesOf(device: V4l2Device, format: number): CameraSize[] {
  const sizes = offersOf(device, format, DEFAULT_SIZE).map(({ width, height, rates }) => ({
    width,
    height,
    fps: rates.intervals.map(fpsOf).sort((a, b) => b - a),
  }));
  // A range may end at its nearest size.
  return sizes.filter((a, i) => sizes.findIndex((b) => b.width === a.width && b.height === a.height) === i);
}

/** Calls `read` for every node that captures pictures; errors other than "not there" are collected. */
async function eachNode<T>(libc: Libc, refused: SourceError[], read: (node: Node) => T): Promise<T[]> {
  const found: T[] = [];
  for (let number = 0; number < DEVICES; number++) {
    const path = `/dev/video${number}`;
    if (!existsSync(path)) continue;
    let device: V4l2Device | undefined;
    try {
      device = await V4l2Device.open(libc, path);
      const { card, driver, bus, capturesVideo } = device.capability();
      if (capturesVideo) found.push(read({ device, name: card, driver, bus }));
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      if (error.code !== "ERR_CAMERA_MISSING") refused.push(error);
    } finally {
      await device?.close();
    }
  }
  return found;
}
