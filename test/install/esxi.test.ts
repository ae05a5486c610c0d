import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { describePlan, installSteps, startedSystem } from '../../install/index.ts';
import { esxiFirstBoot } from '../../install/writers/esxi-first-boot.ts';
import type { NetworkRequest, PlannedNetwork } from '../../model/index.ts';
import { appliancePlan, applianceContext as context, fipsKey } from './appliance-example.ts';
import { inventory, publicKey } from './example.ts';
import { cardMac, cards, network } from './network-example.ts';

const plan = appliancePlan('esxi');
const fieldOf = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    return (error as { details: { field: string } }).details.field;
  }
  return undefined;
};

/** What a compute node has: two cards as one, a VLAN on them, and a card of its own. */
const several: NetworkRequest = {
  interfaces: [
    { card: cardMac(3), addresses: ['198.51.100.7/24', '2001:db8::7/64'], gateway6: '2001:db8::1' },
  ],
  bonds: [
    {
      name: 'bond0',
      interfaces: ['enp1s0', 'enp2s0'],
      mode: 'active-backup',
      primary: 'enp2s0',
      mtu: 9000,
    },
  ],
  vlans: [
    {
      name: 'mgmt',
      id: 42,
      link: 'bond0',
      addresses: ['auto'],
      routes: [{ to: '203.0.113.0/24', via: '10.78.0.9' }],
    },
  ],
  search: ['rack.example.org', 'example.org'],
};

describe('what cannot be had is refused before anything is touched', () => {
  const refused = (changes: object) => fieldOf(() => appliancePlan('esxi', changes));
  const byNetwork = (request: NetworkRequest) =>
    fieldOf(() => appliancePlan('esxi', { inventory: { ...inventory(), nics: cards() }, network: request }));
  const reach = { card: cardMac(0), addresses: ['auto'] };

  test('of the system', () => {
    expect(refused({ system: { packages: ['curl'] } })).toBe('system.packages');
    expect(refused({ system: { timezone: 'Europe/Berlin' } })).toBe('system.timezone');
    expect(refused({ system: { users: [{ name: 'bea', sshKeys: [publicKey('D')] }] } })).toBe('system.users');
    const userData = { kind: 'script', sha256: '1'.repeat(64), size: 9 };
    expect(refused({ system: { userData } })).toBe('system.userData');
    expect(refused({ layersAt: () => [{ name: 'nginx' }] })).toBe('layers');
  });

  test('of the network', () => {
    const bond = { name: 'bond0', interfaces: ['enp2s0', 'enp3s0'] };
    expect(byNetwork({ interfaces: [reach], bonds: [{ ...bond, mode: '802.3ad' }] })).toBe('network.bonds');
    expect(byNetwork({ interfaces: [reach], bonds: [{ ...bond, mode: 'balance-xor' }] })).toBeUndefined();
    expect(byNetwork({ bridges: [{ name: 'br0', interfaces: ['enp1s0'], addresses: ['auto'] }] })).toBe(
      'network.bridges',
    );
    expect(byNetwork({ interfaces: [{ ...reach, addresses: ['auto', '10.78.0.21/24'] }] })).toBe('network');
    expect(
      byNetwork({
        interfaces: [{ ...reach, routes: [{ to: '203.0.113.0/24', metric: 5, via: '10.78.0.9' }] }],
      }),
    ).toBe('network');
  });
});

test('the plan says what becomes of it', () => {
  expect(describePlan(plan).slice(-4)).toMatchInlineSnapshot(`
    [
      "First boot: /altbootbank/rackwright/first-boot.sh sets name, network, SSH host keys and the keys of root, once; the image has to call it (docs/guide/appliances.md), and Secure Boot has to be off",
      "Login: root with 1 SSH key, and our own. In FIPS mode, which ESXi comes with, its SSH takes RSA and ECDSA keys, and no Ed25519. The password stays the one of the image",
      "Reach: over SSH, as soon as the first boot was through",
      "Entered by: a reboot",
    ]
  `);
});

