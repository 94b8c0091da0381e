import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import sharp from "sharp";

const MARK = "KINORA-BENCH:";
const DIGITS = 8;

/** A picture of about so many bytes, with room for a number in a comment. */
export async function numberedPicture(bytes: number): Promise<Buffer> {
  const [width, height] = [1280, 720];
  const pixels = Buffer.alloc(width * height * 3);
  let random = 1;
  // Noise up to a line, black below: the line is where the picture is as large as it should be.
  const draw = async (lines: number): Promise<Buffer> => {
    pixels.fill(0);
    for (let at = 0; at < lines * width * 3; at++) {
      random = (Math.imul(random, 1_664_525) + 1_013_904_223) | 0;
      pixels[at] = random >>> 24;
    }
    return sharp(pixels, { raw: { width, height, channels: 3 } })
      .jpeg({ quality: 50 })
      .toBuffer();
  };
  const some = await draw(100);
  const picture = await draw(Math.min(height, Math.round((bytes / some.length) * 100)));
  const comment = Buffer.from(`\xff\xfe\0\0${MARK}${"0".repeat(DIGITS)}`, "latin1");
  comment.writeUInt16BE(comment.length - 2, 2);
  return Buffer.concat([picture.subarray(0, 2), comment, picture.subarray(2)]);
}

/** The same picture with a number. */
export function numbered(picture: Buffer, number: number): Buffer {
  const copy = Buffer.from(picture);
  copy.write(String(number).padStart(DIGITS, "0"), copy.indexOf(MARK) + MARK.length, "latin1");
  return copy;
}

/** Takes numbered pictures out of whatever stands around them, and notes when each was complete. */
export class NumberedViewer {
  /** By number: when its last byte was here, by `performance.now()`. */
  readonly arrivals: Map<number, number> = new Map<number, number>();
  readonly socket: Socket;
  readonly #picture: Buffer;
  readonly #markAt: number;
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(port: number, picture: Buffer, request: string) {
    this.#picture = picture;
    this.#markAt = picture.indexOf(MARK);
    this.socket = connect({ port, host: "127.0.0.1", noDelay: true });
    this.socket.write(request);
    this.socket.on("data", (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#bytes += chunk.length;
      if (this.#bytes >= picture.length) this.#take(performance.now());
    });
  }

  #take(now: number): void {
    let bytes = Buffer.concat(this.#chunks);
    for (;;) {
      const start = bytes.indexOf(MARK) - this.#markAt;
      if (start < 0 || start + this.#picture.length > bytes.length) break;
      const got = bytes.subarray(start, start + this.#picture.length);
      const number = Number(
        got.toString("latin1", this.#markAt + MARK.length, this.#markAt + MARK.length + DIGITS),
      );
      // A fast wrong answer is worthless.
      assert.ok(got.equals(numbered(this.#picture, number)), `picture ${number} came changed`);
      if (!this.arrivals.has(number)) this.arrivals.set(number, now);
      bytes = bytes.subarray(start + this.#picture.length);
    }
    this.#chunks = [bytes];
    this.#bytes = bytes.length;
  }
}
