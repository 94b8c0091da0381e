import { MjpegError } from "../../core/errors.ts";
import { usablePicture } from "../../core/usable-picture.ts";
import type { BadPartReason } from "../../wire/part.ts";
import { frameParser } from "../../wire/frames.ts";
import type { MultipartParser } from "../../wire/multipart-parser.ts";
import { MOST_PICTURE_BYTES, notAPicture, pictureTooLarge } from "./picture.ts";

/** So many bytes may come before the first that could begin a picture. */
const MOST_GARBAGE_BYTES = 1_048_576;
/** And so many in a row without a whole one: a picture in progress, and as much garbage. */
const MOST_IDLE_BYTES = MOST_PICTURE_BYTES + MOST_GARBAGE_BYTES;
const MOST_IDLE_PARTS = 1_000;
const START_OF_PICTURE = Buffer.of(0xff, 0xd8, 0xff);

/** What a {@link BodyPictures} finds. */
export interface PictureSink {
  /** A whole picture. */
  show(jpeg: Uint8Array): void;
  /** Pictures that came torn, or were none. */
  lost(count: number): void;
}

/** Takes the pictures out of a body as it comes: multipart of any kind, or JPEGs one after another. The bytes decide. */
export class BodyPictures {
  readonly #parser: MultipartParser;
  readonly #sink: PictureSink;
  #pictures = 0;
  #others = 0;
  #bytes = 0;
  #hasBegun = false;

  /** @param contentType what the request says of its body; a boundary in it is a hint */
  constructor(contentType: string | undefined, sink: PictureSink) {
    this.#sink = sink;
    const limits = {
      maxPartBytes: MOST_PICTURE_BYTES,
      maxIdleBytes: MOST_IDLE_BYTES,
      maxIdleParts: MOST_IDLE_PARTS,
    };
    const listeners = {
      onOtherPart: () => {
        this.#others++;
      },
      onBadPart: (reason: BadPartReason) => this.#bad(reason),
    };
    this.#parser = frameParser(contentType ?? null, { ...limits, ...listeners }, (jpeg) => this.#show(jpeg));
  }

  /** How many pictures there were so far. */
  get pictures(): number {
    return this.#pictures;
  }

  /** How many parts there were so far, those that were no pictures included. */
  get parts(): number {
    return this.#pictures + this.#others;
  }

  /** Reads on. @throws HttpError 415 when what comes is no picture, 413 when one is too large. */
  push(chunk: Buffer): void {
    this.#bytes += chunk.length;
    // A start that is cut in two by the chunks is missed: another one follows, or nothing does.
    this.#hasBegun ||= chunk.includes(START_OF_PICTURE);
    if (!this.#hasBegun && this.#bytes > MOST_GARBAGE_BYTES) {
      throw notAPicture(`the first ${MOST_GARBAGE_BYTES} bytes hold no JPEG`);
    }
    try {
      this.#parser.push(chunk);
    } catch (error) {
      if (!(error instanceof MjpegError) || error.code !== "ERR_PART_MALFORMED") throw error;
      throw notAPicture("what comes is no JPEG any more", { cause: error });
    }
  }

  /** The body is over. @throws HttpError 415 when it held no picture. */
  end(): void {
    this.#parser.end();
    if (this.#pictures > 0) return;
    throw notAPicture(
      this.#bytes === 0 ? "the body is empty" : `${this.#bytes} bytes came, and no whole JPEG`,
    );
  }

  #show(bytes: Uint8Array): void {
    const jpeg = usablePicture(bytes)?.jpeg;
    if (jpeg === undefined) {
      this.#bad("no-picture");
      return;
    }
    this.#pictures++;
    this.#sink.show(jpeg);
  }

  #bad(reason: BadPartReason): void {
    if (reason === "part-too-long") throw pictureTooLarge();
    this.#others++;
    this.#sink.lost(1);
  }
}
