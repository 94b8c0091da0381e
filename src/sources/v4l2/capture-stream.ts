import type { CapturedImage } from "../../core/frame.ts";
import { isWholeJpeg } from "../../core/jpeg-markers.ts";
import { repairJpeg } from "../../core/jpeg-repair.ts";
import type { Libc } from "../../system/libc.ts";
import { cameraError } from "./camera-error.ts";
import { CaptureClock } from "./capture-clock.ts";
import type { Struct } from "./struct.ts";
import * as abi from "./v4l2-abi.ts";
import type { V4l2Device } from "./v4l2-device.ts";

/** What came when the device was ready. */
export interface Taken {
  /** The newest picture, where it was whole. */
  readonly image: CapturedImage | undefined;
  /** Pictures that nobody will see: dropped by the driver, older than the newest, or torn. */
  readonly missed: number;
  /** Those of them that were torn. */
  readonly torn: number;
}

/** At 30 fps the main thread may be late by 100 ms before the driver drops a picture. */
const BUFFERS = 4;
/** A driver that asks for more would map hundreds of megabytes. */
const MOST_BUFFERS = 32;
/** A larger step in the sequence is a driver that started to count anew, not a loss. */
const LARGEST_GAP = 1_000;

const NOTHING: Taken = { image: undefined, missed: 0, torn: 0 };

/** Pictures out of one device: its mapped buffers, filled by the driver, copied out once and given back at once. */
export class CaptureStream {
  readonly #device: V4l2Device;
  readonly #libc: Libc;
  readonly #clock: CaptureClock;
  readonly #mapped: { readonly address: bigint; readonly length: number }[] = [];
  /** The arguments of two requests, used again and again: the picture in hand, and the one after it. */
  #inHand: Struct;
  #next: Struct;
  #nextSequence: number | undefined;

  private constructor(device: V4l2Device, libc: Libc) {
    this.#device = device;
    this.#libc = libc;
    this.#clock = new CaptureClock(libc);
    this.#inHand = device.bufferStruct(0);
    this.#next = device.bufferStruct(0);
  }

  /** Maps the buffers and starts the delivery of a device whose format is set. */
  static async start(device: V4l2Device, libc: Libc): Promise<CaptureStream> {
    const stream = new CaptureStream(device, libc);
    try {
      const count = Math.min(await device.requestBuffers(BUFFERS), MOST_BUFFERS);
      for (let index = 0; index < count; index++) stream.#map(index);
      await device.streamOn();
      return stream;
    } catch (error) {
      await stream.close();
      throw error;
    }
  }

  /** Takes all that is ready and copies the newest out. Never waits. */
  takeNewest(): Taken {
    let ready = 0;
    let missed = 0;
    // No more than there are buffers: a driver that fills them faster must not hold us here.
    for (; ready < this.#mapped.length && this.#device.dequeue(this.#next); ready++) {
      missed += this.#gapBefore(this.#next);
      if (ready > 0) {
        this.#device.queue(this.#inHand);
        missed++;
      }
      const filled = this.#next;
      this.#next = this.#inHand;
      this.#inHand = filled;
    }
    if (ready === 0) return NOTHING;
    const jpeg = this.#copy(this.#inHand);
    const capturedAt = this.#capturedAt(this.#inHand);
    this.#device.queue(this.#inHand);
    const repaired = isWholeJpeg(jpeg) ? repairJpeg(jpeg) : undefined;
    if (repaired === undefined) return { image: undefined, missed: missed + 1, torn: 1 };
    return { image: { jpeg: repaired, capturedAt }, missed, torn: 0 };
  }

  /** Stops the delivery and gives all memory back. The device stays open. */
  async close(): Promise<void> {
    try {
      await this.#device.streamOff();
    } catch {
      // A device that is gone has stopped anyway.
    }
    for (const { address, length } of this.#mapped.splice(0)) this.#libc.munmap(address, length);
    try {
      await this.#device.requestBuffers(0);
    } catch {
      // A device that is gone, or never gave any, has no buffers to take back.
    }
  }

  #map(index: number): void {
    const { offset, length } = this.#device.abi.buffer;
    const buffer = this.#device.bufferStruct(index);
    this.#device.queryBuffer(buffer);
    const bytes = buffer.u32(length);
    const address = this.#libc.mmap(bytes, this.#device.fd, buffer.u32(offset));
    if (address === undefined) throw cameraError(this.#device.path, "mapping a buffer", this.#libc.errno());
    this.#mapped.push({ address, length: bytes });
    this.#device.queue(buffer);
  }

  /** The picture in memory of its own, as the driver wants its buffer back. A damaged one is empty. */
  #copy(buffer: Struct): Uint8Array {
    const { index, bytesUsed, flags } = this.#device.abi.buffer;
    const mapped = this.#mapped[buffer.u32(index)];
    if (mapped === undefined || (buffer.u32(flags) & abi.BUF_FLAG_ERROR) !== 0) return new Uint8Array(0);
    const jpeg = new Uint8Array(Math.min(buffer.u32(bytesUsed), mapped.length));
    this.#libc.memcpy(jpeg, mapped.address, jpeg.length);
    return jpeg;
  }

  /** Pictures that the driver dropped between the last buffer and this one. */
  #gapBefore(buffer: Struct): number {
    const sequence = buffer.u32(this.#device.abi.buffer.sequence);
    const gap = this.#nextSequence === undefined ? 0 : (sequence - this.#nextSequence) >>> 0;
    this.#nextSequence = sequence + 1;
    return gap <= LARGEST_GAP ? gap : 0;
  }

  /** The driver's time of capture. */
  #capturedAt(buffer: Struct): number {
    const { flags, seconds, microseconds } = this.#device.abi.buffer;
    const { longBytes } = this.#libc;
    const stampedBy = buffer.u32(flags) & abi.BUF_FLAG_TIMESTAMP_MASK;
    if (stampedBy !== abi.BUF_FLAG_TIMESTAMP_MONOTONIC) return this.#clock.timeOf(undefined);
    const sinceBootMs = buffer.long(seconds, longBytes) * 1e3 + buffer.long(microseconds, longBytes) / 1e3;
    return this.#clock.timeOf(sinceBootMs);
  }
}
