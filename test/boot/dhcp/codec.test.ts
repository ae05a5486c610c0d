import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeBytes, encodeBytes } from '../../../boot/dhcp/codec.ts';
import { optionsCodec } from '../../../boot/dhcp/options.ts';
import { packetCodec } from '../../../boot/dhcp/packet.ts';
import {
  addressesView,
  addressView,
  architecturesView,
  machineIdView,
  textView,
  u8View,
  u16View,
  u32View,
  userClassView,
} from '../../../boot/dhcp/views/index.ts';
import { MalformedError, TruncatedError } from '../../../net/index.ts';
import { obeysCodecLaw } from '../../laws/codec-law.ts';
import { addresses, optionMaps, packets } from './arbitraries.ts';

const words = fc
  .array(fc.integer({ min: 1, max: 255 }), { minLength: 1, maxLength: 20 })
  .map((codes) => String.fromCharCode(...codes));

describe('option values', () => {
  obeysCodecLaw('address', addressView, addresses);
  obeysCodecLaw('addresses', addressesView, fc.array(addresses, { maxLength: 8 }));
  obeysCodecLaw('architectures', architecturesView, fc.array(fc.nat(0xffff), { maxLength: 8 }));
  obeysCodecLaw('u8', u8View, fc.nat(0xff));
  obeysCodecLaw('u16', u16View, fc.nat(0xffff));
  obeysCodecLaw('u32', u32View, fc.integer({ min: 0, max: 0xffff_ffff }));
  obeysCodecLaw('text', textView, words);
  obeysCodecLaw('user class', userClassView, fc.array(words, { maxLength: 4 }));
  obeysCodecLaw('machine id', machineIdView, fc.uuid());

  test('a user class is read bare, as iPXE writes it, and behind its length, as RFC 3004 has it', () => {
    expect(decodeBytes(userClassView, Buffer.from('iPXE'))).toEqual(['iPXE']);
    expect(decodeBytes(userClassView, Buffer.from('\x04iPXE\x03abc'))).toEqual(['iPXE', 'abc']);
  });

  test('the GUID of option 97 reads as SMBIOS shows it', () => {
    const bytes = Buffer.from('0000000f5c000000408000000000000001', 'hex');
    expect(decodeBytes(machineIdView, bytes)).toBe('5c0f0000-0000-4000-8000-000000000001');
  });

  test('text loses the NULs that some clients end it with', () => {
    expect(decodeBytes(textView, Buffer.from('snponly.efi\0\0'))).toBe('snponly.efi');
  });
});

describe('packet', () => {
  obeysCodecLaw('options', optionsCodec, optionMaps);
  obeysCodecLaw('packet', packetCodec, packets);

  test('never leaves with less than the 300 bytes that old relays want', () => {
    fc.assert(fc.property(packets, (packet) => encodeBytes(packetCodec, packet).length >= 300));
  });

  test('keeps options that nobody knows, in their order', () => {
    const options = new Map([
      [224, Uint8Array.of(1)],
      [53, Uint8Array.of(1)],
      [150, Uint8Array.of(2, 3)],
    ]);
    const bytes = encodeBytes(optionsCodec, options);
    expect([...bytes]).toEqual([224, 1, 1, 53, 1, 1, 150, 2, 2, 3, 255]);
    expect([...decodeBytes(optionsCodec, bytes).keys()]).toEqual([224, 53, 150]);
  });

  test('joins what RFC 3396 split, wherever the pieces stand', () => {
    const bytes = Uint8Array.of(67, 2, 97, 98, 0, 53, 1, 1, 67, 1, 99, 255, 67, 1, 100);
    expect(decodeBytes(optionsCodec, bytes).get(67)).toEqual(Uint8Array.of(97, 98, 99));
  });

  test('reads options out of file and sname when option 52 says so, in the order of RFC 3396', () => {
    const bytes = new Uint8Array(240 + 20);
    bytes.set([99, 130, 83, 99], 236);
    bytes.set([53, 1, 1, 52, 1, 3, 12, 1, 97, 255], 240);
    bytes.set([12, 1, 98, 255], 44 + 64); // file
    bytes.set([12, 1, 99, 0, 0, 255], 44); // sname
    const packet = decodeBytes(packetCodec, bytes);
    expect(packet.options.get(12)).toEqual(Uint8Array.from(Buffer.from('abc')));
    expect([packet.sname, packet.file, packet.options.has(52)]).toEqual(['', '', false]);
  });

  test('without the magic cookie is malformed, and short is truncated', () => {
    expect(() => decodeBytes(packetCodec, new Uint8Array(300))).toThrow(MalformedError);
    expect(() => decodeBytes(packetCodec, new Uint8Array(239))).toThrow(TruncatedError);
  });
});
