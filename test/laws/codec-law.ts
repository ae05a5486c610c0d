import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MalformedError, Reader, TruncatedError, Writer } from '../../net/index.ts';

interface Codec<T> {
  decode(reader: Reader): T;
  encode(writer: Writer, value: T): void;
}

/**
 * The law that every codec of the house keeps. For each value `v` of `values`, with `bytes = encode(v)`:
 *
 * 1. round trip: `decode(bytes)` equals `v`;
 * 2. re-encode: `encode(decode(bytes))` equals `bytes`;
 * 3. offset: what stands before the value in the same buffer changes neither direction;
 * 4. truncation: for every `n` below the length, decoding the first `n` bytes throws `TruncatedError`, or yields a value
 *    that keeps 1 and 2 itself (a list may end early). It throws nothing else and never reads past the end.
 *
 * And for any bytes at all:
 *
 * 5. hostility: decoding throws `TruncatedError` or `MalformedError`, or yields a value that keeps 1 and 2 itself.
 */
export function obeysCodecLaw<T>(name: string, codec: Codec<T>, values: fc.Arbitrary<T>): void {
  test(`${name}: decodes what it encoded, and encodes that the same`, () => {
    fc.assert(fc.property(values, (value) => expectStable(codec, value)));
  });

  test(`${name}: does not depend on where in a buffer it stands`, () => {
    fc.assert(
      fc.property(values, fc.uint8Array({ minLength: 1, maxLength: 9 }), (value, before) => {
        const writer = new Writer();
        writer.bytes(before);
        codec.encode(writer, value);
        const whole = writer.finish();
        expect(whole.subarray(before.length)).toEqual(encode(codec, value));
        const reader = new Reader(whole);
        reader.bytes(before.length);
        expect(codec.decode(reader)).toEqual(value);
      }),
    );
  });

  test(`${name}: cut off at any byte, it says so or yields a smaller value`, () => {
    fc.assert(
      fc.property(values, (value) => {
        const bytes = encode(codec, value);
        for (let length = 0; length < bytes.length; length += 1) {
          expectHonest(codec, bytes.slice(0, length), [TruncatedError]);
        }
      }),
      { numRuns: 25 },
    );
  });

  test(`${name}: takes any bytes without harm`, () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expectHonest(codec, bytes, [TruncatedError, MalformedError]);
      }),
    );
  });
}

function encode<T>(codec: Codec<T>, value: T): Uint8Array {
  const writer = new Writer();
  codec.encode(writer, value);
  return writer.finish();
}

function expectStable<T>(codec: Codec<T>, value: T): void {
  const bytes = encode(codec, value);
  const again = codec.decode(new Reader(bytes));
  expect(again).toEqual(value);
  expect(encode(codec, again)).toEqual(bytes);
}

function expectHonest<T>(
  codec: Codec<T>,
  bytes: Uint8Array,
  allowed: readonly (typeof TruncatedError | typeof MalformedError)[],
): void {
  let value: T;
  try {
    value = codec.decode(new Reader(bytes));
  } catch (error) {
    expect(
      allowed.some((kind) => error instanceof kind),
      `threw ${String(error)}`,
    ).toBe(true);
    return;
  }
  expectStable(codec, value);
}
