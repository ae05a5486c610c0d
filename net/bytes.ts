/** Bounds-checked reading and writing of network byte order. Every codec of `boot/` is built on these two. */

/** Input ended before the value did. `offset` is where the missing bytes would have begun. */
export class TruncatedError extends Error {
  override readonly name = 'TruncatedError';
  readonly offset: number;
  constructor(offset: number, wanted: number, available: number) {
    super(`truncated at byte ${offset}: wanted ${wanted}, have ${available}`);
    this.offset = offset;
  }
}

/** Input is long enough but says something that the format forbids. */
export class MalformedError extends Error {
  override readonly name = 'MalformedError';
}

/** A cursor over bytes that are never copied and never read past their end. */
export class Reader {
  #offset = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get offset(): number {
    return this.#offset;
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  bytes(length: number): Uint8Array {
    if (length > this.remaining) throw new TruncatedError(this.#offset, length, this.remaining);
    const start = this.#offset;
    this.#offset += length;
    return this.#bytes.subarray(start, this.#offset);
  }

  u8(): number {
    return this.bytes(1)[0] as number;
  }

  u16(): number {
    const [high, low] = this.bytes(2) as unknown as [number, number];
    return (high << 8) | low;
  }

  u32(): number {
    return this.u16() * 0x1_0000 + this.u16();
  }

  rest(): Uint8Array {
    return this.bytes(this.remaining);
  }
}

/** Grows as needed; `finish` returns exactly what was written. */
export class Writer {
  #bytes = new Uint8Array(576);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  bytes(value: Uint8Array): this {
    this.#reserve(value.length).set(value);
    return this;
  }

  u8(value: number): this {
    this.#reserve(1)[0] = value;
    return this;
  }

  u16(value: number): this {
    return this.u8(value >>> 8).u8(value);
  }

  u32(value: number): this {
    return this.u16(value >>> 16).u16(value);
  }

  zeros(count: number): this {
    this.#reserve(count).fill(0);
    return this;
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #reserve(count: number): Uint8Array {
    const end = this.#length + count;
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(end, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    const view = this.#bytes.subarray(this.#length, end);
    this.#length = end;
    return view;
  }
}
