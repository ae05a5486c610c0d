import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findLayer, parseParameters } from '../../layers/index.ts';
import { archiveDemands, suiteOf } from '../../layers/openstack/archive.ts';
import { catalogueOf } from '../../layers/openstack/catalogue.ts';
import { dutiesOf } from '../../layers/openstack/duties.ts';
import { type Endpoint, endpointOf, endpoints } from '../../layers/openstack/endpoints.ts';
import { hostLines } from '../../layers/openstack/hosts.ts';
import { moduleDemand } from '../../layers/openstack/kernel-modules.ts';
import { networkDemands } from '../../layers/openstack/networks.ts';
import type { Context, Parameters } from '../../layers/openstack/parameters.ts';
import { secretWord, secrets } from '../../layers/openstack/secrets.ts';
import { packagesOf, projectsOf, unitsOf } from '../../layers/openstack/services.ts';
import { iniText } from '../../layers/openstack/settings-parts.ts';
import { settingsOf } from '../../layers/openstack/settings.ts';
import { siteText } from '../../layers/openstack/site.ts';
import { switchSteps } from '../../layers/openstack/switches.ts';
import { volumeDemands } from '../../layers/openstack/volume-group.ts';
import { codeOf } from '../../model/index.ts';
import { ipv4 } from '../../net/index.ts';

const openstack = findLayer('openstack');
const controller = { name: 'c1', role: 'controller', address: ipv4('10.78.0.20') };
const network = { name: 'n1', role: 'network', address: ipv4('10.78.0.21') };
const storage = { name: 's1', role: 'storage', address: ipv4('10.78.0.23') };
const compute = { name: 'h1', role: 'compute', address: ipv4('10.78.0.22') };

function contextOf(
  me: typeof controller,
  members: readonly (typeof controller)[],
  parameters: Readonly<Record<string, unknown>> = {},
  system = 'debian/12',
): Context {
  return {
    machineName: me.name,
    address: me.address,
    role: me.role,
    system,
    members,
    parameters: parseParameters(openstack, parameters) as Parameters,
  };
}

describe('parameters', () => {
  test('may be left out', () => {
    expect(parseParameters(openstack, {})).toEqual({
      emulation: false,
      region: 'RegionOne',
      workers: 1,
      mtu: 1_500,
      networks: 'linuxbridge',
      volumeGroup: 'cinder-volumes',
      certificate: 'own',
    });
  });
  test.each([
    { emulation: 'yes' },
    { region: '' },
    { region: 'a b' },
    { region: "x'; rm" },
    { workers: 0 },
    { workers: 1.5 },
    { mtu: 1_000 },
    { externalInterface: 'eth 1' },
    { externalInterface: 'averyveryverylongname' },
    { release: '2019.1' },
    { mirror: 'ftp://mirror.example' },
    { networks: 'auto' },
    { volumeGroup: '-x' },
    { volumeGroup: '.' },
    { volumeGroup: 'a b' },
    { volumeDevices: '' },
    { volumeDevices: '/dev/sdb' },
    { volumeDevices: '/dev/disk/by-id/../../sda' },
    { volumeDevices: '/dev/disk/by-id/a,/dev/sdb' },
    { volumeDevices: '/dev/disk/by-id/a /dev/disk/by-id/b' },
    { volumeDevices: "/dev/disk/by-id/a';reboot" },
    { password: 'x' },
    { hostname: 'Cloud' },
    { certificate: 'files' },
    { certificate: 'files', certificateChain: '/etc/tls/a.crt', certificateKey: '/etc/tls/a.key' },
    { certificateAuthority: '/etc/tls/authority.crt' },
    {
      hostname: 'cloud.example',
      certificate: 'files',
      certificateChain: 'a',
      certificateKey: '/etc/tls/a.key',
    },
  ])('%j is refused', (parameters) => {
    let code: string | undefined;
    try {
      parseParameters(openstack, parameters);
    } catch (error) {
      code = codeOf(error);
    }
    expect(code).toBe('REQUEST_INVALID');
  });
});

test('who does what, by the roles that there are', () => {
  expect(dutiesOf(contextOf(controller, [controller, compute]))).toEqual(['control', 'network']);
  expect(dutiesOf(contextOf(controller, [controller, network, compute]))).toEqual(['control']);
  expect(dutiesOf(contextOf(network, [controller, network, compute]))).toEqual(['network']);
  expect(dutiesOf(contextOf(compute, [controller, network, compute]))).toEqual(['compute']);
  expect(dutiesOf(contextOf(storage, [controller, storage, compute]))).toEqual(['storage']);
});

