// A Kinora with one stream whose pictures are published by hand, each with the time it was handed over.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { ImageServer } from "../../src/app/image-server.ts";
import { PICTURES } from "./paint-pictures.ts";

/** One picture that was handed to Kinora. */
export interface Published {
  /** Its place among all, from 0. */
  readonly index: number;
  /** When, on the clock of `performance.now()`. */
  readonly at: number;
}

/** A Kinora of its own whose stream `main` shows what is published here, and a page of someone else with an `<img>` of it. */
export class PaintStream {
  readonly #pictures: readonly Uint8Array[];
  readonly #server: ImageServer;
  readonly #elsewhere: Server;
  #count = 0;
  #next = Promise.withResolvers<Uint8Array>();

  /** @param pictures as `paintPictures()` makes them */
  static async open(pictures: readonly Uint8Array[]): Promise<PaintStream> {
    const stream = new PaintStream(pictures);
    await stream.#server.start(0);
    stream.#elsewhere.listen(0, "127.0.0.1");
    await once(stream.#elsewhere, "listening");
    return stream;
  }

  private constructor(pictures: readonly Uint8Array[]) {
    this.#pictures = pictures;
    this.#server = new ImageServer({ source: this.#source() });
    this.#elsewhere = createServer((_, res) => {
      const image = `<img src="${this.pageUrl}streams/main/live.mjpeg" style="width: 100%">`;
      res
        .setHeader("Content-Type", "text/html; charset=utf-8")
        .end(`<!doctype html><title>Own</title>${image}`);
    });
  }

  /** Kinora's page. */
  get pageUrl(): string {
    return this.#server.url ?? "";
  }

  /** The page with a bare `<img>`, of another origin, as anyone's page is. */
  get imageUrl(): string {
    return `http://127.0.0.1:${(this.#elsewhere.address() as AddressInfo).port}/`;
  }

  get port(): number {
    return this.#server.port ?? 0;
  }

  /** Hands the next picture over. */
  publish(): Published {
    const published = { index: this.#count++, at: performance.now() };
    const jpeg = this.#pictures[published.index % PICTURES];
    assert.ok(jpeg !== undefined);
    const next = this.#next;
    this.#next = Promise.withResolvers();
    next.resolve(jpeg);
    return published;
  }

  /** The picture that should be on the screen; -1 before the first. */
  get newest(): number {
    return this.#count - 1;
  }

  /** Which picture carries that number: the newest one that does. */
  indexOf(number: number): number {
    return this.newest - ((this.newest + PICTURES - number) % PICTURES);
  }

  async close(): Promise<void> {
    await this.#server.stop();
    this.#elsewhere.closeAllConnections();
    this.#elsewhere.close();
  }

  async *#source(): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) yield await this.#next.promise;
  }
}
