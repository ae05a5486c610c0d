import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { describePlan, firstStartMs, installSteps, startedSystem } from '../../install/index.ts';
import { privateConfigText, publicConfigText } from '../../install/writers/ubuntu-core.ts';
import type { SystemRequest } from '../../model/index.ts';
import { appliancePlan, applianceContext as context } from './appliance-example.ts';
import { plan as anyPlan, publicKey } from './example.ts';
import { cardMac, network } from './network-example.ts';
import { nastyStrings } from '../fixtures/nasty-strings.ts';

const plan = appliancePlan('ubuntu-core');
const read = (text: string) => parse(text, { version: '1.1' });
const hash = `$6$salt$${'x'.repeat(86)}`;
const bea = {
  name: 'bea',
  sshKeys: [publicKey('D')],
  sudo: true,
  password: { sha256: '5'.repeat(64) },
};

test('what cloud-init is told, as files', () => {
  expect(publicConfigText(plan)).toMatchSnapshot('90-rackwright.cfg');
  expect(privateConfigText(plan, context(), undefined)).toMatchSnapshot('91-rackwright-private.cfg');
});

test('ds-identify finds the one data source on one line, and no stick has a say', () => {
  expect(publicConfigText(plan).split('\n')).toContain('datasource_list: [ NoCloud ]');
  expect(read(privateConfigText(plan, context(), undefined)).datasource.NoCloud.fs_label).toBeNull();
});

test('routes lead nowhere by name: cloud-init 22.4 takes it for an address', () => {
  const request = {
    interfaces: [{ card: cardMac(0), addresses: ['auto', 'fd00::20/64'], gateway6: 'fd00::1' }],
  };
  const { network: told } = read(publicConfigText({ network: network(request) }));
  expect(told.ethernets.enp1s0.routes).toEqual([
    { to: '0.0.0.0/0', via: '10.78.0.254' },
    { to: '::/0', via: 'fd00::1' },
  ]);
});

test('our key is root by the data source, which user-data does not replace; people are root only where they may', () => {
  const keysOf = (system?: SystemRequest) => {
    const made = appliancePlan('ubuntu-core', { ...(system && { system }) });
    return read(privateConfigText(made, context(), undefined)).datasource.NoCloud['meta-data']['public-keys'];
  };
  expect(keysOf()).toEqual([publicKey('C')]);
  expect(keysOf({ rootLogin: true })).toEqual([publicKey('C'), publicKey('B', 'anna@example')]);
});

test('users get their keys and the hash of their password; nobody is made where there is nobody', () => {
  const secrets = { passwords: { bea: hash } };
  const made = appliancePlan('ubuntu-core', { system: { users: [bea] } });
  expect(read(privateConfigText(made, context({ secrets }), secrets)).users).toMatchObject([
    { name: 'ubuntu-core', ssh_authorized_keys: [publicKey('B', 'anna@example')] },
    { name: 'bea', passwd: hash, sudo: 'ALL=(ALL) NOPASSWD:ALL', ssh_authorized_keys: [publicKey('D')] },
  ]);
  const nobody = appliancePlan('ubuntu-core', { sshKeys: [] });
  expect(read(privateConfigText(nobody, context(), undefined)).users).toEqual([]);
});

test('user-data arrives as it came', () => {
  for (const nasty of nastyStrings) {
    const userData = `#cloud-config\n${nasty}\n`;
    const text = privateConfigText(plan, context(), { userData, passwords: {} });
    expect(read(text).datasource.NoCloud['user-data'], JSON.stringify(nasty)).toBe(userData);
  }
});

test('what it cannot take is refused before anything is touched, by the field', () => {
  const refused = (changes: object) => {
    try {
      appliancePlan('ubuntu-core', changes);
    } catch (error) {
      return (error as { details: { field: string } }).details.field;
    }
    return undefined;
  };
  expect(refused({ system: { packages: ['curl'] } })).toBe('system.packages');
  expect(refused({ system: { timezone: 'Europe/Berlin' } })).toBe('system.timezone');
  expect(refused({ system: { users: [{ ...bea, groups: ['adm'] }] } })).toBe('system.users[0].groups');
  expect(refused({ layersAt: () => [{ name: 'nginx' }] })).toBe('layers');
  expect(refused({ firmware: 'bios' })).toBe('image');
});

