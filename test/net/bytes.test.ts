import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Reader, TruncatedError, Writer } from '../../net/index.ts';
import { obeysCodecLaw } from '../laws/codec-law.ts';

describe('reader and writer', () => {
  obeysCodecLaw(
    'u8, u16, u32',
    {
      decode: (reader) => ({ a: reader.u8(), b: reader.u16(), c: reader.u32() }),
      encode: (writer, value) => void writer.u8(value.a).u16(value.b).u32(value.c),
    },
    fc.record({ a: fc.nat(0xff), b: fc.nat(0xffff), c: fc.integer({ min: 0, max: 0xffff_ffff }) }),
  );

  obeysCodecLaw(
    'the rest',
    { decode: (reader) => reader.rest(), encode: (writer, value) => void writer.bytes(value) },
    fc.uint8Array({ maxLength: 2000 }),
  );

  test('says where it ended', () => {
    const reader = new Reader(Uint8Array.of(1, 2, 3));
    reader.u16();
    expect(() => reader.u16()).toThrow(expect.objectContaining({ name: 'TruncatedError', offset: 2 }));
    expect(reader.u8()).toBe(3);
    expect(() => reader.u8()).toThrow(TruncatedError);
    expect(reader.remaining).toBe(0);
  });

  test('grows past its first size and gives back a copy', () => {
    const writer = new Writer();
    writer.bytes(new Uint8Array(5000).fill(7)).zeros(5000);
    const bytes = writer.finish();
    bytes.fill(1);
    expect(writer.finish()).toEqual(
      Uint8Array.from([...new Uint8Array(5000).fill(7), ...new Uint8Array(5000)]),
    );
  });
});
