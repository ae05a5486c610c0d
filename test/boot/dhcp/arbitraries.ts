import fc from 'fast-check';
import type { DhcpOptions } from '../../../boot/dhcp/options.ts';
import type { DhcpPacket } from '../../../boot/dhcp/packet.ts';
import { ipv4FromNumber } from '../../../net/index.ts';

export const addresses = fc.integer({ min: 0, max: 0xffff_ffff }).map(ipv4FromNumber);

/** Values up to three pieces long; 52 is framing and not an option of its own. */
export const optionMaps: fc.Arbitrary<DhcpOptions> = fc
  .array(
    fc.tuple(
      fc.integer({ min: 1, max: 254 }).filter((code) => code !== 52),
      fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ minLength: 250, maxLength: 600 })),
    ),
    { maxLength: 6 },
  )
  .map((entries) => new Map(entries));

const latin1 = (maxLength: number): fc.Arbitrary<string> =>
  fc.array(fc.integer({ min: 1, max: 255 }), { maxLength }).map((codes) => String.fromCharCode(...codes));

export const packets: fc.Arbitrary<DhcpPacket> = fc.record({
  op: fc.nat(255),
  htype: fc.nat(255),
  hlen: fc.nat(255),
  hops: fc.nat(255),
  xid: fc.integer({ min: 0, max: 0xffff_ffff }),
  secs: fc.nat(0xffff),
  flags: fc.nat(0xffff),
  ciaddr: addresses,
  yiaddr: addresses,
  siaddr: addresses,
  giaddr: addresses,
  chaddr: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  sname: latin1(64),
  file: latin1(128),
  options: optionMaps,
});