test('the plan says what becomes of it', () => {
  expect(describePlan(plan).slice(-4)).toMatchInlineSnapshot(`
    [
      "First boot: it installs itself from ubuntu-seed and restarts; cloud-init takes name, network, SSH host key and logins from there, once",
      "Login: user ubuntu-core with 1 SSH key and sudo; root with our key",
      "Reach: over SSH if its model is of grade dangerous. Another grade takes no configuration from a disk: then it is started as it is, and nobody can log in for us",
      "Entered by: a reboot",
    ]
  `);
  const told = appliancePlan('ubuntu-core', {
    system: { userData: { kind: 'cloud-config', sha256: '1'.repeat(64), size: 9 } },
  });
  expect(describePlan(told).join('\n')).toContain('unless the user-data says otherwise');
});

test('it is given two firmware starts, and what nobody else may read goes once it answers', () => {
  expect(firstStartMs(plan)).toBe(3_600_000);
  expect(firstStartMs(anyPlan())).toBeUndefined();
  expect(startedSystem({ layout: 'ubuntu-core' }).tidy?.text).toContain('91-rackwright-private.cfg');
  expect(startedSystem({}).tidy).toBeUndefined();
});

test('secrets are sent only where no program of an image ran, and are in no other step', () => {
  const secrets = { userData: '#!/bin/sh\n# hush\n', passwords: { bea: hash } };
  const made = appliancePlan('ubuntu-core', {
    system: { users: [bea], userData: { kind: 'script', sha256: '1'.repeat(64), size: 17 } },
  });
  const steps = installSteps(made, context({ secrets }));
  expect(steps.filter(({ script }) => /hush|\$6\$/.test(script.text)).map(({ name }) => name)).toEqual([
    'configure',
  ]);
  expect(steps.find(({ name }) => name === 'configure')).toMatchObject({ holdsSecrets: true });
  expect(() => installSteps(made, context())).toThrow(/not in the store any more/);
});

test('every script parses, and pleases shellcheck where there is one', () => {
  const directory = mkdtempSync(join(tmpdir(), 'rw-ubuntu-core-'));
  try {
    const tidy = { name: 'tidy', script: startedSystem({ layout: 'ubuntu-core' }).tidy };
    const files = [...installSteps(plan, context()), tidy].map(({ name, script }) => {
      const text = script?.text ?? '';
      expect(spawnSync('sh', ['-n'], { input: text, encoding: 'utf8' }), name).toMatchObject({ status: 0 });
      expect(text).not.toContain('undefined');
      const file = join(directory, `${name.replaceAll(' ', '-')}.sh`);
      writeFileSync(file, `${text}\n`);
      return file;
    });
    if (spawnSync('shellcheck', ['--version']).error) return;
    const options = ['-s', 'sh', '-e', 'SC2174,SC2034,SC2016'];
    expect(spawnSync('shellcheck', [...options, ...files], { encoding: 'utf8' }).stdout).toBe('');
  } finally {
    rmSync(directory, { recursive: true });
  }
});

/** Of a system's own configuration, its schema knows what user-data may hold as well. */
test.skipIf(spawnSync('cloud-init', ['--version']).error)('cloud-init finds no fault in either file', () => {
  const directory = mkdtempSync(join(tmpdir(), 'rw-cloud-init-'));
  try {
    for (const text of [publicConfigText(plan), privateConfigText(plan, context(), undefined)]) {
      const { datasource: _, datasource_list: __, network: ___, ...rest } = read(text);
      const file = join(directory, 'file.cfg');
      writeFileSync(file, `#cloud-config\n${JSON.stringify(rest)}\n`);
      const { status, stdout, stderr } = spawnSync('cloud-init', ['schema', '-c', file], {
        encoding: 'utf8',
      });
      expect(status, `${stdout}${stderr}`).toBe(0);
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});