test('the agents of the network are on one machine alone', () => {
  const agent = 'neutron-dhcp-agent';
  const members = [controller, network, compute];
  expect(packagesOf(contextOf(controller, [controller, compute]))).toContain(agent);
  expect(members.filter((me) => packagesOf(contextOf(me, members)).includes(agent))).toEqual([network]);
});

test('only the controller knows the database', () => {
  for (const me of [network, compute]) {
    const context = contextOf(me, [controller, network, compute]);
    const texts = projectsOf(context).map((project) =>
      project === 'base' ? '' : iniText(settingsOf(project, context)),
    );
    expect(texts.join('\n')).not.toContain('{database}');
    expect(texts.join('\n')).toContain(controller.address);
  }
  expect(iniText(settingsOf('nova', contextOf(controller, [controller, compute])))).toContain('{database}');
});

test('guests run by emulation only where that was asked for', () => {
  const libvirt = (parameters: Record<string, unknown>) =>
    settingsOf('nova', contextOf(compute, [controller, compute], parameters))['libvirt'];
  expect(libvirt({})).toEqual({ virt_type: 'kvm' });
  expect(libvirt({ emulation: true })).toEqual({ virt_type: 'qemu', cpu_mode: 'none' });
});

test('keystone and placement are served by Apache on Ubuntu, and started once', () => {
  const context = contextOf(controller, [controller, compute], {}, 'ubuntu/24.04');
  expect(unitsOf(context, 'keystone', 'placement')).toEqual(['apache2']);
});

describe('releases of the Cloud Archive', () => {
  const on = (system: string, release?: string) =>
    contextOf(controller, [controller, compute], release === undefined ? {} : { release }, system);
  test.each([
    ['ubuntu/22.04', '2024.1', 'jammy-updates/caracal'],
    ['ubuntu/22.04', '2023.2', 'jammy-updates/bobcat'],
    ['ubuntu/24.04', '2024.2', 'noble-updates/dalmatian'],
  ])('%s has %s', (system, release, suite) => {
    expect(suiteOf(on(system, release))).toBe(suite);
  });
  test.each([
    ['ubuntu/24.04', '2024.1'],
    ['debian/12', '2024.1'],
  ])('%s has no %s, and is refused before anything is changed', (system, release) => {
    const [demand] = archiveDemands(on(system, release));
    if (demand?.kind !== 'script') throw new Error('it is not refused');
    const { status, stdout } = spawnSync('sh', ['-eu'], { input: demand.script.text, encoding: 'utf8' });
    expect(status).toBe(1);
    expect(stdout).toContain(system);
  });
  test('without a release the system has its own', () => {
    expect(suiteOf(on('ubuntu/22.04'))).toBeUndefined();
    expect(archiveDemands(on('debian/12'))).toEqual([]);
  });
});

