/** Pictures of a stream that a test pushes in one by one: the source for `addStream()`. */
export class Pump implements AsyncIterable<Uint8Array> {
  #next: PromiseWithResolvers<Uint8Array> = Promise.withResolvers();

  /** Shows a picture, where somebody watches. Several in one turn count as the first one. */
  push(jpeg: Uint8Array): void {
    this.#next.resolve(jpeg);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      this.#next = Promise.withResolvers();
      yield await this.#next.promise;
    }
  }
}
