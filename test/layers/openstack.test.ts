import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findLayer, parseParameters } from '../../layers/index.ts';
import { archiveDemands, suiteOf } from '../../layers/openstack/archive.ts';
import { dutiesOf } from '../../layers/openstack/duties.ts';
import { type Endpoint, endpointOf, endpoints } from '../../layers/openstack/endpoints.ts';
import { nameMembers } from '../../layers/openstack/hosts.ts';
import type { Context, Parameters } from '../../layers/openstack/parameters.ts';
import { secretWord, secrets } from '../../layers/openstack/secrets.ts';
import { packagesOf, projectsOf, unitsOf } from '../../layers/openstack/services.ts';
import { iniText, settingsOf } from '../../layers/openstack/settings.ts';
import { siteText } from '../../layers/openstack/site.ts';
import { codeOf } from '../../model/index.ts';
import { ipv4 } from '../../net/index.ts';

const openstack = findLayer('openstack');
const controller = { name: 'c1', role: 'controller', address: ipv4('10.78.0.20') };
const network = { name: 'n1', role: 'network', address: ipv4('10.78.0.21') };
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
  const members = [controller, network, compute];
  const projects = ['keystone', 'glance', 'placement', 'nova', 'neutron'] as const;
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
    expect(nameMembers(on(compute)).script.text).toContain('10.78.0.20 c1 cloud.example');
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
