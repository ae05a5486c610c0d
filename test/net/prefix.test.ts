import { BlockList } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatPrefix,
  type IpPrefix,
  ipv6FromNumber,
  ipv6ToNumber,
  isHostAddress,
  isOnLink,
  networkOf,
  parseIpAddress,
  parseIpPrefix,
  parseIpv6,
} from '../../net/index.ts';

const numbers = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n });

describe('IPv6', () => {
  test('comes back as it went', () => {
    fc.assert(
      fc.property(numbers, (number) => {
        expect(ipv6ToNumber(ipv6FromNumber(number))).toBe(number);
      }),
    );
  });
  test('has the one spelling that URLs have', () => {
    const groups = fc.array(fc.constantFrom('0', '1', 'ABCD', '0db8', '0000'), {
      minLength: 8,
      maxLength: 8,
    });
    fc.assert(
      fc.property(groups, (parts) => {
        const text = parts.join(':');
        expect(`[${parseIpv6(text)}]`).toBe(new URL(`http://[${text}]/`).hostname);
      }),
    );
  });
  test.each([
    ['::', '::'],
    ['::1', '::1'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['::ffff:192.0.2.1', '::ffff:c000:201'],
    ['1::', '1::'],
  ])('%s is %s', (text, canonical) => {
    expect(parseIpv6(text)).toBe(canonical);
  });
  test.each([
    '',
    ':',
    '1::2::3',
    'fe80::1%eth0',
    '12345::',
    '1:2:3:4:5:6:7:8:9',
    '10.78.0.1',
    '[::1]',
    ' ::1',
  ])('%j is none', (text) => {
    expect(parseIpv6(text)).toBeUndefined();
  });
});

const prefixes = fc.oneof(
  fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 })),
  fc.tuple(numbers.map(ipv6FromNumber), fc.integer({ min: 0, max: 128 })),
);

describe('prefixes', () => {
  test("agree with Node's own list of networks", () => {
    fc.assert(
      fc.property(prefixes, fc.oneof(fc.ipV4(), numbers.map(ipv6FromNumber)), ([text, length], other) => {
        const prefix = parseIpPrefix(`${text}/${length}`) as IpPrefix;
        const address = parseIpAddress(other) as IpPrefix;
        const list = new BlockList();
        list.addSubnet(text, length, `ipv${prefix.family}`);
        expect(isOnLink(prefix, address)).toBe(
          list.check(other, `ipv${address.family}`) && prefix.family === address.family,
        );
        expect(isOnLink(networkOf(prefix), prefix)).toBe(true);
        expect(networkOf(networkOf(prefix))).toEqual(networkOf(prefix));
        expect(parseIpPrefix(formatPrefix(prefix))).toEqual(prefix);
      }),
    );
  });
  test.each([
    ['10.78.0.0/24', false],
    ['10.78.0.255/24', false],
    ['10.78.0.1/24', true],
    ['10.78.0.0/31', true],
    ['10.78.0.0/32', true],
    ['2001:db8::/64', false],
    ['2001:db8::ffff:ffff:ffff:ffff/64', true],
    ['2001:db8::/127', true],
  ])('%s is a host: %s', (text, is) => {
    expect(isHostAddress(parseIpPrefix(text) as IpPrefix)).toBe(is);
  });
  test.each([
    '10.0.0.1',
    '10.0.0.1/33',
    '::/129',
    '10.0.0.1/',
    '10.0.0.1/08',
    '/24',
    '10.0.0.1/2/4',
    '10.0.0.1/-1',
  ])('%j is none', (text) => {
    expect(parseIpPrefix(text)).toBeUndefined();
  });
});
