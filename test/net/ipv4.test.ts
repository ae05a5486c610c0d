import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Ipv4,
  ipv4,
  ipv4FromBytes,
  ipv4FromNumber,
  ipv4ToBytes,
  ipv4ToNumber,
  parseIpv4,
} from '../../net/index.ts';
import { obeysCodecLaw } from '../laws/codec-law.ts';

const numbers = fc.integer({ min: 0, max: 0xffff_ffff });

describe('IPv4', () => {
  obeysCodecLaw<Ipv4>(
    'IPv4',
    {
      decode: (reader) => ipv4FromBytes(reader.bytes(4)),
      encode: (writer, address) => void writer.bytes(ipv4ToBytes(address)),
    },
    numbers.map(ipv4FromNumber),
  );

  test('number, text and bytes say the same', () => {
    fc.assert(
      fc.property(numbers, (value) => {
        const address = ipv4FromNumber(value);
        expect(ipv4ToNumber(address)).toBe(value);
        expect(parseIpv4(address)).toBe(address);
        expect(Buffer.from(ipv4ToBytes(address)).readUInt32BE()).toBe(value);
      }),
    );
  });

  test.each([
    '',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.04',
    '1.2.3.-4',
    '0x1.2.3.4',
    '1.2.3.4 ',
    '1.2.3.4\n',
  ])('%j is none', (text) => {
    expect(parseIpv4(text)).toBeUndefined();
    expect(() => ipv4(text)).toThrow(RangeError);
  });
});
