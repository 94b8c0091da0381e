import type { Tcp } from "../system/tcp.ts";
import { joined } from "../wire/joined.ts";

/** Bytes that go to many connections: in pieces where the kernel takes them as they lie, as one where Node writes them. */
export class FrameBytes {
  /** How many they are. */
  readonly length: number;

  readonly #pieces: readonly Uint8Array[];
  #joined: Uint8Array | undefined;
  #gathered: Uint8Array | undefined;

  constructor(pieces: readonly Uint8Array[]) {
    this.#pieces = pieces;
    this.length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  }

  /** All of them in one array, made at the first call: few connections need it. */
  joined(): Uint8Array {
    return (this.#joined ??= joined(this.#pieces));
  }

  /** What {@link Tcp.send} takes, made at the first call. */
  gathered(tcp: Tcp): Uint8Array {
    return (this.#gathered ??= tcp.gather(this.#pieces));
  }
}
