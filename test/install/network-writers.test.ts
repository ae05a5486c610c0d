import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostsText } from '../../install/writers/hosts.ts';
import { ifupdownNeeds, interfacesText, resolvText } from '../../install/writers/ifupdown.ts';
import { netplanText } from '../../install/writers/netplan.ts';
import { networkdFiles } from '../../install/writers/networkd.ts';
import { bondModes, type PlannedNetwork } from '../../model/index.ts';
import { everything, network } from './network-example.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'rw-network-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

const isThere = (program: string) => spawnSync(program, ['--help']).error === undefined;

/** What netplan's own generator makes of our file, by file name. */
function generated(plan: PlannedNetwork): Map<string, string> {
  const root = mkdtempSync(join(directory, 'root-'));
  mkdirSync(join(root, 'etc/netplan'), { recursive: true });
  writeFileSync(join(root, 'etc/netplan/50-rackwright.yaml'), netplanText(plan), { mode: 0o600 });
  const { status, stderr } = spawnSync('netplan', ['generate', '--root-dir', root], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const units = join(root, 'run/systemd/network');
  return new Map(
    readdirSync(units).map((name) => [
      name.replace('10-netplan-', '10-rackwright-'),
      readFileSync(join(units, name), 'utf8'),
    ]),
  );
}

/** Lines `Section.Key=value`, sorted; what only one of the two says without a difference is left out. */
function settings(unit: string): string[] {
  let section = '';
  let routes = 0;
  const said: string[] = [];
  for (const line of unit.split('\n').filter(Boolean)) {
    const head = /^\[(\w+)\]$/.exec(line)?.[1];
    if (head !== undefined) section = head === 'Route' ? `Route${(routes += 1)}` : head;
    else
      said.push(`${section}.${line.replace(/=(true|false)$/, (_, is) => (is === 'true' ? '=yes' : '=no'))}`);
  }
  const same =
    /^(Match\.PermanentMACAddress|Link\.MACAddress|NetDev\.MTUBytes|DHCP\.|Network\.DHCP=no|Network\.LinkLocalAddressing=ipv6|Network\.IPv6AcceptRA=)/;
  return said.filter((line) => !same.test(line)).toSorted();
}

/** Every mode of a bond, on the same cards. */
const variants = [
  { name: 'everything at once', plan: network(everything) },
  { name: 'nothing asked', plan: network() },
  ...bondModes.map((mode) => ({
    name: `a bond in mode ${mode}`,
    plan: network({
      bonds: [{ name: 'bond0', interfaces: ['enp1s0', 'enp2s0'], mode, addresses: ['auto'] }],
    }),
  })),
  {
    name: 'a bond with a preferred card',
    plan: network({
      bonds: [
        {
          name: 'bond0',
          interfaces: ['enp1s0', 'enp2s0'],
          mode: 'active-backup',
          primary: 'enp2s0',
          addresses: ['auto'],
        },
      ],
    }),
  },
  ...['on', 'no', 'y', 'null', 'true', 'e1', 'inf'].map((name) => ({
    name: `a bridge that is named ${name}`,
    plan: network({ bridges: [{ name, interfaces: ['enp1s0'], addresses: ['auto'] }] }),
  })),
];

describe.skipIf(!isThere('netplan'))("netplan's own generator", () => {
  test.each(variants)('makes the same units as we do: $name', ({ plan }) => {
    const theirs = generated(plan);
    const ours = networkdFiles(plan);
    expect(ours.length).toBeGreaterThan(0);
    for (const { name, text } of ours) expect(settings(text), name).toEqual(settings(theirs.get(name) ?? ''));
  });
});

describe.skipIf(!isThere('ifquery'))("ifupdown's own parser", () => {
  test.each(variants)('reads every interface and option: $name', ({ plan }) => {
    const file = join(directory, 'interfaces');
    writeFileSync(file, interfacesText(plan));
    const ask = (...args: string[]) => execFileSync('ifquery', ['-i', file, ...args], { encoding: 'utf8' });
    expect(ask('--list').trim().split('\n')).toEqual(['lo', ...plan.interfaces.map(({ name }) => name)]);
    for (const link of plan.interfaces) {
      const said = ask(link.name).split('\n');
      const has = (key: string) =>
        said.flatMap((line) => (line.startsWith(`${key}: `) ? [line.slice(key.length + 2)] : []));
      expect(has('address')).toEqual(link.addresses.map((text) => text.split('/')[0]));
      expect([...has('gateway'), ...has('up')]).toHaveLength(link.routes.length);
      if (link.kind === 'bond') expect(has('bond-slaves')).toEqual([link.members.join(' ')]);
      if (link.kind === 'bond') expect(has('bond-mode')).toEqual([link.mode]);
      if (link.kind === 'bridge') expect(has('bridge-ports')).toEqual([link.members.join(' ') || 'none']);
      if (link.kind === 'vlan') expect(has('vlan-id')).toEqual([String(link.id)]);
      if (link.mtu !== undefined) expect(has('mtu')).toEqual([String(link.mtu)]);
    }
  });
});

test('only bonds, bridges and DHCP need more packages on Debian', () => {
  const packages = (plan: PlannedNetwork) => ifupdownNeeds(plan).map((need) => need.package);
  expect(packages(network())).toEqual([]);
  expect(packages(network(everything))).toEqual(['ifenslave', 'bridge-utils', 'isc-dhcp-client']);
});

test('the resolver and the own name', () => {
  const plan = network(everything);
  expect(resolvText(plan)).toBe(
    'search rack.example example\nnameserver 10.78.0.254\nnameserver 2001:db8::53\n',
  );
  expect(hostsText(plan, 'node-1')).toContain('\n10.78.0.20 node-1.rack.example node-1\n');
});
