import assert from "node:assert/strict";
import os from "node:os";
import { test } from "node:test";
import { CaptureStream } from "../src/sources/v4l2/capture-stream.ts";
import type { LaterLibc, Libc } from "../src/system/libc.ts";
import * as abi from "../src/sources/v4l2/v4l2-abi.ts";
import { V4l2Device } from "../src/sources/v4l2/v4l2-device.ts";

const { EAGAIN, EINTR } = os.constants.errno;
/** The least that counts as a whole picture: start, a Huffman table, size 8x8, scan header, data, end. */
const JPEG = Uint8Array.from(
  Buffer.from(
    "ffd8 ffc4000300 ffc0000b080008000801011100 ffda0008010100003f00 1234 ffd9".replaceAll(" ", ""),
    "hex",
  ),
);

interface Filled {
  readonly sequence: number;
  readonly bytes?: Uint8Array;
  readonly flags?: number;
  /** How long ago it was captured, in milliseconds. */
  readonly ageMs?: number;
}

/** A driver whose pictures the test scripts: what no camera does on demand. */
class ScriptedDriver implements Libc {
  readonly longBytes: number;
  readonly filled: Filled[] = [];
  readonly given: number[] = [];
  interruptions = 0;
  mapped = 0;
  readonly #abi: abi.WordAbi;
  readonly #memory = [0, 1, 2, 3].map(() => new Uint8Array(100_000));
  #errno = 0;

  constructor(longBytes = 8) {
    this.longBytes = longBytes;
    this.#abi = abi.wordAbi(longBytes);
  }

  open = (): number => 5;
  close = (): number => 0;
  errno = (): number => this.#errno;
  munmap = (): number => --this.mapped;
  sendmsg = (): number => -1;
  addressOf = (): bigint => 0n;
  setsockopt = (): number => -1;
  getsockopt = (): number => -1;
  read = (): number => -1;
  inotifyInit1 = (): number => -1;
  inotifyAddWatch = (): number => -1;
  inotifyRmWatch = (): number => -1;

  readonly later: LaterLibc = {
    open: async () => 5,
    close: async () => 0,
    ioctl: async (fd, request, argument) => (this.ioctl(fd, request, argument) < 0 ? -this.#errno : 0),
  };

  watchReadable = (): never => assert.fail("nobody waits here");

  mmap(length: number, _fd: number, offset: number): bigint {
    assert.equal(length, 100_000);
    this.mapped++;
    return BigInt(offset / 100_000 + 1);
  }

  memcpy(to: Uint8Array, from: bigint, length: number): void {
    to.set(this.#memory[Number(from) - 1]?.subarray(0, length) ?? []);
  }

  clockGettime(clock: number, time: Uint8Array): number {
    // One moment for ever: 1000.5 s after the boot, 1 700 000 000.25 s after the epoch.
    const [seconds, nanoseconds] = clock === abi.CLOCK_MONOTONIC ? [1_000, 5e8] : [1_700_000_000, 2.5e8];
    this.#writeLongs(time, 0, seconds, nanoseconds);
    return 0;
  }

  ioctl(_fd: number, request: number, argument: Uint8Array): number {
    if (this.interruptions > 0) {
      this.interruptions--;
      return this.#fail(EINTR);
    }
    const { buffer } = this.#abi;
    const view = new DataView(argument.buffer);
    const index = view.getUint32(0, true);
    switch (request) {
      case this.#abi.request.QUERYBUF:
        view.setUint32(buffer.offset, index * 100_000, true);
        view.setUint32(buffer.length, 100_000, true);
        return 0;
      case this.#abi.request.QBUF:
        this.given.push(index);
        return 0;
      case this.#abi.request.DQBUF:
        return this.#dequeue(argument, view);
      default:
        return 0;
    }
  }

  #dequeue(argument: Uint8Array, view: DataView): number {
    const [next, index] = [this.filled.shift(), this.given[0]];
    if (next === undefined || index === undefined) return this.#fail(EAGAIN);
    this.given.shift();
    const { bytes = JPEG, sequence, flags = abi.BUF_FLAG_TIMESTAMP_MONOTONIC, ageMs = 0 } = next;
    this.#memory[index]?.set(bytes);
    const { buffer } = this.#abi;
    view.setUint32(buffer.index, index, true);
    view.setUint32(buffer.bytesUsed, bytes.length, true);
    view.setUint32(buffer.flags, flags, true);
    view.setUint32(buffer.sequence, sequence, true);
    const stampUs = 1_000_500_000 - ageMs * 1000;
    this.#writeLongs(argument, buffer.seconds, Math.floor(stampUs / 1e6), stampUs % 1e6);
    return 0;
  }

  #writeLongs(bytes: Uint8Array, at: number, first: number, second: number): void {
    const view = new DataView(bytes.buffer);
    for (const [i, value] of [first, second].entries()) {
      if (this.longBytes === 8) view.setBigInt64(at + i * 8, BigInt(Math.round(value)), true);
      else view.setInt32(at + i * 4, Math.round(value), true);
    }
  }