test('secrets get into a text by the shell alone, whatever they are', () => {
  const directory = mkdtempSync(join(tmpdir(), 'rw-openstack-'));
  try {
    const path = join(directory, 'text');
    const nasty = `it's "$HOME" \`id\` \\n {service} %s`;
    const word = secretWord("a = {database}@host\nb = '{service}'{unknown}\n");
    const input = `printf %s ${word.text} >'${path}'`;
    const { status } = spawnSync('sh', ['-eu'], {
      input,
      env: { ...process.env, secret_database: nasty, secret_service: 'plain' },
    });
    expect(status).toBe(0);
    expect(readFileSync(path, 'utf8')).toBe(`a = ${nasty}@host\nb = 'plain'{unknown}\n`);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('every secret of the settings is one that is declared', () => {
  const members = [controller, compute];
  const context = contextOf(controller, members);
  const text = (['keystone', 'glance', 'placement', 'nova', 'neutron'] as const)
    .map((project) => iniText(settingsOf(project, context)))
    .join('\n');
  const used = new Set([...text.matchAll(/\{([a-z]+)\}/g)].map(([, name]) => name));
  const declared: readonly string[] = secrets.map(({ name }) => name);
  expect([...used].filter((name) => name !== undefined && !declared.includes(name))).toEqual([]);
  expect(used.size).toBe(4);
});

test('only the controller verifies: it is where the cloud is used', () => {
  expect(openstack.verify(contextOf(compute, [controller, compute]))).toEqual([]);
  expect(openstack.verify(contextOf(controller, [controller, compute]))).toHaveLength(2);
});

describe('HTTPS', () => {
  const members = [controller, network, storage, compute];
  const projects = ['keystone', 'glance', 'placement', 'nova', 'neutron', 'cinder'] as const;
  const all = members.flatMap((me) => projects.map((one) => settingsOf(one, contextOf(me, members))));

  test('whoever signs in knows whom to trust', () => {
    const sections = all
      .flatMap((settings) => Object.values(settings))
      .filter((section) => section['auth_url']);
    expect(sections.length).toBeGreaterThan(8);
    for (const section of sections) {
      expect(section['auth_url']).toBe('https://10.78.0.20:5000');
      expect(section['cafile']).toBe('/etc/rackwright/tls/openstack/authority.crt');
    }
  });
  test('nothing is told to speak plain HTTP', () => {
    expect(all.map(iniText).join('\n')).not.toContain('http://');
  });
  test.each(Object.keys(endpoints) as Endpoint[])('%s is behind Apache, on the loopback', (name) => {
    const { port } = endpoints[name];
    expect(endpointOf(name, contextOf(controller, members))).toContain(`https://10.78.0.20:${port}`);
    const [, site = ''] = siteText(contextOf(controller, members)).split(`<VirtualHost *:${port}>`);
    expect(site).toContain('SSLEngine on');
    expect(site.slice(0, site.indexOf('</VirtualHost>'))).toContain(
      `ProxyPass / http://127.0.0.1:${port + 10_000}/`,
    );
  });
  test('the metadata service hears of guests from the agent alone', () => {
    const site = siteText(contextOf(controller, members));
    const [, metadata = ''] = site.split('# metadata');
    expect(metadata.slice(0, metadata.indexOf('</VirtualHost>'))).not.toContain('unset X-Forwarded-For');
  });
  test("the operator's own certificate is everybody's, by its name", () => {
    const parameters = {
      hostname: 'cloud.example',
      certificate: 'files',
      certificateChain: '/etc/tls/cloud.crt',
      certificateKey: '/etc/tls/cloud.key',
    };
    const on = (me: typeof controller) => contextOf(me, members, parameters);
    expect(siteText(on(controller))).toContain('SSLCertificateFile /etc/tls/cloud.crt');
    expect(settingsOf('nova', on(compute))['placement']).toMatchObject({
      auth_url: 'https://cloud.example:5000',
      cafile: '/etc/ssl/certs/ca-certificates.crt',
    });
    expect(hostLines(on(compute))).toContainEqual({ address: '10.78.0.20', names: ['c1', 'cloud.example'] });
    const names = openstack.apply(on(compute)).map(({ name }) => name);
    expect(names).not.toContain('make the authority');
    expect(
      openstack
        .demands?.(on(compute))
        .map(({ name }) => name)
        .join(),
    ).not.toContain('cloud.key');
  });
});

describe('volumes', () => {
  const without = [controller, compute];
  const members = [controller, storage, compute];

  test('are nowhere without a storage machine', () => {
    for (const me of without) {
      const context = contextOf(me, without);
      expect(packagesOf(context).filter((name) => /cinder|tgt|lvm2/.test(name))).toEqual([]);
      expect(JSON.stringify(settingsOf('nova', context))).not.toContain('cinder');
      expect(JSON.stringify(catalogueOf(context))).not.toContain('cinder');
      expect(JSON.stringify(openstack.apply(context)).replaceAll('cinder-wsgi', '')).not.toContain('cinder');
      expect(JSON.stringify(openstack.verify(context))).not.toContain('volume create');
    }
  });
  test('have their API with the others, and their disks where the disks are', () => {
    expect(packagesOf(contextOf(controller, members))).toEqual(
      expect.arrayContaining(['cinder-api', 'cinder-scheduler']),
    );
    expect(packagesOf(contextOf(controller, members))).not.toContain('cinder-volume');
    expect(packagesOf(contextOf(storage, members))).toEqual(
      expect.arrayContaining(['lvm2', 'tgt', 'cinder-volume']),
    );
    expect(unitsOf(contextOf(controller, members, {}, 'ubuntu/24.04'), 'cinder')).toEqual([
      'apache2',
      'cinder-scheduler',
    ]);
    expect(catalogueOf(contextOf(controller, members)).services.at(-1)?.type).toBe('volumev3');
    expect(JSON.stringify(openstack.verify(contextOf(controller, members)))).toContain('volume create');
  });
  test('are read from the database by storage machines as a user of their own', () => {
    const text = iniText(settingsOf('cinder', contextOf(storage, members, { volumeGroup: 'fast' })));
    expect(text).toContain('connection = mysql+pymysql://cinder:{database}@10.78.0.20/cinder\n');
    expect(text).toContain('volume_group = fast\n');
    expect(text).toContain('target_ip_address = 10.78.0.23\n');
    const create = openstack
      .apply(contextOf(controller, members))
      .find(({ name }) => name === 'create the database of cinder');
    expect(create?.script.text).toContain("cinder@'\\''10.78.0.23'\\''");
  });
  test('of a group that is not there take disks that are named', () => {
    const demands = (parameters = {}) =>
      volumeDemands(contextOf(storage, members, parameters)).flatMap((demand) =>
        demand.kind === 'script' && demand.code === 'LAYER_UNMET' ? [demand.script.text] : [],
      );
    const run = (input = '') => spawnSync('sh', ['-eu'], { input, encoding: 'utf8' });
    expect(run(demands({ volumeGroup: 'rw-none' })[0])).toMatchObject({
      status: 1,
      stdout: 'there is no volume group rw-none, and volumeDevices names no disk to make it of\n',
    });
    const device = '/dev/disk/by-id/rw-none';
    expect(run(demands({ volumeGroup: 'rw-none', volumeDevices: device })[0])).toMatchObject({
      status: 1,
      stdout: `there is no disk ${device}\n`,
    });
  });
});

describe('networks', () => {
  const members = [controller, network, compute];
  const neutron = (me: typeof controller, networks: string, parameters = {}) =>
    settingsOf('neutron', contextOf(me, members, { networks, ...parameters }));

  test.each(['linuxbridge', 'ovs', 'ovn'])('by %s: packages of no other kind', (networks) => {
    const words = { linuxbridge: 'linuxbridge', ovs: 'openvswitch-agent', ovn: 'ovn' };
    const all = members.flatMap((me) => packagesOf(contextOf(me, members, { networks })));
    for (const [kind, word] of Object.entries(words))
      expect(
        all.some((name) => name.includes(word)),
        kind,
      ).toBe(kind === networks);
    const configured = members.map((me) => iniText(neutron(me, networks))).join('\n');
    expect(configured.includes('linuxbridge')).toBe(networks === 'linuxbridge');
    expect(configured.includes('geneve')).toBe(networks === 'ovn');
  });
  test('by OVN all speak with the controller, and the way out is the network machine', () => {
    for (const me of members)
      expect(neutron(me, 'ovn')['ovn']).toMatchObject({ ovn_sb_connection: 'tcp:10.78.0.20:6642' });
    const joins = (me: typeof controller) =>
      switchSteps(contextOf(me, members, { networks: 'ovn', externalInterface: 'eth1' }))
        .map(({ script }) => script.text)
        .join('\n');
    expect(joins(network)).toContain('enable-chassis-as-gw');
    expect(joins(network)).toContain('external:br-ex');
    expect(joins(compute)).toContain('external-ids:hostname="h1"');
    expect(joins(compute)).not.toContain('chassis-as-gw');
    expect(joins(controller)).toBe('');
  });
  test('metadata is handed on beside the guest by OVN, else beside the router', () => {
    const hands = (networks: string) =>
      members.filter((me) => 'nova_metadata_host' in (neutron(me, networks)['DEFAULT'] ?? {}));
    expect(hands('ovn')).toEqual([compute]);
    expect(hands('ovs')).toEqual([network]);
    expect(hands('linuxbridge')).toEqual([network]);
  });
  test('take a kernel that has them, and what to do without is said', () => {
    const codes = (me: typeof controller, networks: string) =>
      networkDemands(contextOf(me, members, { networks })).flatMap((demand) =>
        demand.kind === 'script' && demand.code === 'LAYER_UNSUPPORTED' ? [demand.name] : [],
      );
    expect(codes(compute, 'linuxbridge')).toEqual([]);
    expect(codes(controller, 'ovn')).toEqual([]);
    expect(codes(compute, 'ovs').map((name) => name.split(',')[0])).toEqual([
      "the kernel's openvswitch",
      "the kernel's vxlan",
    ]);
    expect(codes(network, 'ovn').map((name) => name.split(',')[0])).toEqual([
      "the kernel's openvswitch",
      "the kernel's geneve",
    ]);
    const demand = moduleDemand('rw_none', 'a test', 'take another');
    if (demand.kind !== 'script') throw new Error('it is no script');
    const { status, stdout } = spawnSync('sh', ['-eu'], { input: demand.script.text, encoding: 'utf8' });
    expect(status).toBe(1);
    expect(stdout).toMatch(/^the kernel \S+ has no rw_none, which a test takes: take another\n$/);
  });
});
