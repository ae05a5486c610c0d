import { describe, expect, test } from 'vitest';
import { findLayer, parseParameters } from '../../layers/index.ts';
import { lxdPackages } from '../../layers/lxd/install.ts';
import { lxdParameters } from '../../layers/lxd/parameters.ts';
import { preseedText } from '../../layers/lxd/preseed.ts';
import { codeOf } from '../../model/index.ts';

const lxd = findLayer('lxd');

function codeFrom(parameters: unknown): string | undefined {
  try {
    parseParameters(lxd, parameters);
    return undefined;
  } catch (error) {
    return codeOf(error);
  }
}

describe('parameters', () => {
  test('may be left out', () => {
    expect(parseParameters(lxd, undefined)).toEqual({
      channel: '5.21/stable',
      pool: 'dir',
      poolGiB: 20,
      bridge: 'lxdbr0',
      subnet: '10.99.0.1/24',
    });
  });
  test.each([
    { channel: '5.21/new' },
    { pool: 'lvm' },
    { poolGiB: 0 },
    { bridge: 'a-name-of-16-char' },
    { bridge: 'br0;reboot' },
    { subnet: '10.99.0.1' },
    { subnet: '10.99.0.1/7' },
    { subnet: '10.99.0.1/30' },
    { subnet: '10.99.0.256/24' },
    { subnet: 'fd00::1/64' },
  ])('%j is refused', (parameters) => {
    expect(codeFrom(parameters)).toBe('REQUEST_INVALID');
  });
});

test('what LXD is told: a size only for a pool that is a file of its own', () => {
  const told = (parameters: unknown) => JSON.parse(preseedText(lxdParameters.parse(parameters)));
  expect(told({})).toMatchObject({ storage_pools: [{ name: 'default', driver: 'dir' }] });
  expect(told({}).storage_pools[0]).not.toHaveProperty('config');
  expect(told({ pool: 'zfs', poolGiB: 7, bridge: 'br1', subnet: '10.1.0.1/16' })).toMatchObject({
    networks: [{ name: 'br1', config: { 'ipv4.address': '10.1.0.1/16' } }],
    storage_pools: [{ driver: 'zfs', config: { size: '7GiB' } }],
    profiles: [{ devices: { eth0: { network: 'br1' } } }],
  });
});

test.each([
  ['debian/12', 'dir', 'lxd'],
  ['debian/13', 'btrfs', 'btrfs-progs'],
  ['ubuntu/24.04', 'dir', 'snapd'],
  ['ubuntu/26.04', 'zfs', 'zfsutils-linux'],
] as const)('on %s with a pool of %s comes %s', (system, pool, name) => {
  expect(lxdPackages(system, pool)).toContain(name);
});
