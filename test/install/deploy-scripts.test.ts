import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { describePlan, enterInstalled, installSteps } from '../../install/index.ts';
import { codeOf, type SystemSecrets } from '../../model/index.ts';
import { context, inventory, plan, planInput, publicKey } from './example.ts';
import { cards, cardMac, everything } from './network-example.ts';

const sha256 = 'a'.repeat(64);
const hash = `$6$saltsalt$${'x'.repeat(86)}`;
const secrets: SystemSecrets = { userData: '#!/bin/sh\n: hunter2\n', passwords: { bert: hash } };
const whole = {
  inventory: { ...inventory(), nics: cards() },
  bootMac: cardMac(0),
  network: everything,
};
const system = {
  hostname: 'db-1',
  timezone: 'Europe/Berlin',
  rootLogin: true,
  packages: ['jq'],
  users: [
    { name: 'anna', sshKeys: [publicKey('D')], sudo: true, groups: ['adm'] },
    { name: 'bert', sshKeys: [], password: { sha256 } },
  ],
};
const userData = { kind: 'script', size: 20, sha256 } as const;

const onDisk = plan({ ...whole, system: { ...system, userData } });
const inMemory = plan({ ...whole, system, ephemeral: true });

function scripts(made: typeof onDisk): { name: string; text: string }[] {
  const asked = context({ secrets });
  const { load, go } = enterInstalled(made, asked);
  return [
    ...installSteps(made, asked).map(({ name, script }) => ({ name, text: script.text })),
    { name: 'load', text: load.text },
    { name: 'go', text: go.text },
  ];
}

describe.each([
  ['on disk', onDisk],
  ['in memory', inMemory],
])('everything at once, %s', (_, made) => {
  test('parses as POSIX shell', () => {
    for (const { name, text } of scripts(made)) {
      expect(spawnSync('sh', ['-n'], { input: text, encoding: 'utf8' }), name).toMatchObject({ status: 0 });
      expect(text, name).not.toContain('undefined');
    }
  });
  test.skipIf(spawnSync('shellcheck', ['--version']).error)('pleases shellcheck', () => {
    for (const { name, text } of scripts(made)) {
      const options = ['-s', 'sh', '-e', 'SC2174,SC2034,SC2016', '-'];
      expect(spawnSync('shellcheck', options, { input: `${text}\n`, encoding: 'utf8' }).stdout, name).toBe(
        '',
      );
    }
  });
  test('has the password in one script, and in no plan', () => {
    expect(
      scripts(made)
        .filter(({ text }) => text.includes(hash))
        .map(({ name }) => name),
    ).toEqual(['configure']);
    expect(JSON.stringify(made) + describePlan(made).join()).not.toMatch(/saltsalt|hunter2/);
  });
  test('sends no secret once programs of the image have run', () => {
    const steps = installSteps(made, context({ secrets }));
    const first = steps.findIndex(({ runsImage }) => runsImage);
    expect(first).toBeGreaterThan(0);
    for (const { name, script, holdsSecrets } of steps.slice(first)) {
      expect(script.text, name).not.toMatch(/saltsalt|hunter2/);
      expect(holdsSecrets, name).not.toBe(true);
    }
    for (const { name, script, holdsSecrets, runsImage } of steps) {
      expect(/saltsalt|hunter2/.test(script.text), name).toBe(holdsSecrets === true);
      if (/\bchroot |\binside |apt-get/.test(script.text)) expect(runsImage, name).toBe(true);
    }
  });
  test('is not installed when its secrets are gone', () => {
    expect(() => installSteps(made, context())).toThrow(/not in the store any more/);
  });
});

test('user-data becomes the seed, and what was ours goes where it has precedence over ours', () => {
  const configure = scripts(onDisk).find(({ name }) => name === 'configure')?.text;
  expect(configure).toContain(
    'printf %s \'#!/bin/sh\n: hunter2\n\' >"$target"/var/lib/cloud/seed/nocloud/user-data',
  );
  expect(configure).toMatch(/disable_root: false\nusers:\n +- "default"\nssh_authorized_keys:/);
});

describe('in memory', () => {
  test('no disk is touched', () => {
    expect(inMemory.storage.disks).toEqual([]);
    expect(describePlan(inMemory)[0]).toBe(
      'Disk: none is touched; it runs from memory until it is switched off or restarted',
    );
    expect(
      installSteps(inMemory, context({ secrets })).map(({ name, destructive }) => [name, destructive]),
    ).toEqual([
      ['configure', false],
      ['packages and logins', false],
    ]);
    for (const { text } of scripts(inMemory))
      expect(text).not.toMatch(/sgdisk|mkfs|wipefs|mount |kexec|reboot|chroot \/|grub/);
  });
  test('is refused when it could not be, with the path at fault', () => {
    const fault = (changes: object) => {
      try {
        plan({ ephemeral: true, ...changes });
        return undefined;
      } catch (error) {
        return (error as { details: { field: string } }).details.field;
      }
    };
    const { image } = planInput();
    expect(fault({})).toBeUndefined();
    expect(fault({ storage: { layout: 'flat' } })).toBe('storage');
    expect(fault({ system: { userData } })).toBe('system.userData');
    expect(fault({ image: { ...image, files: { squashfs: { sha256, size: 1 } } } })).toBe('ephemeral');
  });
  test('is refused on a machine that runs another image', () => {
    const source = { kind: 'fetch', url: 'http://10.78.0.1/x' } as const;
    let code: string | undefined;
    try {
      installSteps(inMemory, context({ secrets, source }));
    } catch (error) {
      code = codeOf(error);
    }
    expect(code).toBe('STATE_CONFLICT');
  });
});
