import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Mac, macFromBytes, macToBytes, macWithHyphens, parseMac } from '../../net/index.ts';
import { obeysCodecLaw } from '../laws/codec-law.ts';

const macs = fc.uint8Array({ minLength: 6, maxLength: 6 }).map(macFromBytes);

describe('MAC', () => {
  obeysCodecLaw<Mac>(
    'MAC',
    {
      decode: (reader) => macFromBytes(reader.bytes(6)),
      encode: (writer, mac) => void writer.bytes(macToBytes(mac)),
    },
    macs,
  );

  test.each(['52:54:00:78:00:1A', '52-54-00-78-00-1a', '52540078001a', '52:54:00:78:00:1a'])(
    '%s is one',
    (text) => {
      expect(parseMac(text)).toBe('52:54:00:78:00:1a');
    },
  );

  test.each([
    '',
    '52:54:00:78:00',
    '52:54:00:78:00:1a:1b',
    '52:54-00:78:00:1a',
    '5254.0078.001a',
    '52:54:00:78:00:1g',
    ' 52540078001a',
    '52540078001a\n',
  ])('%j is none', (text) => {
    expect(parseMac(text)).toBeUndefined();
  });

  test('reads back every way of writing it', () => {
    fc.assert(
      fc.property(macs, (mac) => {
        expect(parseMac(mac)).toBe(mac);
        expect(parseMac(macWithHyphens(mac))).toBe(mac);
        expect(parseMac(mac.replaceAll(':', '').toUpperCase())).toBe(mac);
      }),
    );
  });

  test('any other number of bytes is an error of ours', () => {
    expect(() => macFromBytes(new Uint8Array(5))).toThrow(RangeError);
  });
});
