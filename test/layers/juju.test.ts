import { spawnSync } from 'node:child_process';
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findLayer, layerCatalogue, parseParameters } from '../../layers/index.ts';
import { chooseClient, providerType } from '../../layers/juju/client.ts';
import { bundleRefusal } from '../../layers/juju/bundle.ts';
import { bootstrapOptions, cloudText } from '../../layers/juju/controller.ts';
import { fanOf, overlayText, placement } from '../../layers/juju/openstack-base.ts';
import type { Context, Parameters } from '../../layers/juju/parameters.ts';
import { controllerOf, machinesOf, SEED } from '../../layers/juju/places.ts';
import { publicLine } from '../../layers/parts/shared-key.ts';
import { codeOf } from '../../model/index.ts';
import { ipv4 } from '../../net/index.ts';
import { nastyStrings } from '../fixtures/nasty-strings.ts';
import { exampleContext } from './example.ts';

const juju = findLayer('juju');
const sha256 = 'a'.repeat(64);
const members = [
  { name: 'node-1', role: 'machine', address: ipv4('10.78.0.20') },
  { name: 'node-2', role: 'controller', address: ipv4('10.78.0.21') },
  { name: 'node-3', role: 'machine', address: ipv4('10.78.0.22') },
];
const context = (parameters: Readonly<Record<string, string>> = {}) =>
  exampleContext(juju, { title: '', parameters, role: 'controller', members }) as Context;
const parsed = (parameters: Readonly<Record<string, string>>) =>
  parseParameters(juju, parameters) as Parameters;
const codeFrom = (ask: () => unknown) => {
  try {
    ask();
    return undefined;
  } catch (error) {
    return codeOf(error);
  }
};

test.each([
  ['2.9.50', 'manual'],
  ['3', 'manual'],
  ['3.6', 'manual'],
  ['3.6.11', 'manual'],
  ['4', 'unmanaged'],
  ['4.0', 'unmanaged'],
  ['4.0.15', 'unmanaged'],
  ['10.1.0', 'unmanaged'],
])('Juju %s calls these clouds %s', (version, type) => {
  expect(providerType(version)).toBe(type);
});

test.each([
  ['ubuntu/24.04', {}, { kind: 'snap', version: '3', channel: '3/stable' }],
  ['ubuntu/24.04', { channel: '4.0/edge' }, { kind: 'snap', version: '4.0', channel: '4.0/edge' }],
  ['debian/12', { source: 'snap' }, { kind: 'snap', version: '3', channel: '3/stable' }],
  [
    'debian/12',
    { version: '3.6.11', sha256 },
    {
      kind: 'program',
      version: '3.6.11',
      archive: {
        url: 'https://launchpad.net/juju/3.6/3.6.11/+download/juju-3.6.11-linux-amd64.tar.xz',
        sha256,
        path: '/var/lib/rackwright/juju/juju-3.6.11-linux-amd64.tar.xz',
      },
    },
  ],
  [
    'ubuntu/22.04',
    { source: 'program', version: '4.0.15', sha256, download: 'https://a.example/j', mirror: 'http://m:1' },
    {
      kind: 'program',
      version: '4.0.15',
      archive: {
        url: 'http://m:1/a.example/j',
        sha256,
        path: '/var/lib/rackwright/juju/juju-4.0.15-linux-amd64.tar.xz',
      },
    },
  ],
])('on %s with %j the client is %j', (system, parameters, client) => {
  expect(chooseClient(system, parsed(parameters))).toEqual(client);
});

test.each([{}, { version: '3.6.11' }, { sha256 }])('no program without a version and a pin: %j', (some) => {
  expect(codeFrom(() => chooseClient('debian/12', parsed(some)))).toBe('REQUEST_INVALID');
});

test('the cloud is the controller, by the name that its version knows', () => {
  expect(cloudText(context(), '3.6.11')).toBe(
    'clouds:\n  rackwright:\n    type: manual\n    endpoint: ubuntu@10.78.0.21\n',
  );
  expect(cloudText(context(), '4.0.15')).toContain('type: unmanaged\n');
  expect(controllerOf(context()).name).toBe('node-2');
  expect(machinesOf(context()).map(({ name }) => name)).toEqual(['node-1', 'node-3']);
});

test('what it fetches comes through the proxy and the mirror', () => {
  expect(bootstrapOptions(context({ mirror: 'http://10.78.0.254:8000' }))).toEqual([
    '--config',
    'apt-http-proxy=http://10.78.0.254:3142',
    '--config',
    'agent-metadata-url=http://10.78.0.254:8000/streams.canonical.com/juju/tools',
  ]);
});

test('the controller is laid last, and verifies', () => {
  const roles = layerCatalogue().find(({ name }) => name === 'juju')?.roles ?? [];
  expect(roles.at(-1)).toMatchObject({ name: 'controller', verifies: true });
  expect(roles.filter(({ verifies }) => verifies)).toHaveLength(1);
});