  #fail(errno: number): number {
    this.#errno = errno;
    return -1;
  }
}

async function start(
  driver = new ScriptedDriver(),
): Promise<{ driver: ScriptedDriver; stream: CaptureStream }> {
  const device = await V4l2Device.open(driver, "/dev/video0");
  return { driver, stream: await CaptureStream.start(device, driver) };
}

test("of several pictures that are ready the newest is taken, and every buffer goes back to the driver", async () => {
  const { driver, stream } = await start();
  driver.filled.push({ sequence: 0, ageMs: 66 }, { sequence: 1, ageMs: 33 }, { sequence: 2, ageMs: 1 });

  const taken = stream.takeNewest();

  assert.equal(taken.image?.capturedAt, 1_700_000_000_249);
  assert.deepEqual(taken.image.jpeg, JPEG);
  assert.equal(taken.missed, 2);
  assert.deepEqual(driver.given.toSorted(), [0, 1, 2, 3]);
});

test("gaps in the driver's numbers are pictures missed, a restart of its numbers is not", async () => {
  const { driver, stream } = await start();
  const missed = [10, 11, 15, 4_294_967_295, 0, 2, 2, 5].map((sequence) => {
    driver.filled.push({ sequence });
    return stream.takeNewest().missed;
  });

  assert.deepEqual(missed, [0, 0, 3, 0, 0, 1, 0, 2]);
});

test("a picture that the driver marks as damaged is left out", async () => {
  const { driver, stream } = await start();
  driver.filled.push({ sequence: 0, flags: abi.BUF_FLAG_ERROR });

  const taken = stream.takeNewest();

  assert.deepEqual(taken, { image: undefined, missed: 1, torn: 1 });
});

test("an empty buffer is a torn picture", async () => {
  const { driver, stream } = await start();
  driver.filled.push({ sequence: 0, bytes: new Uint8Array(0) });

  assert.equal(stream.takeNewest().torn, 1);
});

test("the driver's padding behind a picture is cut off", async () => {
  const { driver, stream } = await start();
  driver.filled.push({ sequence: 0, bytes: Buffer.concat([JPEG, Buffer.alloc(500)]) });

  assert.deepEqual(stream.takeNewest().image?.jpeg, JPEG);
});

test("a time of capture from another clock, or one that cannot be, is replaced by now", async () => {
  const { driver, stream } = await start();
  const now = 1_700_000_000_250;
  const times = [{ flags: 0, ageMs: 50 }, { ageMs: -40 }, { ageMs: 60_000 }, { ageMs: 12.5 }].map(
    (filled, sequence) => {
      driver.filled.push({ sequence, ...filled });
      return stream.takeNewest().image?.capturedAt;
    },
  );

  assert.deepEqual(times, [now, now, now, now - 12.5]);
});

test("a call that a signal interrupts is made again", async () => {
  const { driver, stream } = await start();
  driver.filled.push({ sequence: 0 });
  driver.interruptions = 3;

  assert.notEqual(stream.takeNewest().image, undefined);
});

test("with nothing ready there is nothing, at once", async () => {
  const { stream } = await start();

  assert.deepEqual(stream.takeNewest(), { image: undefined, missed: 0, torn: 0 });
});

test("closing unmaps every buffer, also when called twice", async () => {
  const { driver, stream } = await start();
  assert.equal(driver.mapped, 4);

  await stream.close();
  await stream.close();

  assert.equal(driver.mapped, 0);
});

test("pictures come the same on a 32-bit system", async () => {
  const { driver, stream } = await start(new ScriptedDriver(4));
  driver.filled.push({ sequence: 3, ageMs: 20 });

  const taken = stream.takeNewest();

  assert.equal(taken.image?.capturedAt, 1_700_000_000_230);
  assert.deepEqual(taken.image.jpeg, JPEG);
});
