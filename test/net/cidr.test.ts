import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addressesOf,
  broadcastAddress,
  cidr,
  contains,
  inRange,
  ipv4,
  ipv4FromNumber,
  ipv4ToNumber,
  netmask,
  networkAddress,
  parseCidr,
  prefixLength,
} from '../../net/index.ts';

const networks = fc
  .tuple(fc.integer({ min: 0, max: 0xffff_ffff }), fc.integer({ min: 0, max: 32 }))
  .map(([value, prefix]) => {
    const size = 2 ** (32 - prefix);
    return { prefix, size, first: Math.floor(value / size) * size };
  });

describe('networks', () => {
  test('first, last, mask and membership agree with arithmetic', () => {
    fc.assert(
      fc.property(networks, fc.integer({ min: 0, max: 0xffff_ffff }), ({ prefix, size, first }, other) => {
        const network = cidr(`${ipv4FromNumber(first)}/${prefix}`);
        const last = first + size - 1;
        expect(prefixLength(network)).toBe(prefix);
        expect(ipv4ToNumber(networkAddress(network))).toBe(first);
        expect(ipv4ToNumber(broadcastAddress(network))).toBe(last);
        expect(ipv4ToNumber(netmask(network))).toBe(2 ** 32 - size);
        expect(contains(network, ipv4FromNumber(other))).toBe(other >= first && other <= last);
      }),
    );
  });

  test.each([
    '10.0.0.0',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/08',
    '10.0.0.1/24',
    '10.0.0/24',
    '10.0.0.0/24/1',
    '/24',
    '10.0.0.0/-1',
  ])('%j is none', (text) => {
    expect(parseCidr(text)).toBeUndefined();
    expect(() => cidr(text)).toThrow(RangeError);
  });

  test('a range has both its ends and all between, in order', () => {
    const range = { first: ipv4('10.0.0.254'), last: ipv4('10.0.1.1') };
    expect([...addressesOf(range)]).toEqual(['10.0.0.254', '10.0.0.255', '10.0.1.0', '10.0.1.1']);
    expect(inRange(range, ipv4('10.0.0.254')) && inRange(range, ipv4('10.0.1.1'))).toBe(true);
    expect(inRange(range, ipv4('10.0.0.253')) || inRange(range, ipv4('10.0.1.2'))).toBe(false);
  });
});
