/** A run of the input: the bytes at positions from `start` up to, not including, `end`. */
export interface Run {
  /** What holds the bytes; the first one is the byte at `start`. May be longer than the run. */
  readonly bytes: Uint8Array;
  /** Position of the first byte in the whole input. */
  readonly start: number;
  /** Position behind the last byte. */
  end: number;
}

/** A chunk of fewer bytes is gathered with its neighbours: by itself it would cost more memory to keep than it holds. */
const SMALLEST_CHUNK = 512;
const GATHERED_BYTES = 4_096;

/**
 * The input that is still needed, addressed by position since its first byte. Chunks are kept as they came, so that a
 * part is copied once: when it is taken out.
 */
export class ByteQueue {
  readonly #runs: Run[] = [];
  /** Index of the run looked at last: the next look is nearly always there or one further. */
  #recent = 0;
  #end = 0;

  /** Position behind the last byte that came. */
  get end(): number {
    return this.#end;
  }

  /** Adds a chunk. It is kept, not copied, so it must not be written to again. */
  push(chunk: Uint8Array): void {
    const { length } = chunk;
    if (length === 0) return;
    const last = this.#runs.at(-1);
    const room = last === undefined ? 0 : last.bytes.length - (last.end - last.start);
    if (last !== undefined && length <= room) {
      last.bytes.set(chunk, last.end - last.start);
      last.end += length;
    } else if (length < SMALLEST_CHUNK) {
      const bytes = new Uint8Array(GATHERED_BYTES);
      bytes.set(chunk);
      this.#runs.push({ bytes, start: this.#end, end: this.#end + length });
    } else {
      // A plain Uint8Array, whatever came: one class everywhere keeps the searches fast.
      const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, length);
      this.#runs.push({ bytes, start: this.#end, end: this.#end + length });
    }
    this.#end += length;
  }

  /** The byte at a position that is there and not let go; 0 elsewhere. */
  at(position: number): number {
    const run = this.runAt(position);
    return run === undefined || position >= run.end ? 0 : (run.bytes[position - run.start] ?? 0);
  }

  /** The run that holds a position. Undefined for one that has not come or was let go. */
  runAt(position: number): Run | undefined {
    const runs = this.#runs;
    let index = this.#recent;
    let run = runs[index];
    while (run !== undefined && position < run.start) run = runs[--index];
    while (run !== undefined && position >= run.end) run = runs[++index];
    if (run !== undefined) this.#recent = index;
    return run;
  }

  /** Position of the next `byte` at or behind `from`; undefined when it has not come. */
  indexOf(byte: number, from: number): number | undefined {
    for (let run = this.runAt(from); run !== undefined; run = this.runAt(run.end)) {
      const begin = Math.max(0, from - run.start);
      const found = run.bytes.subarray(begin, run.end - run.start).indexOf(byte);
      if (found >= 0) return run.start + begin + found;
    }
    return undefined;
  }

  /** The bytes from one position to another, both there, in memory of their own. */
  copy(from: number, to: number): Uint8Array {
    let run = this.runAt(from);
    if (run !== undefined && to <= run.end) return run.bytes.slice(from - run.start, to - run.start);
    const bytes = new Uint8Array(to - from);
    for (; run !== undefined && run.start < to; run = this.runAt(run.end)) {
      const begin = Math.max(from, run.start);
      const end = Math.min(to, run.end);
      bytes.set(run.bytes.subarray(begin - run.start, end - run.start), begin - from);
    }
    return bytes;
  }

  /** Lets go of the runs that lie before a position. */
  discard(position: number): void {
    let count = 0;
    while ((this.#runs[count]?.end ?? Infinity) <= position) count++;
    if (count === 0) return;
    this.#runs.splice(0, count);
    this.#recent = Math.max(0, this.#recent - count);
  }
}