test('the steps hold no secret, and need the key that its sshd takes', () => {
  const steps = installSteps(plan, context());
  expect(steps.map(({ name }) => name)).toEqual(['find disk', 'write disk image', 'configure', 'finish']);
  expect(steps.map(({ script }) => script.text).join('\n')).not.toMatch(/PRIVATE KEY|rootpw|passwd/);
  expect(steps[2]?.script.text).toContain(
    `${fipsKey}\n${publicKey('C')}\n${publicKey('B', 'anna@example')}\n`,
  );
  expect(() => installSteps(plan, context({ fipsKey: undefined }))).toThrow(/no key of ours that ESXi takes/);
});

test('that it lets us in is all that is asked of it: commands run under a timeout(1) that it does not have', () => {
  expect(startedSystem({ layout: 'esxi' })).toEqual({});
});

test('every script parses, and pleases shellcheck where there is one', () => {
  const directory = mkdtempSync(join(tmpdir(), 'rw-esxi-'));
  try {
    const first = [plan.network, network(several)].map((of, index) => ({
      name: `first boot ${index}`,
      script: esxiFirstBoot('node-1', of),
    }));
    const files = [...installSteps(plan, context()), ...first].map(({ name, script }) => {
      expect(spawnSync('sh', ['-n'], { input: script.text, encoding: 'utf8' }), name).toMatchObject({
        status: 0,
      });
      expect(script.text).not.toContain('undefined');
      const file = join(directory, `${name.replaceAll(' ', '-')}.sh`);
      writeFileSync(file, `${script.text}\n`);
      return file;
    });
    if (spawnSync('shellcheck', ['--version']).error) return;
    const options = ['-s', 'sh', '-e', 'SC2174,SC2034,SC2016'];
    expect(spawnSync('shellcheck', [...options, ...files], { encoding: 'utf8' }).stdout).toBe('');
  } finally {
    rmSync(directory, { recursive: true });
  }
});