test.each([
  [
    3,
    {
      'nova-compute': '0 1 2',
      'ceph-mon': 'lxd:0 lxd:1 lxd:2',
      'ceph-radosgw': 'lxd:0',
      glance: 'lxd:2',
      keystone: 'lxd:0',
      vault: 'lxd:0',
    },
  ],
  [4, { 'ceph-osd': '0 1 2 3', 'ceph-radosgw': 'lxd:3', cinder: 'lxd:0', keystone: 'lxd:2', vault: 'lxd:0' }],
  [
    7,
    {
      'nova-compute': '0 1 2 3 4 5 6',
      'ovn-central': 'lxd:0 lxd:1 lxd:2',
      'ceph-radosgw': 'lxd:3',
      keystone: 'lxd:6',
      'neutron-api': 'lxd:0',
      vault: 'lxd:5',
    },
  ],
])('OpenStack on %i machines: %j', (count, some) => {
  const placed = placement(count);
  expect(placed.size).toBe(15);
  for (const [name, units] of Object.entries(some)) expect(placed.get(name)?.join(' '), name).toBe(units);
  for (const unit of [...placed.values()].flat())
    expect(Number(unit.replace('lxd:', ''))).toBeLessThan(count);
});

test('the overlay says what is otherwise here', () => {
  const text = overlayText({ count: 4, osdDevices: ['/dev/sdb', '/dev/sdc'], dataInterface: 'eth1' });
  expect(text).toMatch(/^series: jammy\nmachines:\n {2}'0':\n {2}'1':\n {2}'2':\n {2}'3':\napplications:\n/);
  expect(text).toContain(`  ceph-osd:
    num_units: 4
    options:
      source: distro
      osd-devices: /dev/sdb /dev/sdc
    to:
    - '0'
    - '1'
    - '2'
    - '3'
`);
  expect(text).toContain('expected-osd-count: 4\n');
  expect(text).toContain('      bridge-interface-mappings: br-ex:eth1\n');
  expect(text).not.toContain('focal');
});

test.each([
  [['10.78.0.20', '10.78.3.1'], '10.78.0.0/16=252.0.0.0/8'],
  [['10.78.0.20', '10.79.0.1'], undefined],
  [[], undefined],
])('containers on %j are on the fan %s', (addresses, fan) => {
  expect(fanOf(addresses.map(ipv4))).toBe(fan);
});

const three = [20, 21, 22].map((last) => ({
  name: `n${last}`,
  role: 'machine',
  address: ipv4(`10.78.0.${last}`),
}));
const head = { name: 'head', role: 'controller', address: ipv4('10.78.0.30') };
test.each([
  [{}, 'ubuntu/22.04', three, undefined],
  [{}, 'ubuntu/24.04', three, 'is laid on ubuntu/22.04'],
  [{}, 'ubuntu/22.04', three.slice(1), 'needs 3 machines of the role machine, and there are 2'],
  [{ dataInterface: undefined }, 'ubuntu/22.04', three, 'needs the parameter dataInterface'],
  [{ channel: '4.0/stable' }, 'ubuntu/22.04', three, 'Juju 4 does not have'],
  [
    {},
    'ubuntu/22.04',
    [...three, { name: 'far', role: 'machine', address: ipv4('10.79.0.1') }],
    'not in one network',
  ],
])('openstack-base with %j on %s', (more, system, machines, why) => {
  const asked = JSON.parse(JSON.stringify({ bundle: 'openstack-base', dataInterface: 'eth1', ...more }));
  const on = { role: 'controller', members: [...machines, head], system };
  const refusal = bundleRefusal(exampleContext(juju, { title: '', parameters: asked, ...on }) as Context);
  if (why === undefined) expect(refusal).toBeUndefined();
  else expect(refusal).toContain(why);
});

/** By node's own crypto, which knows nothing of how the script does it. */
test('the public half is that of the 32 letters', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rw-juju-'));
  try {
    const { privateKey } = generateKeyPairSync('ed25519');
    const der = privateKey.export({ format: 'der', type: 'pkcs8' });
    const seed = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';
    der.write(seed, der.length - 32, 'latin1');
    await writeFile(join(folder, 'seed'), seed);
    const script = `${publicLine('juju').text.replaceAll(SEED, join(folder, 'seed'))}\necho "$line" >${join(folder, 'line')}`;
    const { stderr, status } = spawnSync('sh', ['-eu', '-c', script], { encoding: 'utf8' });
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    const line = await readFile(join(folder, 'line'), 'utf8');
    const [, blob = ''] = line.split(' ');
    const expected = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })).export({
      format: 'der',
      type: 'spki',
    });
    expect(Buffer.from(blob, 'base64').subarray(-32)).toEqual(expected.subarray(-32));
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.each([
  { source: 'package' },
  { channel: 'latest/stable' },
  { channel: '3' },
  { channel: '2.9/stable' },
  { version: '3.6' },
  { version: '2.9.50' },
  { sha256: 'A'.repeat(64) },
  { download: 'file:///etc/passwd' },
  { controllerName: 'a b' },
  { controllerName: '-x' },
  { model: 'controller' },
  { model: 'rackwright-verify' },
  { base: 'debian' },
  { bundle: 'kubernetes' },
  { osdDevices: 'sdb' },
  { osdDevices: '/dev/sdb: x' },
  { dataInterface: 'a b' },
  { mirror: 'http://x/' },
  { colour: 'red' },
])('%j is refused', (some) => {
  expect(codeFrom(() => parseParameters(juju, some))).toBe('REQUEST_INVALID');
});

test('no name is more than one word', () => {
  for (const text of nastyStrings) {
    if (codeFrom(() => parseParameters(juju, { controllerName: text, model: text })) !== undefined) continue;
    expect(text).toMatch(/^[a-z0-9-]+$/);
  }
});
