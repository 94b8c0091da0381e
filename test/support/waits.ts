import type { SourceError } from "../../src/core/errors.ts";
import type { Source } from "../../src/sources/source.ts";

/** A source, and what it says it waits for. */
export class Waits {
  readonly source: Source;
  readonly #reasons: SourceError[] = [];
  #tell: () => void = () => undefined;

  constructor(source: Source) {
    this.source = {
      label: source.label,
      capture: (signal, report) =>
        source.capture(signal, {
          ...report,
          waiting: (reason) => {
            this.#reasons.push(reason);
            this.#tell();
          },
        }),
    };
  }

  /** How many reasons nobody has taken yet. */
  get left(): number {
    return this.#reasons.length;
  }

  /** The next reason, as soon as it is told. It is told only while somebody waits for a picture. */
  async next(): Promise<SourceError> {
    for (;;) {
      const reason = this.#reasons.shift();
      if (reason !== undefined) return reason;
      const { promise, resolve } = Promise.withResolvers<undefined>();
      this.#tell = () => resolve(undefined);
      await promise;
    }
  }
}
