import { describe, expect, test } from 'vitest';
import { planSystem, type SystemInput } from '../../install/plan/system.ts';
import { describeSystem } from '../../install/plan/system-words.ts';
import type { SystemRequest } from '../../model/index.ts';
import { nastyStrings } from '../fixtures/nasty-strings.ts';

/** Well-formed, and nobody's. */
const key = `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${'B'.repeat(43)}`;
const sha256 = 'a'.repeat(64);

function system(request?: SystemRequest, changes: Partial<SystemInput> = {}) {
  return planSystem({
    machineName: 'node-1',
    image: { name: 'debian/12', os: 'debian' },
    ...(request && { request }),
    ...changes,
  });
}

function fault(request: SystemRequest, changes: Partial<SystemInput> = {}): unknown {
  try {
    system(request, changes);
    return undefined;
  } catch (error) {
    const { code, details } = error as { code: string; details: { field: string } };
    return code === 'REQUEST_INVALID' ? details.field : error;
  }
}

test('with nothing asked, it has the name of the machine', () => {
  expect(system()).toEqual({ hostname: 'node-1', users: [], rootLogin: false, packages: [] });
});

test('everything at once, in words; of secrets only what they weigh', () => {
  const plan = system({
    hostname: 'db-1',
    timezone: 'Europe/Berlin',
    users: [
      { name: 'anna', sshKeys: [key, key], sudo: true, groups: ['adm', 'docker'] },
      { name: 'bert', sshKeys: [], password: { sha256 } },
    ],
    rootLogin: true,
    packages: ['jq', 'jq', 'g++'],
    userData: { kind: 'cloud-config', size: 120, sha256 },
    secretId: 'deploy/1',
  });
  expect(describeSystem(plan)).toMatchInlineSnapshot(`
    [
      "System: db-1, time zone Europe/Berlin",
      "User: anna, 1 SSH key, no password, sudo without password, groups adm, docker",
      "User: bert, 0 SSH keys, a password",
      "Root: the same SSH keys log in as root",
      "Packages on top: jq, g++",
      "User-data: cloud-config, 120 bytes, SHA-256 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      "Warning: nobody knows yet whether the image has cloud-init; without it, the installation fails at step "configure"",
    ]
  `);
  expect(JSON.stringify(plan)).not.toContain('deploy/1');
});

describe('refused, with the path at fault', () => {
  const user = (changes: object): SystemRequest => ({
    users: [{ name: 'anna', sshKeys: [key], ...changes }],
  });
  const userData = { kind: 'script', size: 1, sha256 } as const;
  test.each<[string, SystemRequest, string]>([
    ['a host name with a dot', { hostname: 'a.b' }, 'system.hostname'],
    ['a zone that is not there', { timezone: 'Europe/Atlantis' }, 'system.timezone'],
    ['a zone that leads elsewhere', { timezone: '../../etc/passwd' }, 'system.timezone'],
    ['an offset', { timezone: '+01:00' }, 'system.timezone'],
    ['a zone in small letters', { timezone: 'europe/berlin' }, 'system.timezone'],
    ['root as a user', user({ name: 'root' }), 'system.users[0].name'],
    ['a user of the system', user({ name: 'www-data' }), 'system.users[0].name'],
    [
      'a user twice',
      {
        users: [
          { name: 'anna', sshKeys: [key] },
          { name: 'anna', sshKeys: [key] },
        ],
      },
      'system.users[1].name',
    ],
    ['a user who cannot log in', user({ sshKeys: [] }), 'system.users[0].sshKeys'],
    ['a key with a command', user({ sshKeys: [`command="x" ${key}`] }), 'system.users[0].sshKeys[0]'],
    ['a group that is two', user({ groups: ['adm,sudo'] }), 'system.users[0].groups[0]'],
    ['a package with a version', { packages: ['jq=1.6'] }, 'system.packages[0]'],
    ['an option for a package', { packages: ['-y'] }, 'system.packages[0]'],
  ])('%s', (_, request, path) => {
    expect(fault(request)).toBe(path);
  });
  test('user-data that nobody would read', () => {
    expect(fault({ userData }, { cloudInit: false })).toBe('system.userData');
    expect(fault({ userData }, { cloudInit: true })).toBeUndefined();
  });
  test.each<[string, (text: string) => SystemRequest]>([
    ['host name', (hostname) => ({ hostname })],
    ['zone', (timezone) => ({ timezone })],
    ['user', (name) => user({ name })],
    ['group', (group) => user({ groups: [group] })],
    ['package', (name) => ({ packages: [name] })],
    ['key', (line) => user({ sshKeys: [line] })],
  ])('nasty strings as a %s', (_, request) => {
    for (const text of nastyStrings) {
      if (/^[a-z0-9][a-z0-9.+_-]*$/i.test(text)) continue;
      expect(fault(request(text)), JSON.stringify(text)).toMatch(/^system\./);
    }
  });
});

test.each(['UTC', 'Etc/UTC', 'US/Pacific', 'America/Argentina/Buenos_Aires', 'Etc/GMT+5', 'Asia/Kolkata'])(
  'zone %s is one',
  (timezone) => {
    expect(system({ timezone }).timezone).toBe(timezone);
  },
);
