import { setTimeout as delay } from "node:timers/promises";
import {
  frames,
  parts,
  type BadPartReason,
  type FramesOptions,
  type Part,
  type PartsOptions,
} from "../../src/wire/index.ts";
import { join } from "./jpeg-samples.ts";

/** A recorded stream: what its head declares and the bytes of its body. */
export interface Recording {
  readonly contentType: string | null;
  readonly body: Uint8Array;
}

/** What a reader made of a recording. */
export interface FramesRead {
  readonly frames: readonly Uint8Array[];
  /** Each part that is no image, its headers as an object. */
  readonly other: readonly { readonly headers: Readonly<Record<string, string>>; readonly body: string }[];
  readonly bad: readonly BadPartReason[];
}

/** One part: headers, then the body, then a line break. */
export function part(headers: readonly string[], body: Uint8Array | string, eol = "\r\n"): Uint8Array {
  return join(...headers.map((header) => header + eol), eol, body, eol);
}

/** A JPEG part with Content-Length. */
export function jpegPart(jpeg: Uint8Array, length: number | string = jpeg.length): Uint8Array {
  return part(["Content-Type: image/jpeg", `Content-Length: ${length}`], jpeg);
}

/** Parts, each behind its delimiter, with the closing delimiter at the end. */
export function delimited(token: string, ...bodies: readonly Uint8Array[]): Uint8Array {
  return join(...bodies.flatMap((body) => [`${token}\r\n`, body]), `${token}--\r\n`);
}

/** Cuts bytes into chunks of `size`, or of the sizes in turn; each is memory of its own. */
export async function* cutUp(
  bytes: Uint8Array,
  ...sizes: readonly number[]
): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0, index = 0; at < bytes.length; index++) {
    const size = sizes[index % sizes.length] ?? bytes.length;
    yield bytes.slice(at, at + size);
    at += size;
  }
}

/** Reads all frames of a recording, cut into chunks. */
export async function readFrames(
  recording: Recording,
  sizes: readonly number[] = [],
  options: FramesOptions = {},
): Promise<FramesRead> {
  const read = {
    frames: [] as Uint8Array[],
    other: [] as FramesRead["other"][number][],
    bad: [] as BadPartReason[],
  };
  const taken = frames(cutUp(recording.body, ...sizes), recording.contentType, {
    ...options,
    onOtherPart: (other) =>
      read.other.push({
        headers: Object.fromEntries(other.headers),
        body: Buffer.from(other.body).toString("latin1"),
      }),
    onBadPart: (reason) => read.bad.push(reason),
  });
  for await (const jpeg of taken) read.frames.push(jpeg);
  return read;
}

/** Reads all parts of a recording, cut into chunks. */
export async function readParts(
  recording: Recording,
  sizes: readonly number[] = [],
  options: PartsOptions = {},
): Promise<{ readonly parts: readonly Part[]; readonly bad: readonly BadPartReason[] }> {
  const read = { parts: [] as Part[], bad: [] as BadPartReason[] };
  const taken = parts(cutUp(recording.body, ...sizes), recording.contentType, {
    ...options,
    onBadPart: (reason) => read.bad.push(reason),
  });
  for await (const one of taken) read.parts.push(one);
  return read;
}

/** An input that a test feeds by hand, and that tells whether its reader has closed it. */
export class Feed implements AsyncIterable<Uint8Array> {
  readonly #chunks: Uint8Array[] = [];
  #wake: (() => void) | undefined;
  #failure: Error | undefined;
  #ended = false;
  closed = false;

  push(...pieces: readonly (Uint8Array | string)[]): void {
    this.#chunks.push(join(...pieces));
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  fail(error: Error): void {
    this.#failure = error;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (;;) {
        const chunk = this.#chunks.shift();
        if (chunk !== undefined) yield chunk;
        else if (this.#failure !== undefined) throw this.#failure;
        else if (this.#ended) return;
        else await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      this.closed = true;
    }
  }
}

/** The next one of an iteration, if it comes without any further input. */
export async function nextAtOnce<T>(iterator: AsyncIterator<T, void>): Promise<T | "nothing yet"> {
  const nothing = delay(20, "nothing yet" as const);
  const result = await Promise.race([iterator.next(), nothing]);
  if (result === "nothing yet") return result;
  if (result.done === true) throw new Error("the iteration ended");
  return result.value;
}
