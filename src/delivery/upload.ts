import { request as requestPlain, type ClientRequest, type IncomingMessage } from "node:http";
import { request as requestSecure } from "node:https";
import type { Socket } from "node:net";
import type { CapturedImage, Frame } from "../core/frame.ts";
import type { Tcp } from "../system/tcp.ts";
import { encodeEnd, encodeOpening, MULTIPART_TYPE, partPieces } from "../wire/multipart-encoder.ts";
import { descriptorOf } from "./socket-descriptor.ts";

/** What a server answered to an {@link Upload}. */
export interface UploadAnswer {
  /** The HTTP status. */
  readonly status: number;
  /** The beginning of what it said, at most 2 KiB. */
  readonly text: string;
}

/** Times of an {@link Upload}, in milliseconds. */
export interface UploadTimes {
  /** How long the connection may take to be made, or to take a picture, before it is given up. */
  readonly stallMs: number;
  /** After so long without a new picture the last one is sent again: a server gives up a publisher that is silent. */
  readonly repeatMs: number;
  /** How long the server may take to answer when all is sent, and to finish what it answers before. */
  readonly answerMs: number;
}

/** A Kinora cuts a publisher that is silent for 60 s. */
const TIMES: UploadTimes = { stallMs: 15_000, repeatMs: 20_000, answerMs: 1_000 };

/** The same as for viewers: what is in the kernel cannot be replaced by something newer. */
const UNSENT_BYTES = 16_384;
/** A slow line is looked at again after so long at the latest. */
const LONGEST_WAIT_MS = 50;
const MOST_ANSWER_BYTES = 2_048;

/**
 * One POST of pictures to another server, for as long as it lasts. A picture is written when the one before has left; what
 * comes meanwhile is replaced by what is newer, so that a slow line carries fewer pictures and never old ones.
 */
export class Upload {
  /** Resolves with the server's answer, early or at the end; rejects when there is none. */
  readonly answer: Promise<UploadAnswer>;

  readonly #req: ClientRequest;
  readonly #tcp: Tcp | undefined;
  readonly #times: UploadTimes;
  readonly #settled = Promise.withResolvers<UploadAnswer>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #descriptor: number | undefined;
  #stall: NodeJS.Timeout | undefined;
  #repeat: NodeJS.Timeout | undefined;
  #busy = true;
  #isEnding = false;
  #isOver = false;
  #waiting: Frame | undefined;
  #last: Frame | undefined;
  #sequence = 0;
  #pictures = 0;
  #drops = 0;
  #bytes = 0;

  /**
   * Begins the request.
   * @param login `user:password` for a Basic login, or undefined
   * @param tcp undefined where the system has no such calls: pictures are then as old as what the kernel holds
   */
  constructor(url: URL, login: string | undefined, tcp: Tcp | undefined, times: UploadTimes = TIMES) {
    this.#tcp = tcp;
    this.#times = times;
    this.answer = this.#settled.promise;
    const send = url.protocol === "https:" ? requestSecure : requestPlain;
    this.#req = send(url, {
      method: "POST",
      agent: false,
      headers: { "Content-Type": MULTIPART_TYPE },
      ...(login === undefined ? {} : { auth: login }),
    });
    this.#req.on("socket", (socket) => this.#useSocket(socket));
    this.#req.on("response", (res) => this.#onResponse(res));
    this.#req.on("error", (error) => this.#fail(error));
    this.#write([Buffer.from(encodeOpening("machine"), "latin1")]);
  }

  /** Pictures that have left. */
  get pictures(): number {
    return this.#pictures;
  }

  /** Pictures that made way for newer ones. */
  get drops(): number {
    return this.#drops;
  }

  /** Bytes that have left. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether it was told to end; it takes no more pictures. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  /** Sends a picture, now or when the connection has room and nothing newer has come. */
  offer({ jpeg, capturedAt }: CapturedImage): void {
    if (this.#isEnding || this.#isOver) return;
    if (this.#waiting !== undefined) this.#drops++;
    this.#waiting = { jpeg, capturedAt, sequence: this.#sequence++ };
    this.#sendWaiting();
  }

  /** Ends properly: what closes the stream, behind what is on its way. The answer follows. */
  end(): void {
    if (this.#isEnding || this.#isOver) return;
    this.#isEnding = true;
    clearTimeout(this.#repeat);
    if (this.#waiting !== undefined) this.#pictures++;
    const last = this.#waiting ?? this.#last;
    this.#req.end(last === undefined ? undefined : encodeEnd(last, "machine"));
    this.#after(this.#times.answerMs, () => this.#fail(new Error("the server did not answer at the end")));
  }

  #useSocket(socket: Socket): void {
    const ready = () => {
      this.#descriptor = descriptorOf(socket);
      if (this.#descriptor !== undefined) this.#tcp?.limitUnsent(this.#descriptor, UNSENT_BYTES);
    };
    if (socket.connecting) socket.once("connect", ready);
    else ready();
  }

  /** Whether there was a picture to send, and room for it. */
  #sendWaiting(): boolean {
    const frame = this.#waiting;
    if (this.#busy || frame === undefined || this.#isEnding || this.#isOver) return false;
    this.#waiting = undefined;
    this.#last = frame;
    this.#pictures++;
    this.#write(partPieces(frame, "machine"));
    return true;
  }

  /** The pieces go in one system call, the picture's uncopied. */
  #write(pieces: readonly Uint8Array[]): void {
    this.#busy = true;
    clearTimeout(this.#repeat);
    this.#stall = setTimeout(() => {
      this.#fail(new Error(`nothing could be sent for ${this.#times.stallMs / 1000} s`));
    }, this.#times.stallMs);
    const left = () => {
      clearTimeout(this.#stall);
      this.#bytes += pieces.reduce((sum, { length }) => sum + length, 0);
      this.#makeRoomWhenDue();
    };
    this.#req.cork();
    pieces.forEach((piece, index) => this.#req.write(piece, index === pieces.length - 1 ? left : undefined));
    this.#req.uncork();
  }

  /** Takes the next picture when the line is about to run dry, and no earlier: it would wait in the kernel, and get old. */
  #makeRoomWhenDue(): void {
    if (this.#isOver || this.#isEnding) return;
    const busyMs = this.#descriptor === undefined ? 0 : (this.#tcp?.busyMs(this.#descriptor) ?? 0);
    if (busyMs > 0) {
      this.#after(Math.min(LONGEST_WAIT_MS, Math.max(1, busyMs)), () => this.#makeRoomWhenDue());
      return;
    }
    this.#busy = false;
    if (!this.#sendWaiting()) this.#repeat = setTimeout(() => this.#sendAgain(), this.#times.repeatMs);
  }

  #sendAgain(): void {
    if (this.#last !== undefined && !this.#busy && !this.#isEnding)
      this.#write(partPieces(this.#last, "machine"));
  }

  #onResponse(res: IncomingMessage): void {
    let text = "";
    const done = () => this.#finish(() => this.#settled.resolve({ status: res.statusCode ?? 0, text }));
    res.setEncoding("utf8").on("data", (part: string) => (text = (text + part).slice(0, MOST_ANSWER_BYTES)));
    res.on("end", done).on("error", done).on("close", done);
    this.#after(this.#times.answerMs, done);
  }

  #fail(error: Error): void {
    this.#finish(() => this.#settled.reject(error));
  }

  #finish(settle: () => void): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const timer of [this.#stall, this.#repeat, ...this.#timers]) clearTimeout(timer);
    settle();
    this.#req.destroy();
  }

  #after(milliseconds: number, then: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      then();
    }, milliseconds);
    this.#timers.add(timer);
  }
}