/** The script as it is sent, by a shell like ESXi's, with commands that write down how they were called. */
describe('the first boot', () => {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'rw-esxi-boot-'));
    for (const path of ['bin', 'sbin', 'etc/ssh', 'etc/vmware', 'var/log', 'bank/rackwright'])
      mkdirSync(join(root, path), { recursive: true });
    const command = (path: string, text: string) => {
      writeFileSync(join(root, path), `#!/bin/sh\n${text}\n`);
      chmodSync(join(root, path), 0o755);
    };
    command(
      'bin/esxcli',
      `printf '%s\\n' "esxcli $*" >>${root}/said\n[ ! -f "${root}/out/$*" ] || cat "${root}/out/$*"`,
    );
    command('bin/vim-cmd', `printf '%s\\n' "vim-cmd $*" >>${root}/said`);
    command('sbin/auto-backup.sh', `printf '%s\\n' auto-backup.sh >>${root}/said`);
    mkdirSync(join(root, 'out'));
    const nics = cards().map(
      ({ mac }, index) =>
        `vmnic${index}  0000:02:0${index}.0  ne1000  Up  Up  1000  Full  ${mac.toUpperCase()}  1500  Intel`,
    );
    writeFileSync(
      join(root, 'out/network nic list'),
      `Name    PCI Device    Driver\n------  ------------  ------\n${nics.join('\n')}\n`,
    );
    writeFileSync(
      join(root, 'out/network ip interface list'),
      'vmk0\n   Name: vmk0\n   MAC Address: 00:50:56:00:00:01\n',
    );
    writeFileSync(
      join(root, 'out/network vswitch standard list'),
      'vSwitch0\n   Name: vSwitch0\n   Class: cswitch\n',
    );
    writeFileSync(
      join(root, 'etc/vmware/esx.conf'),
      '/adv/Misc/HostName = "localhost"\n/system/uuid = "of the installation"\n',
    );
    for (const name of ['ssh_host_rsa_key', 'ssh_host_ecdsa_key', 'authorized_keys'])
      for (const suffix of ['', '.pub'])
        writeFileSync(join(root, 'bank/rackwright', `${name}${suffix}`), `${name}${suffix} of ours\n`);
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const boot = (of: PlannedNetwork) => {
    const file = join(root, 'bank/rackwright/first-boot.sh');
    const text = esxiFirstBoot('node-1', of).text.replaceAll(
      /(?<![\w$"}])\/(etc|var|sbin)\//g,
      `${root}/$1/`,
    );
    writeFileSync(file, text);
    const shell = spawnSync('busybox', ['true']).error ? ['sh'] : ['busybox', 'sh'];
    const { status, stderr } = spawnSync(shell[0] as string, [...shell.slice(1), file], {
      env: { PATH: `${root}/bin:${process.env['PATH']}` },
      encoding: 'utf8',
    });
    expect(status, stderr).toBe(0);
    const said = existsSync(join(root, 'said')) ? readFileSync(join(root, 'said'), 'utf8') : '';
    const log = readFileSync(join(root, 'var/log/rackwright-first-boot.log'), 'utf8');
    return { said, log };
  };
  const kept = (path: string) => readFileSync(join(root, path), 'utf8');

  test('of a machine with one address', () => {
    expect(boot(plan.network).said).toMatchSnapshot();
  });

  test('of one with cards in a team, a VLAN and two families', () => {
    expect(boot(network(several)).said).toMatchSnapshot();
  });

  test('gives it our keys and takes them off the boot bank, and an identity of its own', () => {
    const { log } = boot(plan.network);
    expect(kept('etc/ssh/ssh_host_rsa_key')).toBe('ssh_host_rsa_key of ours\n');
    expect(kept('etc/ssh/ssh_host_ecdsa_key.pub')).toBe('ssh_host_ecdsa_key.pub of ours\n');
    expect(kept('etc/ssh/keys-root/authorized_keys')).toBe('authorized_keys of ours\n');
    expect(existsSync(join(root, 'bank/rackwright/ssh_host_rsa_key'))).toBe(false);
    expect(kept('etc/vmware/esx.conf')).toBe('/adv/Misc/HostName = "localhost"\n');
    expect(log).toContain('failed: 0');
  });

  test('is what the kickstart of the page runs, and nothing where there is none', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/examples/esxi-ks.cfg'), 'utf8');
    const [, section = ''] = page.split('%firstboot --interpreter=busybox\n');
    const firstboot = () =>
      spawnSync('sh', ['-eu'], {
        input: section.replaceAll(/\/(alt)?bootbank/g, `${root}/$1bank`),
        encoding: 'utf8',
      });
    expect(firstboot()).toMatchObject({ status: 0, stdout: '', stderr: '' });
    mkdirSync(join(root, 'altbank/rackwright'), { recursive: true });
    writeFileSync(join(root, 'altbank/rackwright/first-boot.sh'), 'echo ours\n');
    expect(firstboot()).toMatchObject({ status: 0, stdout: 'ours\n' });
  });

  test('is done once', () => {
    const { said } = boot(plan.network);
    expect(kept('bank/rackwright/done')).toBe('failed: 0\n');
    expect(boot(plan.network).said).toBe(said);
  });

  test('leaves the network as it is where a card is missing, and goes on with the rest', () => {
    writeFileSync(join(root, 'out/network nic list'), 'Name\n----\n');
    const { said, log } = boot(plan.network);
    expect(said).not.toContain('vswitch');
    expect(said).toContain('vim-cmd hostsvc/start_ssh');
    expect(log).toContain(
      `no card has ${plan.network.interfaces[0]?.kind === 'card' && plan.network.interfaces[0].mac}`,
    );
    expect(kept('bank/rackwright/done')).toBe('failed: 1\n');
  });
});
