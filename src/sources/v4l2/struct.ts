/** A C structure for the kernel: bytes, all 0 at first, with fields at offsets, little-endian. */
export class Struct {
  /** The bytes themselves, for the call. */
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
    this.#view = new DataView(this.bytes.buffer);
  }

  /** Writes a 32-bit field. */
  set(offset: number, value: number): this {
    this.#view.setUint32(offset, value, true);
    return this;
  }

  /** Reads a 32-bit field. */
  u32(offset: number): number {
    return this.#view.getUint32(offset, true);
  }

  /** Reads a C `long` of 4 or 8 bytes. */
  long(offset: number, longBytes: number): number {
    return longBytes === 8 ? Number(this.#view.getBigInt64(offset, true)) : this.#view.getInt32(offset, true);
  }

  /** Reads a text that a 0 byte or the end of the field ends. */
  text(offset: number, length: number): string {
    const field = this.bytes.subarray(offset, offset + length);
    const end = field.indexOf(0);
    return new TextDecoder().decode(end === -1 ? field : field.subarray(0, end));
  }
}
