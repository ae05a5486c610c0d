import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type TftpOptions, type TftpPacket, tftpCodec } from '../../../boot/tftp/packet.ts';
import { MalformedError, Reader, TruncatedError } from '../../../net/index.ts';
import { obeysCodecLaw } from '../../laws/codec-law.ts';

const texts = fc
  .array(fc.integer({ min: 1, max: 255 }), { maxLength: 12 })
  .map((codes) => String.fromCharCode(...codes));
const names = fc.stringMatching(/^[a-z0-9]{1,9}$/);
const options: fc.Arbitrary<TftpOptions> = fc
  .array(fc.tuple(names, texts), { maxLength: 4 })
  .map((entries) => new Map(entries));
const bytes = fc.uint8Array({ maxLength: 40 });
const numbers = fc.nat(0xffff);

const packets: fc.Arbitrary<TftpPacket> = fc.oneof(
  fc.record({ kind: fc.constantFrom('read' as const, 'write' as const), file: texts, mode: names, options }),
  fc.record({ kind: fc.constant('data' as const), block: numbers, data: bytes }),
  fc.record({ kind: fc.constant('ack' as const), block: numbers }),
  fc.record({ kind: fc.constant('error' as const), code: numbers, message: texts }),
  fc.record({ kind: fc.constant('oack' as const), options }),
  fc.record({
    kind: fc.constant('unknown' as const),
    opcode: fc.integer({ min: 7, max: 0xffff }),
    body: bytes,
  }),
);

const decode = (text: string): TftpPacket => tftpCodec.decode(new Reader(Buffer.from(text, 'latin1')));

describe('TFTP packet', () => {
  obeysCodecLaw('TFTP', tftpCodec, packets);

  test('mode and option names count in any case, file names do not', () => {
    expect(decode('\0\x01Snp.EFI\0OcTeT\0BlkSize\x001428\0')).toEqual({
      kind: 'read',
      file: 'Snp.EFI',
      mode: 'octet',
      options: new Map([['blksize', '1428']]),
    });
  });

  test('an option twice is malformed (RFC 2347)', () => {
    expect(() => decode('\0\x01f\0octet\0tsize\x000\0TSIZE\x001\0')).toThrow(MalformedError);
  });

  test.each([
    '',
    '\0',
    '\0\x01',
    '\0\x01file',
    '\0\x01file\0octet',
    '\0\x01f\0octet\0blksize\0',
    '\0\x03\0',
    '\0\x04',
  ])('%j is truncated', (text) => {
    expect(() => decode(text)).toThrow(TruncatedError);
  });
});
