import type { CapturedImage } from "../../core/frame.ts";
import { isWholeJpeg } from "../../core/jpeg-markers.ts";
import { repairJpeg } from "../../core/jpeg-repair.ts";
import { cameraError } from "./camera-error.ts";
import type { Libc } from "../../system/libc.ts";
import { Struct } from "./struct.ts";
import * as abi from "./v4l2-abi.ts";
import type { V4l2Device } from "./v4l2-device.ts";

/** What came when the device was ready. */
export interface Taken {
  /** The newest whole picture, where one was wanted and there was one. */
  readonly image: CapturedImage | undefined;
  /** Pictures that nobody will see: dropped by the driver, older than the newest, or torn. */
  readonly missed: number;
  /** Those of them that were torn. */
  readonly torn: number;
  /** Whether the driver had anything at all. */
  readonly any: boolean;
}

/** At 30 fps the thread may be late by 100 ms before the driver drops a picture. */
const BUFFERS = 4;
/** A driver that asks for more would map hundreds of megabytes. */
const MOST_BUFFERS = 32;
/** A larger step in the sequence is a driver that started to count anew, not a loss. */
const LARGEST_GAP = 1_000;
/** A picture stamped longer ago was stamped by a broken clock. */
const OLDEST_MS = 10_000;

/** Pictures out of one device: its mapped buffers, filled by the driver, copied out once and given back at once. */
export class CaptureStream {
  readonly #device: V4l2Device;
  readonly #libc: Libc;
  readonly #mapped: { readonly address: bigint; readonly length: number }[] = [];
  #nextSequence: number | undefined;

  /** Maps the buffers and starts the delivery of a device whose format is set. */
  constructor(device: V4l2Device, libc: Libc) {
    this.#device = device;
    this.#libc = libc;
    try {
      const count = Math.min(device.requestBuffers(BUFFERS), MOST_BUFFERS);
      for (let index = 0; index < count; index++) this.#map(index);
      device.streamOn();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Takes all that is ready; the newest is copied out where `wanted`. Never waits. */
  takeNewest(wanted: boolean): Taken {
    let newest: Struct | undefined;
    let missed = 0;
    // No more than there are buffers: a driver that fills them faster must not hold us here.
    for (let left = this.#mapped.length; left > 0; left--) {
      const buffer = this.#device.bufferStruct(0);
      if (!this.#device.dequeue(buffer)) break;
      missed += this.#gapBefore(buffer);
      if (newest !== undefined) {
        this.#device.queue(newest);
        missed++;
      }
      newest = buffer;
    }
    if (newest === undefined) return { image: undefined, missed, torn: 0, any: false };
    const jpeg = wanted ? this.#copy(newest) : undefined;
    const capturedAt = this.#capturedAt(newest);
    this.#device.queue(newest);
    if (jpeg === undefined) return { image: undefined, missed: missed + 1, torn: 0, any: true };
    const repaired = isWholeJpeg(jpeg) ? repairJpeg(jpeg) : undefined;
    if (repaired === undefined) return { image: undefined, missed: missed + 1, torn: 1, any: true };
    return { image: { jpeg: repaired, capturedAt }, missed, torn: 0, any: true };
  }

  /** Stops the delivery and gives all memory back. The device stays open. */
  close(): void {
    this.#device.streamOff();
    for (const { address, length } of this.#mapped.splice(0)) this.#libc.munmap(address, length);
    try {
      this.#device.requestBuffers(0);
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

  /** The picture in memory of its own, so that it can be handed to another thread. A damaged one is empty. */
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

  /** The driver's time of capture, from its clock's time since boot to the time of day. */
  #capturedAt(buffer: Struct): number {
    const { flags, seconds, microseconds } = this.#device.abi.buffer;
    const { longBytes } = this.#libc;
    const now = this.#clockMs(abi.CLOCK_REALTIME);
    const stampedBy = buffer.u32(flags) & abi.BUF_FLAG_TIMESTAMP_MASK;
    if (stampedBy !== abi.BUF_FLAG_TIMESTAMP_MONOTONIC) return now;
    const stamp = buffer.long(seconds, longBytes) * 1e3 + buffer.long(microseconds, longBytes) / 1e3;
    const ageMs = this.#clockMs(abi.CLOCK_MONOTONIC) - stamp;
    return ageMs >= 0 && ageMs <= OLDEST_MS ? now - ageMs : now;
  }

  #clockMs(clock: number): number {
    const { longBytes } = this.#libc;
    const time = new Struct(2 * longBytes);
    this.#libc.clockGettime(clock, time.bytes);
    return time.long(0, longBytes) * 1e3 + time.long(longBytes, longBytes) / 1e6;
  }
}
