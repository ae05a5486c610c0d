import { type Ipv4, ipv4FromBytes, ipv4ToBytes } from '../../../net/index.ts';
import type { Codec } from '../codec.ts';

/** One address: options 1, 28, 50, 54. */
export const addressView: Codec<Ipv4> = {
  decode: (reader) => ipv4FromBytes(reader.bytes(4)),
  encode: (writer, address) => void writer.bytes(ipv4ToBytes(address)),
};

/** Addresses, best first: options 3 and 6 (RFC 2132 3.5, 3.8). */
export const addressesView: Codec<readonly Ipv4[]> = {
  decode(reader) {
    const addresses: Ipv4[] = [];
    while (reader.remaining > 0) addresses.push(ipv4FromBytes(reader.bytes(4)));
    return addresses;
  },
  encode(writer, addresses) {
    for (const address of addresses) writer.bytes(ipv4ToBytes(address));
  },
};
