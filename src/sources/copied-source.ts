import type { Source } from "./source.ts";

/**
 * The same source with pictures of our own: each is copied as it comes. Frames are sent from where they lie, for as long as
 * the slowest viewer takes; whoever made one may fill the same memory with the next picture, or hand it to a thread.
 */
export function copiedSource(source: Source): Source {
  return {
    get label() {
      return source.label;
    },
    check: async () => source.check?.(),
    async *capture(signal, report) {
      for await (const { jpeg, capturedAt } of source.capture(signal, report)) {
        yield { jpeg: new Uint8Array(jpeg), capturedAt };
      }
    },
  };
}
