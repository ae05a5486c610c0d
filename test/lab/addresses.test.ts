import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chooseSubnet, linkNames, namespaceName, rackAddresses } from '../../lab/rack/addresses.ts';

describe('a rack’s addresses', () => {
  test('all follow from the subnet', () => {
    const addresses = rackAddresses('10.80.0.0/24');
    expect(addresses.serverAddress).toBe('10.80.0.1');
    expect(addresses.outsideAddress).toBe('10.80.0.254');
    expect(addresses.bmc(1)).toBe('10.80.0.12');
    expect(addresses.ipv6Server).toBe('fd80::1');
  });

  test('a subnet that the host routes already is passed over', () => {
    expect(chooseSubnet(['default', '192.0.2.0/24'])).toBe('10.78.0.0/24');
    expect(chooseSubnet(['default', '10.78.0.7'])).toBe('10.79.0.0/24');
    expect(chooseSubnet(['10.78.0.0/15'])).toBe('10.80.0.0/24');
    expect(() => chooseSubnet(['10.0.0.0/8'])).toThrow('already routes');
  });

  test('link names fit into the kernel’s 15 characters and differ', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        const { outside, inside } = linkNames(one);
        expect(Math.max(outside.length, inside.length)).toBeLessThanOrEqual(15);
        if (one !== other) expect(linkNames(other).outside).not.toBe(outside);
      }),
    );
  });

  test('a name that would leave the racks’ directory is refused', () => {
    expect(namespaceName('r1')).toBe('rw-r1');
    for (const name of ['', '..', 'a/b', '-x', 'A'])
      expect(() => namespaceName(name)).toThrow('name is of small letters');
  });
});
