import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeBytes } from '../../../boot/dhcp/codec.ts';
import { encodeWithin } from '../../../boot/dhcp/fit.ts';
import type { DhcpOptions } from '../../../boot/dhcp/options.ts';
import { type DhcpPacket, packetCodec } from '../../../boot/dhcp/packet.ts';
import { packets } from './arbitraries.ts';

function packetOf(options: DhcpOptions, file = ''): DhcpPacket {
  const [packet] = fc.sample(packets, { numRuns: 1, seed: 1 });
  return { ...(packet as DhcpPacket), sname: '', file, options };
}

const bytes = (length: number, fill = 7): Uint8Array => new Uint8Array(length).fill(fill);

describe('a reply within the size that its client can take', () => {
  test('uses file and sname only when the options field is full', () => {
    const small = encodeWithin(packetOf(new Map([[43, bytes(200)]])), 576);
    expect(small.subarray(44, 236).every((byte) => byte === 0)).toBe(true);
    const large = encodeWithin(
      packetOf(
        new Map([
          [43, bytes(250)],
          [44, bytes(120)],
          [45, bytes(60)],
        ]),
      ),
      576,
    );
    expect(large.length).toBeLessThanOrEqual(548);
    expect([...decodeBytes(packetCodec, large).options.keys()].toSorted()).toEqual([43, 44, 45]);
    expect(large[44]).toBe(45); // sname
    expect(large[44 + 64]).toBe(44); // file
  });

  test('leaves a file name alone and drops from the back instead', () => {
    const options = new Map([
      [53, bytes(1)],
      [43, bytes(255)],
      [44, bytes(255)],
    ]);
    const packet = decodeBytes(packetCodec, encodeWithin(packetOf(options, 'snponly.efi'), 576));
    expect(packet.file).toBe('snponly.efi');
    expect([...packet.options.keys()]).toEqual([53, 43]);
  });

  test('keeps option 82 whole, and last in the options field', () => {
    const options = new Map([
      [53, bytes(1)],
      [43, bytes(250)],
      [44, bytes(120)],
      [82, bytes(40, 9)],
    ]);
    const encoded = encodeWithin(packetOf(options), 576);
    const end = encoded.lastIndexOf(255);
    expect([...encoded.subarray(end - 42, end)]).toEqual([82, 40, ...bytes(40, 9)]);
    expect([...decodeBytes(packetCodec, encoded).options.keys()].toSorted()).toEqual([43, 44, 53, 82]);
  });

  test('trusts no option 57: not below 576, not above an Ethernet', () => {
    const packet = packetOf(new Map([[43, bytes(2000)]]));
    expect(encodeWithin(packet, 0).length).toBeLessThanOrEqual(548);
    expect(encodeWithin(packet, 65280).length).toBeLessThanOrEqual(1472);
    expect(
      decodeBytes(packetCodec, encodeWithin(packetOf(new Map([[43, bytes(1100)]])), 65280)).options.get(43),
    ).toEqual(bytes(1100));
  });

  test('holds for any packet: it fits, it decodes, and no option is half there', () => {
    fc.assert(
      fc.property(packets, fc.nat(0xffff), (packet, size) => {
        const encoded = encodeWithin(packet, size);
        const relay = packet.options.get(82)?.length ?? 0;
        if (relay < 200) expect(encoded.length).toBeLessThanOrEqual(Math.max(576, Math.min(size, 1500)) - 28);
        for (const [code, value] of decodeBytes(packetCodec, encoded).options) {
          expect(packet.options.get(code)).toEqual(value);
        }
      }),
    );
  });
});
