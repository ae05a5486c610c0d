import { expect, test } from 'vitest';
import { findLayer, parseParameters } from '../../layers/index.ts';
import { cloudRefusal, manifestText, nameToken } from '../../layers/sunbeam/manifest.ts';
import type { Context } from '../../layers/sunbeam/parameters.ts';
import { duties } from '../../layers/sunbeam/places.ts';
import { codeOf } from '../../model/index.ts';
import { ipv4 } from '../../net/index.ts';
import { exampleContext } from './example.ts';

const sunbeam = findLayer('sunbeam');
const member = (role: string, last: number) => ({
  name: `node-${last}`,
  role,
  address: ipv4(`10.78.0.${last}`),
});
const first = member('first', 20);
const outside = {
  externalInterface: 'eth1',
  externalCidr: '203.0.113.0/24',
  externalGateway: '203.0.113.1',
  externalRange: '203.0.113.100-203.0.113.199',
};
const several = { ...outside, osdDevices: '/dev/sdb', apiRange: '10.78.0.200-10.78.0.220' };
const context = (parameters: Readonly<Record<string, string>>, others: readonly (typeof first)[] = []) =>
  exampleContext(sunbeam, {
    title: '',
    parameters,
    role: 'first',
    members: [...others, first],
    system: 'ubuntu/24.04',
  }) as Context;

test.each([
  ['first', '2024.1/stable', 'control,compute,storage', ['control', 'compute', 'storage']],
  ['control', '2026.1/edge', 'control,compute', ['control', 'compute', 'network']],
  ['first', '2026.1/stable', 'network,control', ['network', 'control']],
  ['compute', '2026.1/stable', 'control', ['compute']],
  ['storage', '2024.1/stable', 'control', ['storage']],
])('a machine of role %s of %s with roles %s is %j', (role, channel, roles, expected) => {
  expect(duties(role, { channel, roles })).toEqual(expected);
});

test.each([
  [{ osdDevices: '/dev/sdb' }, [], undefined],
  [{}, [], 'osdDevices'],
  [{ roles: 'control,compute' }, [], undefined],
  [{ roles: 'control' }, [], 'no machine computes'],
  [several, [member('compute', 21)], undefined],
  [{ ...several, apiRange: undefined }, [member('compute', 21)], 'apiRange'],
  [{ osdDevices: '/dev/sdb', apiRange: several.apiRange }, [member('compute', 21)], 'externalInterface'],
  [several, [member('control', 21)], 'node-20 and one other would stop when either does'],
  [several, [member('control', 21), member('control', 22)], undefined],
  [{ ...several, roles: 'control', osdDevices: undefined }, [member('storage', 21)], 'osdDevices'],
])('a cloud with %j and %j', (parameters, others, why) => {
  const given = JSON.parse(JSON.stringify(parameters));
  const refusal = cloudRefusal(context(given, others));
  if (why === undefined) expect(refusal).toBeUndefined();
  else expect(refusal).toContain(why);
});

test('the manifest answers by name: cards of those that compute, disks of those that store', () => {
  const others = [member('compute', 21), member('storage', 22)];
  const { config } = JSON.parse(
    manifestText(context({ ...several, osdDevices: '/dev/sdb,/dev/sdc' }, others)),
  ).core;
  const named = (...lasts: number[]) => lasts.map((last) => nameToken(`10.78.0.${last}`));
  expect(Object.keys(config['external-networks'].physnet1.nics)).toEqual(named(21, 20));
  expect(config['external-networks'].physnet1).toMatchObject({
    cidr: '203.0.113.0/24',
    gateway: '203.0.113.1',
    range: '203.0.113.100-203.0.113.199',
    network_type: 'flat',
  });
  expect(Object.keys(config.microceph_config)).toEqual(named(22, 20));
  expect(Object.values(config.microceph_config)).toEqual(
    Array.from({ length: 2 }, () => ({ osd_devices: ['/dev/sdb', '/dev/sdc'] })),
  );
  expect(config.user.remote_access_location).toBe('remote');
  expect(config['k8s-addons'].loadbalancer).toBe('10.78.0.200-10.78.0.220');
  const alone = JSON.parse(manifestText(context({ osdDevices: '/dev/sdb' }))).core.config;
  expect(alone.user.remote_access_location).toBe('local');
  expect(alone).not.toHaveProperty('external-networks');
});

test.each([
  [{ channel: 'latest/stable' }, 'channel'],
  [{ channel: '2024.1' }, 'channel'],
  [{ roles: 'compute' }, 'roles'],
  [{ roles: 'control,control' }, 'roles'],
  [{ roles: 'control,region_controller' }, 'roles'],
  [{ domain: 'Cloud' }, 'domain'],
  [{ domain: '-a' }, 'domain'],
  [{ osdDevices: 'sdb' }, 'osdDevices'],
  [{ osdDevices: '/dev/sdb;id' }, 'osdDevices'],
  [{ apiRange: '10.0.0.1' }, 'apiRange'],
  [{ apiRange: '10.0.0.1-10.0.0.x' }, 'apiRange'],
  [{ externalInterface: 'eth1' }, 'externalCidr'],
  [{ ...outside, externalCidr: '203.0.113.0' }, 'externalCidr'],
  [{ ...outside, externalInterface: 'a b' }, 'externalInterface'],
  [{ other: 1 }, ''],
])('%j is refused, and %s named', (values, field) => {
  let error: unknown;
  try {
    parseParameters(sunbeam, values);
  } catch (thrown) {
    error = thrown;
  }
  expect(codeOf(error)).toBe('REQUEST_INVALID');
  expect(String(error)).toContain(field);
});
