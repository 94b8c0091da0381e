// The plainest client there is, for what the wire and the machine take before a browser has a picture at all.
import { connect, type Socket } from "node:net";
import type { Published } from "./paint-stream.ts";

/** What stands behind the last byte of each picture in the layout for browsers. */
const TAIL = Buffer.from("\r\n--boundarydonotcross\r\nContent-Type: image/jpeg\r\n\r\n");

/** Reads a stream as a browser is sent it, and notes when the last byte of each part is here. */
export class PaintReader {
  readonly #socket: Socket;
  readonly #arrivals: number[] = [];
  #end: Buffer = Buffer.alloc(0);

  constructor(port: number) {
    this.#socket = connect(port, "127.0.0.1");
    this.#socket.on("error", () => undefined); // the delays are Infinity then
    this.#socket.on("data", (chunk: Buffer) => this.#take(chunk));
    this.#socket.write(
      "GET /streams/main/live.mjpeg HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: image/avif,image/*\r\n\r\n",
    );
  }

  /** How long after it was handed over the last byte of each picture was here. */
  delays(published: readonly Published[]): number[] {
    return published.map(({ at }) => (this.#arrivals.find((arrival) => arrival >= at) ?? Infinity) - at);
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Kinora sends a part in one piece and nothing behind it until the next picture. */
  #take(chunk: Buffer): void {
    this.#end = Buffer.concat([this.#end, chunk]).subarray(-TAIL.length);
    if (this.#end.equals(TAIL)) this.#arrivals.push(performance.now());
  }
}
