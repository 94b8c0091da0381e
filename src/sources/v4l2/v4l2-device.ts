import { constants } from "node:os";
import type { SourceError } from "../../core/errors.ts";
import type { Size } from "../address.ts";
import { cameraError, openError, queryError } from "./camera-error.ts";
import type { Libc } from "../../system/libc.ts";
import type { Interval, RateOffer, SizeRange } from "./negotiate.ts";
import { Struct } from "./struct.ts";
import * as abi from "./v4l2-abi.ts";

/** What a video device says of itself. */
export interface Capability {
  /** The driver's name: `uvcvideo`. */
  readonly driver: string;
  /** The camera's name: `HD Pro Webcam C920`. */
  readonly card: string;
  /** Where it is plugged in: `usb-0000:00:14.0-2`. */
  readonly bus: string;
  /** It delivers pictures through mapped buffers. Metadata, output and codec nodes do not. */
  readonly capturesVideo: boolean;
}

/** A pixel format of a camera. */
export interface PixelFormat {
  /** Its number. */
  readonly code: number;
  /** What the driver calls it. */
  readonly description: string;
}

type Field = readonly [offset: number, value: number];

/** Drivers are not hostile, yet one that never ends its list must not hang us. */
const LONGEST_LIST = 256;

/**
 * One opened V4L2 device: its requests, with errors as sentences. Those that answer with a promise may take seconds, as a
 * driver then talks to its camera; the others are answered out of its memory.
 */
export class V4l2Device {
  /** The path it was opened at. */
  readonly path: string;
  /** The open descriptor. */
  readonly fd: number;
  /** The layouts of this system. */
  readonly abi: abi.WordAbi;
  readonly #libc: Libc;

  private constructor(libc: Libc, path: string, fd: number) {
    this.path = path;
    this.fd = fd;
    this.abi = abi.wordAbi(libc.longBytes);
    this.#libc = libc;
  }

  /**
   * Opens a device.
   * @throws SourceError when the path is not there, is in use, may not be opened or is not a video device.
   */
  static async open(libc: Libc, path: string): Promise<V4l2Device> {
    const fd = await libc.later.open(path, abi.OPEN_FLAGS, 0);
    if (fd < 0) throw openError(path, -fd);
    return new V4l2Device(libc, path, fd);
  }

  /** Closes the device. */
  async close(): Promise<void> {
    await this.#libc.later.close(this.fd);
  }

