/** How much of what is {@link Kept}, and for how long. */
export interface KeptOptions<Value> {
  /** Most bytes of all together. */
  readonly mostBytes: number;
  /** Most bytes of one; what has more is made again each time. */
  readonly largestBytes: number;
  /** How long what nobody asks for is kept, in milliseconds; looked at whenever something is asked for. */
  readonly unusedMs: number;
  /** Bytes of one. */
  readonly bytesOf: (value: Value) => number;
  /** Milliseconds of a clock that nobody sets. */
  readonly now: () => number;
}

interface Entry<Value> {
  readonly value: Promise<Value>;
  /** 0 while it is made. */
  bytes: number;
  usedAt: number;
}

/** What an entry costs beside its value: otherwise there could be any number of small ones. */
const ENTRY_BYTES = 1_000;

/** Things that are costly to make: each is made once for all who ask at that time, and kept for those who ask soon after. */
export class Kept<Value> {
  readonly #options: KeptOptions<Value>;
  /** Those used last at the end. */
  readonly #entries = new Map<string, Entry<Value>>();
  #bytes = 0;

  constructor(options: KeptOptions<Value>) {
    this.#options = options;
  }

  /** Bytes that are held now. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The thing of that name, made or in the making. */
  find(name: string): Promise<Value> | undefined {
    this.#dropUnused();
    const entry = this.#entries.get(name);
    if (entry !== undefined) this.#use(name, entry);
    return entry?.value;
  }

  /** The same, made where it is not there. What fails is told to all who asked meanwhile, and tried again by the next. */
  get(name: string, make: () => Promise<Value>): Promise<Value> {
    const there = this.find(name);
    if (there !== undefined) return there;
    const entry: Entry<Value> = { value: make(), bytes: 0, usedAt: 0 };
    this.#use(name, entry);
    void entry.value.then(
      (value) => this.#weigh(name, entry, this.#options.bytesOf(value)),
      () => this.#drop(name, entry),
    );
    return entry.value;
  }

  #use(name: string, entry: Entry<Value>): void {
    entry.usedAt = this.#options.now();
    this.#entries.delete(name);
    this.#entries.set(name, entry);
  }

  #weigh(name: string, entry: Entry<Value>, bytes: number): void {
    entry.bytes = bytes + ENTRY_BYTES;
    this.#bytes += entry.bytes;
    this.#use(name, entry);
    if (bytes > this.#options.largestBytes) this.#drop(name, entry);
    for (const [oldest, each] of this.#entries) {
      if (this.#bytes <= this.#options.mostBytes) return;
      if (each.bytes > 0) this.#drop(oldest, each);
    }
  }

  #dropUnused(): void {
    const now = this.#options.now();
    for (const [name, entry] of this.#entries) {
      if (now - entry.usedAt < this.#options.unusedMs) return;
      if (entry.bytes > 0) this.#drop(name, entry);
    }
  }

  #drop(name: string, entry: Entry<Value>): void {
    this.#entries.delete(name);
    this.#bytes -= entry.bytes;
  }
}
