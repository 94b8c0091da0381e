import { loadLibc, type Libc } from "./libc.ts";

/** What the kernel knows of a connection. */
export interface TcpState {
  /** Bytes in the kernel that it has not sent yet. */
  readonly unsentBytes: number;
  /** Bytes sent that the other side has not confirmed yet. */
  readonly unacknowledgedBytes: number;
  /** Bytes that the other side has confirmed since the connection was made. */
  readonly acknowledgedBytes: number;
  /** The smoothed round trip time, in milliseconds. */
  readonly roundTripMs: number;
  /** The shortest round trip of the last minutes, in milliseconds: how long the line itself takes. */
  readonly leastRoundTripMs: number;
  /**
   * Bytes that arrived a second, over one round trip: of late while the line was full, else the most since it last was,
   * which is what the line carries at least. 0 before it is known.
   */
  readonly deliveredASecond: number;
  /** Whether that was while there was nothing more to send: the line may carry more. */
  readonly mayCarryMore: boolean;
}

/** TCP beyond what Node offers, by file descriptor. Linux only. */
export interface Tcp {
  /** Makes what {@link send} takes of pieces of bytes. They must live, and stay where and what they are, for as long as it is used. */
  gather(pieces: readonly Uint8Array[]): Uint8Array;
  /**
   * Gives gathered bytes to a connection, now and without waiting: how many the kernel took, -1 for none. Half the price of
   * a write through Node, which makes four objects and a callback for it.
   */
  send(fd: number, gathered: Uint8Array): number;
  /** Has the kernel take new bytes only while it holds fewer unsent ones than this. */
  limitUnsent(fd: number, bytes: number): void;
  /**
   * For how long, in milliseconds, the line is busy with what the kernel still holds, over what the line itself has on its
   * way when nothing waits in front of it; 0 or less: the next bytes are due. Not a number where the kernel cannot tell.
   */
  busyMs(fd: number): number;
  /** What the kernel knows of a connection; undefined for what is no TCP connection. */
  state(fd: number): TcpState | undefined;
}

/**
 * Loads the calls.
 * @throws MjpegError `ERR_MODULE_MISSING` off Linux and without koffi.
 */
export function loadTcp(): Tcp {
  const libc = loadLibc("keeping them new");
  return {
    gather: (pieces) => messageOf(libc, pieces),
    send: (fd, gathered) => libc.sendmsg(fd, gathered, MSG_DONTWAIT | MSG_NOSIGNAL),
    limitUnsent(fd, bytes) {
      value.setInt32(0, bytes, LITTLE_ENDIAN);
      // A socket that is no TCP connection refuses, and needs no limit.
      libc.setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, valueBytes, valueBytes.length);
    },
    busyMs: (fd) => readBusyMs(libc, fd),
    state: (fd) => readState(libc, fd),
  };
}

const IPPROTO_TCP = 6;
const TCP_INFO = 11;
const TCP_NOTSENT_LOWAT = 25;
const SIOCOUTQ = 0x5411;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;

const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Offsets in `struct tcp_info`, whose layout is the same on every Linux and only ever grows at its end. */
const APP_LIMITED = 7;
const RTT = 68;
const BYTES_ACKED = 120;
const NOTSENT_BYTES = 144;
const MIN_RTT = 148;
const DELIVERY_RATE = 160;
const INFO_BYTES = 168;

/** What must be on its way beyond the line's own, so that it does not run dry while a timer and an event come late. */
const SLACK_MS = 5;
/** Three packets: the other side may keep back its confirmation of two for 40 ms. */
const LEAST_ON_ITS_WAY = 4_344;

const MESSAGE_WORDS = 7;

const valueBytes = new Uint8Array(4);
const value = new DataView(valueBytes.buffer);
const infoBytes = new Uint8Array(INFO_BYTES);
const info = new DataView(infoBytes.buffer);

/**
 * A `struct msghdr` and, behind it, the `struct iovec`s that it points to. Every field begins at a multiple of the size
 * of a word: name, its length, vectors, their count, control data, its length, flags.
 */
function messageOf(libc: Libc, pieces: readonly Uint8Array[]): Uint8Array {
  const word = libc.longBytes;
  const message = new Uint8Array((MESSAGE_WORDS + 2 * pieces.length) * word);
  const view = new DataView(message.buffer);
  const set = (at: number, number: bigint): void => {
    if (word === 8) view.setBigUint64(at * word, number, LITTLE_ENDIAN);
    else view.setUint32(at * word, Number(number), LITTLE_ENDIAN);
  };
  set(2, libc.addressOf(message) + BigInt(MESSAGE_WORDS * word));
  set(3, BigInt(pieces.length));
  let at = MESSAGE_WORDS;
  for (const piece of pieces) {
    set(at++, libc.addressOf(piece));
    set(at++, BigInt(piece.length));
  }
  return message;
}

function readBusyMs(libc: Libc, fd: number): number {
  if (!readInfo(libc, fd)) return NaN;
  const bytesAMs = Number(info.getBigUint64(DELIVERY_RATE, LITTLE_ENDIAN)) / 1000;
  const roundTripMs = info.getUint32(MIN_RTT, LITTLE_ENDIAN) / 1000;
  const wanted = Math.max(LEAST_ON_ITS_WAY, bytesAMs * (roundTripMs + SLACK_MS));
  return (queuedBytesOf(libc, fd) - wanted) / bytesAMs;
}

function readState(libc: Libc, fd: number): TcpState | undefined {
  if (!readInfo(libc, fd)) return undefined;
  const unsentBytes = info.getUint32(NOTSENT_BYTES, LITTLE_ENDIAN);
  const queuedBytes = queuedBytesOf(libc, fd);
  return {
    unsentBytes,
    unacknowledgedBytes: Math.max(0, queuedBytes - unsentBytes),
    acknowledgedBytes: Number(info.getBigUint64(BYTES_ACKED, LITTLE_ENDIAN)),
    roundTripMs: info.getUint32(RTT, LITTLE_ENDIAN) / 1000,
    leastRoundTripMs: info.getUint32(MIN_RTT, LITTLE_ENDIAN) / 1000,
    deliveredASecond: Number(info.getBigUint64(DELIVERY_RATE, LITTLE_ENDIAN)),
    // A field of one bit, the first of its byte.
    mayCarryMore: (info.getUint8(APP_LIMITED) & (LITTLE_ENDIAN ? 0x01 : 0x80)) !== 0,
  };
}

function readInfo(libc: Libc, fd: number): boolean {
  value.setInt32(0, INFO_BYTES, LITTLE_ENDIAN);
  if (libc.getsockopt(fd, IPPROTO_TCP, TCP_INFO, infoBytes, valueBytes) !== 0) return false;
  // Kernels before 4.9 know less; what they leave out must not be what another connection had.
  infoBytes.fill(0, value.getInt32(0, LITTLE_ENDIAN));
  return true;
}

/** Bytes in the kernel that the other side has not confirmed, sent or not. */
function queuedBytesOf(libc: Libc, fd: number): number {
  return libc.ioctl(fd, SIOCOUTQ, valueBytes) === 0 ? value.getInt32(0, LITTLE_ENDIAN) : 0;
}