  /** What the device is. */
  capability(): Capability {
    const layout = abi.CAPABILITY;
    const answer = new Struct(layout.size);
    if (!this.#try("QUERYCAP", answer)) throw queryError(this.path, this.#libc.errno());
    const all = answer.u32(layout.capabilities);
    // Without device_caps (Linux before 3.4) all capabilities are those of this node.
    const own = (all & abi.CAP_DEVICE_CAPS) === 0 ? all : answer.u32(layout.deviceCaps);
    const needed = abi.CAP_VIDEO_CAPTURE | abi.CAP_STREAMING;
    return {
      driver: answer.text(layout.driver, 16),
      card: answer.text(layout.card, 32),
      bus: answer.text(layout.bus, 32),
      capturesVideo: (own & needed) === needed,
    };
  }

  /** The pixel formats it can deliver. */
  formats(): PixelFormat[] {
    const layout = abi.FMTDESC;
    return this.#list("ENUM_FMT", layout.size, [[layout.type, abi.BUF_TYPE_VIDEO_CAPTURE]], (entry) => ({
      code: entry.u32(layout.pixelFormat),
      description: entry.text(layout.description, 32),
    }));
  }

  /** The sizes of a pixel format, as a list or as a range; an empty list where the driver does not tell. */
  sizes(format: number): readonly Size[] | SizeRange {
    const layout = abi.FRMSIZE;
    const found = this.#list("ENUM_FRAMESIZES", layout.size, [[layout.pixelFormat, format]], (entry) => {
      const size = (width: number, height: number): Size => ({
        width: entry.u32(layout.first + width),
        height: entry.u32(layout.first + height),
      });
      const isListed = entry.u32(layout.type) === abi.ENUM_DISCRETE;
      return isListed ? size(0, 4) : { min: size(0, 12), max: size(4, 16), step: size(8, 20) };
    });
    return found.find((entry) => "min" in entry) ?? found.filter((entry) => "width" in entry);
  }

  /** The rates of a pixel format at one size; none where the driver does not tell. */
  rates(format: number, { width, height }: Size): RateOffer {
    const layout = abi.FRMIVAL;
    const question: Field[] = [
      [layout.pixelFormat, format],
      [layout.width, width],
      [layout.height, height],
    ];
    const found = this.#list("ENUM_FRAMEINTERVALS", layout.size, question, (entry) => {
      const isListed = entry.u32(layout.type) === abi.ENUM_DISCRETE;
      const first = interval(entry, layout.first);
      return isListed ? [first] : [first, interval(entry, layout.first + 8)];
    });
    return { intervals: found.flat().filter(isTime), continuous: found[0]?.length === 2 };
  }

  /** Sets pixel format and size; the driver may choose others, which are returned. */
  async setFormat(format: number, { width, height }: Size): Promise<Size & { readonly format: number }> {
    const layout = this.abi.format;
    const struct = new Struct(layout.size)
      .set(0, abi.BUF_TYPE_VIDEO_CAPTURE)
      .set(layout.width, width)
      .set(layout.height, height)
      .set(layout.pixelFormat, format);
    await this.#later("S_FMT", struct, "choosing the picture's size");
    return {
      width: struct.u32(layout.width),
      height: struct.u32(layout.height),
      format: struct.u32(layout.pixelFormat),
    };
  }

  /** Sets the rate; the driver may choose another, which is returned. Undefined where it does not know its rate. */
  async setRate({ numerator, denominator }: Interval): Promise<Interval | undefined> {
    const layout = abi.STREAMPARM;
    const struct = new Struct(layout.size).set(layout.type, abi.BUF_TYPE_VIDEO_CAPTURE);
    if (!this.#try("G_PARM", struct)) return undefined;
    if ((struct.u32(layout.capability) & abi.CAP_TIMEPERFRAME) !== 0) {
      struct.set(layout.interval, numerator).set(layout.interval + 4, denominator);
      await this.#later("S_PARM", struct, "choosing the rate");
    }
    const given = interval(struct, layout.interval);
    return isTime(given) ? given : undefined;
  }

  /** Asks for buffers in the driver's memory, or with 0 gives them back; returns how many there are now. */
  async requestBuffers(count: number): Promise<number> {
    const layout = abi.REQUESTBUFFERS;
    const struct = new Struct(layout.size)
      .set(layout.count, count)
      .set(layout.type, abi.BUF_TYPE_VIDEO_CAPTURE)
      .set(layout.memory, abi.MEMORY_MMAP);
    await this.#later("REQBUFS", struct, "asking for buffers");
    return struct.u32(layout.count);
  }

  /** A new argument for the requests on one buffer. */
  bufferStruct(index: number): Struct {
    const layout = this.abi.buffer;
    return new Struct(layout.size)
      .set(layout.index, index)
      .set(layout.type, abi.BUF_TYPE_VIDEO_CAPTURE)
      .set(layout.memory, abi.MEMORY_MMAP);
  }

  /** Fills in where and how long a buffer is. */
  queryBuffer(buffer: Struct): void {
    this.#do("QUERYBUF", buffer, "asking for buffers");
  }

  /** Gives a buffer to the driver. */
  queue(buffer: Struct): void {
    this.#do("QBUF", buffer, "giving a buffer back");
  }

  /** Takes the oldest filled buffer from the driver; false while there is none. */
  dequeue(buffer: Struct): boolean {
    if (this.#try("DQBUF", buffer)) return true;
    const errno = this.#libc.errno();
    if (errno === constants.errno.EAGAIN) return false;
    throw this.#error("reading a picture", errno);
  }

  /** Starts delivery. */
  async streamOn(): Promise<void> {
    await this.#later("STREAMON", new Struct(4).set(0, abi.BUF_TYPE_VIDEO_CAPTURE), "starting");
  }

  /** Stops delivery; every buffer is ours again. */
  async streamOff(): Promise<void> {
    await this.#later("STREAMOFF", new Struct(4).set(0, abi.BUF_TYPE_VIDEO_CAPTURE), "stopping");
  }

  /** Asks for entry 0, 1, 2 … of a list until the driver has no more. */
  #list<T>(name: abi.RequestName, size: number, question: readonly Field[], read: (entry: Struct) => T): T[] {
    const found: T[] = [];
    while (found.length < LONGEST_LIST) {
      const entry = new Struct(size).set(0, found.length);
      for (const [offset, value] of question) entry.set(offset, value);
      if (!this.#try(name, entry)) break;
      found.push(read(entry));
    }
    return found;
  }

  /** Makes a request while the main thread goes on. */
  async #later(name: abi.RequestName, argument: Struct, doing: string): Promise<void> {
    let result: number;
    do result = await this.#libc.later.ioctl(this.fd, this.abi.request[name], argument.bytes);
    while (result === -constants.errno.EINTR);
    if (result < 0) throw this.#error(doing, -result);
  }

  #do(name: abi.RequestName, argument: Struct, doing: string): void {
    if (!this.#try(name, argument)) throw this.#error(doing, this.#libc.errno());
  }

  #try(name: abi.RequestName, argument: Struct): boolean {
    for (;;) {
      if (this.#libc.ioctl(this.fd, this.abi.request[name], argument.bytes) >= 0) return true;
      if (this.#libc.errno() !== constants.errno.EINTR) return false;
    }
  }

  #error(doing: string, errno: number): SourceError {
    return cameraError(this.path, doing, errno);
  }
}

function interval(struct: Struct, offset: number): Interval {
  return { numerator: struct.u32(offset), denominator: struct.u32(offset + 4) };
}

/** Drivers that do not know say 0/0. */
function isTime({ numerator, denominator }: Interval): boolean {
  return numerator > 0 && denominator > 0;
}
